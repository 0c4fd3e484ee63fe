"""Spectral lines against a parabola's own top and a median taken bin by bin."""

import numpy as np
import pytest

from pipeline.signals.spectral_lines import over_floor_db, vertex


@pytest.mark.parametrize("top", [-0.5, -0.2, 0.0, 0.3, 0.5])
def test_the_top_of_a_parabola_is_found_from_three_of_its_levels(top: float) -> None:
    before, at, after = (12.0 - 7.0 * (bin_ - top) ** 2 for bin_ in (-1, 0, 1))
    assert vertex(before, at, after) == pytest.approx(top, abs=1e-12)


def test_three_equal_levels_have_their_top_in_the_middle() -> None:
    assert vertex(3.0, 3.0, 3.0) == 0.0


def test_a_line_stands_over_the_median_of_its_surroundings_however_they_slope() -> None:
    power = np.random.default_rng(0).exponential(size=300) * np.logspace(0, -6, 300)
    power[150] *= 1e4
    around = [np.median(power[place - 10 : place + 11]) for place in range(10, 290)]
    np.testing.assert_allclose(over_floor_db(power, 21)[10:290], 10 * np.log10(power[10:290] / around), atol=1e-9)


def test_silence_stands_at_the_floor() -> None:
    assert over_floor_db(np.zeros(50), 11).tolist() == [0.0] * 50
