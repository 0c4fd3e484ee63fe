"""Windows of a split's sides: they tile their part of one recording, and never cross into another or the other side."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.splitting.split import SplitConfig, split
from pipeline.errors import CatalogError, UnusableError
from pipeline.models.intake import Intake
from pipeline.signals.signal import Signal
from pipeline.windows import WindowConfig

LONGEST = 1000

CONFIGS = [
    SplitConfig(group="specimen", test_share=0.4),
    SplitConfig(group="load", test_share=0.5, rest="time_halves", same_specimen=True),
    SplitConfig(group="time_halves", same_specimen=True),
    SplitConfig(leaky=True, parts=4),
    SplitConfig(group="recording", folds=2, fold=1, same_specimen=True),
]


def windows_of(row, number, window):
    """A row's windows, every sample of which says its channel and its place: number * LONGEST + place."""
    start, stop = row.span
    samples = np.arange(start, stop, dtype=np.float64) + number * LONGEST
    batch = Intake(rate_hz=None, window=window, centre=False).take(Signal(samples))
    return batch.values[:, 0].numpy().astype(int)


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.group or "leaky")
@settings(max_examples=25, deadline=None, database=None)
@given(st.data(), st.integers(8, 12))
def test_windows_tile_their_part_of_one_recording_and_no_sample_is_on_both_sides(any_rows, config, data, length):
    catalog = Catalog(tuple(data.draw(any_rows)), Path())
    numbers = {row.signal: number for number, row in enumerate(catalog)}
    try:
        made = split(catalog, config)
    except CatalogError:
        assume(False)
    seen = {}
    for side, rows in made.sides[:2]:
        seen[side] = set()
        for row in rows:
            try:
                windows = windows_of(row, numbers[row.signal], WindowConfig(samples=length))
            except UnusableError:  # shorter than one window
                assert row.span[1] - row.span[0] < length
                continue
            first, last = row.span[0], row.span[1] - 1
            assert set((windows // LONGEST).flat) == {numbers[row.signal]}
            assert windows.min() % LONGEST == first
            assert last - windows.max() % LONGEST < length
            assert np.array_equal(np.diff(windows.ravel()), np.ones(windows.size - 1))  # one after the other, no gap
            assert not seen[side] & set(windows.flat)
            seen[side] |= set(windows.flat)
    assert not seen["train"] & seen["test"]
