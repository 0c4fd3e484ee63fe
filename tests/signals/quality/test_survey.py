"""One pass over blocks tells what the whole array tells, whatever the blocks."""

import numpy as np
import pytest

from pipeline.signals.quality.checks import channel_findings, shaft_findings, statistics_of, step_of
from pipeline.signals.quality.survey import BUDGET, CELLS, STRETCHES, WHOLE, stretches_of, survey


def blocks(samples: np.ndarray, size: int):
    return (samples[:, start : start + size] for start in range(0, samples.shape[1], size))


@pytest.mark.parametrize("size", [1, 999, 4096, 50000])
def test_the_outline_keeps_every_extreme(size: int) -> None:
    samples = np.random.default_rng(0).standard_normal((1, 5 * CELLS))
    samples[0, 4321] = 99.0
    (found,), _ = survey(blocks(samples, size), 1, samples.shape[1])
    cells = samples[0].reshape(CELLS, 5)
    np.testing.assert_array_equal(found.lowest, cells.min(axis=1))
    np.testing.assert_array_equal(found.highest, cells.max(axis=1))
    np.testing.assert_array_equal(np.concatenate(found.stretches), samples[0])


def test_missing_numbers_leave_gaps_and_are_counted() -> None:
    samples = np.arange(3000.0)[None].copy()
    samples[0, 1200:1500] = np.nan
    samples[0, 2999] = np.inf
    (found,), _ = survey(blocks(samples, 70), 1, 3000)
    assert (found.n_bad, found.first_bad) == (301, 1200)
    assert np.isnan(found.lowest[500])
    assert found.highest[0] == 2.0
    assert found.moments.n == 2699
    kinds = [finding.kind for finding in channel_findings("DE", found, step_of(found), None)]
    assert kinds[0] == "not_finite"


def test_a_long_channel_keeps_spread_stretches_within_the_budget() -> None:
    bounds = stretches_of(100_000_000)
    assert len(bounds) == STRETCHES
    assert (bounds[0][0], bounds[-1][1]) == (0, 100_000_000)
    assert sum(stop - start for start, stop in bounds) == WHOLE
    assert 500 * sum(stop - start for start, stop in stretches_of(100_000_000, 500)) <= BUDGET


def test_stretches_are_cut_out_across_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.signals.quality.survey.WHOLE", 400)
    samples = np.arange(10000.0)[None]
    (found,), _ = survey(blocks(samples, 37), 1, 10000)
    assert not found.covered
    assert [(part[0], len(part)) for part in found.stretches] == [(start, 100) for start in found.starts]
    assert found.starts[0] == 0


def test_a_file_shorter_than_its_header_is_measured_as_far_as_it_goes() -> None:
    samples = np.random.default_rng(0).standard_normal((1, 500))
    (found,), _ = survey(blocks(samples, 100), 1, 1000)
    assert found.n_samples == found.moments.n == 500


def test_nothing_to_read_finds_nothing_wrong_but_that() -> None:
    (found,), twins = survey([], 1, 0)
    assert statistics_of(found, None)["mean"] is None
    assert channel_findings("DE", found, None, None) == []
    assert shaft_findings([found], 12000.0, 1800.0) == []
    assert twins == []


def test_clean_noise_has_no_findings() -> None:
    noise = np.random.default_rng(0).standard_normal((2, 60000))
    smooth = np.apply_along_axis(np.convolve, 1, noise, np.hanning(6), mode="same")
    surveys, twins = survey(blocks(smooth, 4096), 2, 60000)
    assert [channel_findings("DE", found, step_of(found), 12000.0) for found in surveys] == [[], []]
    assert twins == []
