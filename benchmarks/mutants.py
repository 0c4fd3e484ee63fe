"""Mutants: files damaged as disks, networks and people damage them; which way follows from a seed and nothing else."""

import zlib
from collections.abc import Callable

import numpy as np

HEAD_BYTES = 512
"""Most damage falls into so many bytes at either end: headers and footers are where parsers are confused most."""

Damage = Callable[[bytearray, int, np.random.Generator], None]


def mutant(original: bytes, name: str, seed: int) -> bytes:
    """A file damaged in one to three ways.

    Args:
        original: the whole file.
        name: of the file, so that one seed damages each file in its own way.
        seed: which mutant.

    Example:
        >>> mutant(b"RIFF" * 100, "pump.wav", 7) == mutant(b"RIFF" * 100, "pump.wav", 7) != b"RIFF" * 100
        True
    """
    rng = np.random.default_rng([seed, zlib.crc32(name.encode())])
    damaged = bytearray(original)
    for _ in range(rng.integers(1, 4)):
        way = WAYS[rng.integers(len(WAYS))]
        way(damaged, place_in(damaged, rng), rng)
    return bytes(damaged)


def place_in(damaged: bytearray, rng: np.random.Generator) -> int:
    """Where to strike: the head, the tail, or anywhere."""
    size = max(1, len(damaged))
    near = int(rng.integers(0, min(size, HEAD_BYTES)))
    return [near, near, size - 1 - near, int(rng.integers(0, size))][rng.integers(4)]


def length_of(damaged: bytearray, rng: np.random.Generator) -> int:
    """How many bytes to strike: mostly few, now and then a good part of the file."""
    return int(min(max(1, len(damaged)), 2 ** rng.uniform(0, 14)))


def flip_bits(damaged: bytearray, at: int, rng: np.random.Generator) -> None:
    """One bit."""
    if damaged:
        damaged[at] ^= 1 << int(rng.integers(8))


def change_bytes(damaged: bytearray, at: int, rng: np.random.Generator) -> None:
    """Some bytes anew."""
    n_bytes = min(int(rng.integers(1, 9)), len(damaged) - at)
    damaged[at : at + n_bytes] = rng.bytes(n_bytes)


def set_extreme(damaged: bytearray, at: int, rng: np.random.Generator) -> None:
    """A number of four or eight bytes as large, or as odd, as it can be."""
    values = (b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\x7f\xff\xff\xff", b"\x00\x00\x00\x80", b"\x00\x00\x00\x10")
    value = values[rng.integers(len(values))] * int(rng.integers(1, 3))
    damaged[at : at + len(value)] = value[: len(damaged) - at]


def cut_off(damaged: bytearray, at: int, _: np.random.Generator) -> None:
    """The end lost."""
    del damaged[at:]


def blank_out(damaged: bytearray, at: int, rng: np.random.Generator) -> None:
    """A run of zeros, as a sector that was never written."""
    n_bytes = min(length_of(damaged, rng), len(damaged) - at)
    damaged[at : at + n_bytes] = bytes(n_bytes)


def leave_out(damaged: bytearray, at: int, rng: np.random.Generator) -> None:
    """A run lost from the middle."""
    del damaged[at : at + length_of(damaged, rng)]


def repeat(damaged: bytearray, at: int, rng: np.random.Generator) -> None:
    """A run that comes twice or more often."""
    run = bytes(damaged[at : at + length_of(damaged, rng)])
    damaged[at:at] = run * int(rng.integers(1, 4))


def insert(damaged: bytearray, at: int, rng: np.random.Generator) -> None:
    """Strange bytes in between."""
    damaged[at:at] = rng.bytes(min(256, length_of(damaged, rng)))


def swap(damaged: bytearray, at: int, rng: np.random.Generator) -> None:
    """Two runs in each other's place."""
    other = place_in(damaged, rng)
    n_bytes = min(length_of(damaged, rng), abs(at - other), len(damaged) - max(at, other))
    here, there = slice(at, at + n_bytes), slice(other, other + n_bytes)
    damaged[here], damaged[there] = damaged[there], damaged[here]


def line_ends(damaged: bytearray, at: int, rng: np.random.Generator) -> None:
    """What a transfer as text does to the bytes from here on."""
    old, new = [(b"\n", b"\r\n"), (b"\r\n", b"\n"), (b"\n", b"\r")][rng.integers(3)]
    damaged[at:] = damaged[at:].replace(old, new)


WAYS: tuple[Damage, ...] = (
    flip_bits,
    change_bytes,
    set_extreme,
    cut_off,
    blank_out,
    leave_out,
    repeat,
    insert,
    swap,
    line_ends,
)
