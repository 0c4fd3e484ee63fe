"""A tooth's passage against a closed form."""

import numpy as np
import pytest

from pipeline.signals.simulation.tooth import ENGAGED, passing

RATE_HZ = 10000.0


def test_a_tooth_is_engaged_for_its_share_of_every_turn_and_not_between():
    times, tooth_s = np.array([0.1, 0.3, 0.5]), 0.01
    engaged = passing(times, np.array([1.0, 0.5, 2.0]), tooth_s, 6000, RATE_HZ)
    moments = np.arange(6000) / RATE_HZ
    away = np.abs(moments[:, None] - times)
    outside = away.min(axis=1) > tooth_s * ENGAGED / 2
    assert np.all(engaged[outside] == 0)
    assert np.all(engaged[~outside] >= 0)
    assert engaged[np.round(times * RATE_HZ).astype(int)] == pytest.approx([1.0, 0.5, 2.0])
    # A raised cosine covers half of what a block of its width would.
    assert engaged.sum() / RATE_HZ == pytest.approx(3.5 * tooth_s * ENGAGED / 2, rel=1e-3)


def test_no_passage_is_no_engagement():
    assert not passing(np.empty(0), np.empty(0), 0.01, 100, RATE_HZ).any()
