"""Offsets, flat lines, missing numbers and counters."""

import numpy as np
import pytest

from pipeline.signals.quality.level import clock, dc_offset, flat, not_finite
from pipeline.signals.quality.moments import Moments


@pytest.mark.parametrize(("offset", "told"), [(0.0, False), (0.9, False), (1.1, True), (-30.0, True)])
def test_an_offset_is_told_when_it_outweighs_the_vibration(offset: float, told: bool) -> None:
    samples = np.tile([1.0, -1.0], 50) + offset
    assert (dc_offset("DE", Moments.of(samples)) is not None) == told


def test_a_flat_line_is_unusable_and_has_no_offset() -> None:
    moments = Moments.of(np.full(100, 3.0))
    assert flat("DE", moments).severity == "unusable"
    assert dc_offset("DE", moments) is None
    assert flat("DE", Moments.of(np.array([3.0, 3.1]))) is None
    assert flat("DE", Moments()) is None


def test_missing_numbers_are_unusable() -> None:
    assert not_finite("DE", 0, -1, 10) is None
    assert not_finite("DE", 1, 4, 10).message.startswith("1 of 10 samples is not a number")


def test_a_counter_is_told_from_a_signal() -> None:
    assert clock("t", True, Moments.of(np.arange(5.0))).severity == "info"
    assert clock("t", False, Moments.of(np.arange(5.0))) is None
