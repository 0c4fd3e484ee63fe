"""What a stage learns from the training side, against scikit-learn; and that it is kept, not learned again."""

import numpy as np
import pytest
import torch
from sklearn.preprocessing import StandardScaler

from pipeline.errors import StageError
from pipeline.preprocessing.base import Batch, Setting
from pipeline.preprocessing.chain import Chain
from pipeline.preprocessing.learned_stages import learned_stages
from pipeline.preprocessing.samples.per_sensor import PerSensorConfig

SETTING = Setting(None, 4)


def vectors(seed: int, count: int = 50) -> np.ndarray:
    """Sensors of very different scales; the last one never changes."""
    scales, levels = np.array([1e-3, 1.0, 50.0, 0.0]), np.array([0.0, -7.0, 300.0, 5.0])
    return np.random.default_rng(seed).standard_normal((count, 4)) * scales + levels


def batch_of(values: np.ndarray) -> Batch:
    return Batch.of(torch.from_numpy(values[:, None].astype(np.float32)))


def test_new_vectors_are_seen_by_the_figures_of_the_training_side() -> None:
    training, new = vectors(0), vectors(1)
    stages = learned_stages(["per_sensor"], SETTING, lambda: [batch_of(training[:20]), batch_of(training[20:])])
    seen = Chain(stages, SETTING)(batch_of(new)).values[:, 0]
    wanted = StandardScaler().fit(training.astype(np.float32)).transform(new)
    assert seen.numpy() == pytest.approx(wanted, abs=1e-4)


def test_what_is_learned_is_written_out_and_not_learned_again() -> None:
    stages = learned_stages(["per_sensor"], SETTING, lambda: [batch_of(vectors(0))])
    assert learned_stages(stages, SETTING, lambda: pytest.fail("was asked again")) == stages


def test_a_stage_learns_from_what_the_stages_before_it_leave() -> None:
    once, twice = learned_stages(["per_sensor", "per_sensor"], SETTING, lambda: [batch_of(vectors(0))])
    assert once["per_sensor"]["deviation"][2] == pytest.approx(50.0, rel=0.2)
    assert twice["per_sensor"]["deviation"] == pytest.approx([1.0] * 4, abs=1e-5)
    assert twice["per_sensor"]["mean"] == pytest.approx([0.0] * 4, abs=1e-5)


def test_another_number_of_sensors_is_refused() -> None:
    with pytest.raises(StageError, match="knows 2 sensors, a window has 4"):
        Chain([{"per_sensor": {"mean": [0, 0], "deviation": [1, 1]}}], SETTING)
    with pytest.raises(ValueError, match="go together"):
        PerSensorConfig(mean=(0.0,))
