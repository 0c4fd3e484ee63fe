"""Long samples: a signal too long to hold, which stays in its file and is walked through piece by piece."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.signals.recording import Samples

BLOCK = 1 << 20
"""Samples per piece: 8 MiB in double precision, which neither fills a cache nor wastes calls."""

LONG_BYTES = 1 << 26
"""A signal above 64 MiB in double precision stays in its file: 2.7 minutes at 51.2 kHz."""

Pieces = Callable[[int, int, int], Iterator[Samples]]
"""(size, start, stop) -> samples [start, stop) in order, `size` at a time, the last piece shorter."""


Walk = Callable[[Iterator[Samples]], Iterator[Samples]]
"""Pieces in order -> as many samples, in pieces of any size."""


@dataclass(frozen=True)
class LongSamples:
    """Samples of shape (channel, time) that are read as they are needed.

    Attributes:
        shape: (channel, time).
        pieces: how to read them; each call starts anew.

    Example:
        >>> stored = np.arange(10.0)[None]
        >>> long = LongSamples((1, 10), lambda size, start, stop: pieces_of(stored, size, start, stop))
        >>> [piece.shape[1] for piece in long.pieces(4, 0, 10)], long.part(3, 5)
        ([4, 4, 2], array([[3., 4.]]))
    """

    shape: tuple[int, int]
    pieces: Pieces

    @property
    def ndim(self) -> int:
        """Two, as of any samples."""
        return 2

    def part(self, start: int, stop: int) -> Samples:
        """Samples [start, stop) as an array; no more than there are."""
        n_channels, n_samples = self.shape
        start, stop = min(start, n_samples), min(stop, n_samples)
        if stop <= start:
            return np.empty((n_channels, 0))
        return np.concatenate(list(self.pieces(BLOCK, start, stop)), axis=1)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Samples:
        """All of them, for who must hold them."""
        return np.asarray(self.part(0, self.shape[1]), dtype=dtype)


def pieces_of(samples: Samples, size: int, start: int, stop: int) -> Iterator[Samples]:
    """The same walk through an array; pieces are views.

    Example:
        >>> [piece.tolist() for piece in pieces_of(np.arange(5.0)[None], 2, 1, 5)]
        [[[1.0, 2.0]], [[3.0, 4.0]]]
    """
    stop = min(stop, samples.shape[1])
    for first in range(start, stop, size):
        yield samples[:, first : min(first + size, stop)]


def recut(blocks: Iterable[Samples], size: int, start: int, stop: int) -> Iterator[Samples]:
    """Samples [start, stop) of a walk in pieces of another size; nothing behind `stop` is computed.

    Example:
        >>> [piece.tolist() for piece in recut([np.arange(4.0)[None], np.arange(4.0, 7.0)[None]], 3, 1, 6)]
        [[[1.0, 2.0, 3.0]], [[4.0, 5.0]]]
    """
    waiting: list[Samples] = []
    n_waiting, place = 0, 0
    for block in blocks:
        piece = block[:, max(0, start - place) : max(0, stop - place)]
        place += block.shape[1]
        if piece.shape[1]:  # an empty view would hold its whole block, and so all that lies before `start`
            waiting.append(piece)
        n_waiting += piece.shape[1]
        if n_waiting >= size:
            held = np.concatenate(waiting, axis=1)
            whole = n_waiting // size * size
            yield from pieces_of(held, size, 0, whole)
            waiting, n_waiting = [held[:, whole:]], n_waiting - whole
        if place >= stop:
            break
    if n_waiting:
        yield np.concatenate(waiting, axis=1)


def walked(
    samples: Samples | LongSamples, change: Callable[[Iterator[Samples]], Iterator[Samples]]
) -> Samples | LongSamples:
    """Samples changed by something that walks through them once, in order; long ones stay in their file.

    Args:
        samples: shape (channel, time).
        change: what is done on the way.

    Example:
        >>> walked(np.array([[1.0, 2.0]]), lambda blocks: (block + 1.0 for block in blocks))
        array([[2., 3.]])
    """
    if not isinstance(samples, LongSamples):
        return np.concatenate(list(change(pieces_of(samples, BLOCK, 0, samples.shape[1]))), axis=1)
    n_samples = samples.shape[1]

    def pieces(size: int, start: int, stop: int) -> Iterator[Samples]:
        return recut(change(samples.pieces(BLOCK, 0, n_samples)), size, start, stop)

    return LongSamples(samples.shape, pieces)


def scaled(samples: Samples | LongSamples, scale: float) -> Samples | LongSamples:
    """Samples times a number, in double precision; long ones are multiplied as they are walked through.

    Example:
        >>> scaled(np.array([[1.0, 2.0]], dtype=np.float32), 10.0)
        array([[10., 20.]])
    """
    return walked(samples, lambda blocks: (block.astype(np.float64) * scale for block in blocks))


def with_margins(blocks: Iterable[Samples], margin: int, multiple: int = 1) -> Iterator[tuple[Samples, int, int]]:
    """A walk in pieces that bring what lies around them, for filters that reach beyond a piece.

    Args:
        blocks: pieces in order, each of shape (channel, time).
        margin: samples before and after a piece, fewer only at the ends of the walk; a multiple of `multiple`.
        multiple: pieces start at multiples of so many samples of the walk.

    Yields:
        Samples held, and the first and the end of the piece among them; the pieces follow one another.

    Example:
        >>> blocks = [np.arange(4.0)[None], np.arange(4.0, 7.0)[None]]
        >>> [(held[0].tolist(), first, end) for held, first, end in with_margins(blocks, margin=2)]
        [([0.0, 1.0, 2.0, 3.0], 0, 2), ([0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 2, 5), ([3.0, 4.0, 5.0, 6.0], 2, 4)]
    """
    waiting: list[Samples] = []
    n_waiting, first = 0, 0
    for block in blocks:
        waiting.append(block)
        n_waiting += block.shape[1]
        n_ready = (n_waiting - first - margin) // multiple * multiple
        if n_ready < max(margin, multiple):
            continue
        held = np.concatenate(waiting, axis=1)
        end = first + n_ready
        yield held, first, end
        kept = max(0, end - margin)
        waiting, n_waiting, first = [held[:, kept:]], held.shape[1] - kept, end - kept
    if n_waiting > first:
        yield np.concatenate(waiting, axis=1), first, n_waiting
