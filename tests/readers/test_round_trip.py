"""What every writer owes: a recording written and read back is equal, or it is not written at all.

The recordings are made by Hypothesis; half of them are tamed to what the format can hold, and must be written.
"""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import FactError
from pipeline.readers import READERS
from pipeline.readers.base import Reader, Writer
from pipeline.readers.choose import find_reader
from pipeline.signals.recording import Recording

WRITTEN = [(name, suffix) for name, kind in READERS.items() if issubclass(kind, Writer) for suffix in kind.suffixes]

EXTREMES = {
    np.float32: [0.0, -0.0, 1e-45, -1.1754942e-38, 3.4028235e38, -1.5, 1 / 3, 16777217.0],
    np.float64: [0.0, -0.0, 5e-324, -2.2250738585072014e-308, 1.7976931348623157e308, -1.5, 1 / 3, 2.0**53 - 1],
}
"""Both zeros, subnormal numbers, the largest, and ones whose last bit is easily lost."""

WORDS = ["DE", "Motor DE (vertical)", "fan [g]", "Öl-Pumpe 3", "a/b", 'it\'s <1> & "2"', "x,y;z", "c0", "轴承"]
UNITS = [None, "g", "m/s2", "µm", "mm/s", "counts per minute"]


def plainly_named(recording: Recording) -> Recording:
    return replace(recording, channels=tuple(f"c{k}" for k in range(len(recording.channels))))


def without_units(recording: Recording) -> Recording:
    return replace(plainly_named(recording), units=(None,) * len(recording.channels))


def bare(recording: Recording) -> Recording:
    return replace(without_units(recording), rate_hz=None)


def at_whole_rate(recording: Recording) -> Recording:
    return replace(recording, rate_hz=float(round(recording.rate_hz or 1000) or 1))


def in_one_unit(recording: Recording) -> Recording:
    return replace(plainly_named(recording), units=recording.units[:1] * len(recording.channels))


def in_counts(recording: Recording) -> Recording:
    counts = np.clip(np.round(recording.samples), -(2**23), 2**23 - 1) + 0.0  # which takes the sign off a zero
    return replace(at_whole_rate(without_units(recording)), samples=counts, rate_hz=51200.0)


TAMED: dict[str, Callable[[Recording], Recording]] = {
    "matlab": in_one_unit,
    "numpy.npy": bare,
    "raw": bare,
    "wav": at_whole_rate,
    "flac": in_counts,
}
"""A recording made such that the format (or suffix) must hold it; elsewhere plain names are enough."""


@st.composite
def recordings(draw: st.DrawFn) -> Recording:
    dtype = draw(st.sampled_from([np.float32, np.float64]))
    n_channels, n_samples = draw(st.integers(1, 4)), draw(st.integers(64, 400))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    shape = (n_channels, n_samples)
    made = {
        "noise": lambda: rng.normal(size=shape) * 10.0 ** rng.integers(-6, 7),
        "counts": lambda: rng.integers(-30000, 30000, shape),
        "extremes": lambda: rng.choice(np.array(EXTREMES[dtype]), shape),
    }
    samples = made[draw(st.sampled_from(sorted(made)))]().astype(dtype)
    default = [f"c{k}" for k in range(n_channels)]
    texts = st.sampled_from(WORDS) | st.text("abzÄß轴 _-()[]{}/.:'\"", min_size=1, max_size=14)
    names = draw(st.just(default) | st.lists(texts, min_size=n_channels, max_size=n_channels, unique=True))
    units = draw(
        st.just([None] * n_channels) | st.lists(st.sampled_from(UNITS), min_size=n_channels, max_size=n_channels)
    )
    rate_hz = draw(st.none() | st.integers(1, 400_000).map(float) | st.sampled_from([48828.125, 4266.67, 1e5 / 7, 0.1]))
    return Recording(samples, tuple(names), rate_hz, tuple(units))


def assert_same_bits(samples: np.ndarray, expected: np.ndarray) -> None:
    """Equal to the last bit and the sign of zero; a format may know only a wider type."""
    assert np.can_cast(expected.dtype, samples.dtype)
    np.testing.assert_array_equal(samples.astype(np.float64).view(np.int64), expected.astype(np.float64).view(np.int64))


def reader_for(name: str, recording: Recording) -> Any:
    """A reader that writes too; one that no content gives away is told the layout."""
    kind = READERS[name]
    if kind.by_content:
        return kind()
    return kind.with_options(f"{recording.samples.dtype},channels={len(recording.channels)}")


def assert_comes_back(reader: Reader, path: Path, recording: Recording) -> None:
    back = reader.read(path)
    assert back.channels == recording.channels
    assert back.rate_hz == recording.rate_hz
    assert back.units == recording.units
    assert_same_bits(back.samples, recording.samples)


def assert_parts_are_slices(reader: Reader, path: Path, recording: Recording, start: int, size: int) -> None:
    backwards = recording.channels[::-1]
    part = reader.read(path, backwards, start, start + size).samples
    assert_same_bits(part, recording.samples[::-1, start : start + size])
    pieces = list(reader.blocks(path, backwards, size, start))
    assert_same_bits(np.concatenate(pieces, axis=1), recording.samples[::-1, start:])
    assert [piece.shape[1] for piece in pieces[:-1]] == [size] * (len(pieces) - 1)
    assert len(pieces) == math.ceil((recording.n_samples - start) / size)


@pytest.mark.parametrize(("name", "suffix"), WRITTEN, ids=[f"{name}{suffix}" for name, suffix in WRITTEN])
def test_any_recording_comes_back_equal_or_is_refused(name: str, suffix: str, tmp_path: Path):
    path = tmp_path / f"recording{suffix}"
    tame = TAMED.get(name + suffix) or TAMED.get(name) or plainly_named

    @settings(max_examples=25, deadline=None, derandomize=True, database=None)
    @given(recording=recordings(), is_tame=st.booleans(), start=st.integers(0, 63), size=st.integers(1, 150))
    def written_and_read(recording: Recording, is_tame: bool, start: int, size: int) -> None:
        path.unlink(missing_ok=True)
        recording = tame(recording) if is_tame else recording
        reader = reader_for(name, recording)
        try:
            reader.write(recording, path)
        except FactError as refusal:
            if is_tame:
                raise
            assert_refused(refusal, path)
            return
        assert not reader.by_content or find_reader(path).name == name
        assert_comes_back(reader, path, recording)
        assert_parts_are_slices(reader, path, recording, start, size)

    written_and_read()


def assert_refused(refusal: FactError, path: Path) -> None:
    assert "\n" not in str(refusal)
    assert list(path.parent.iterdir()) == []


def test_every_writer_that_has_to_be_tamed_is_there():
    known = {name for name, _ in WRITTEN} | {name + suffix for name, suffix in WRITTEN}
    assert set(TAMED) <= known
