"""The stream: batches in an order that a seed fixes."""

import torch

from pipeline.models.branch import BranchConfig
from pipeline.preprocessing.base import Setting
from pipeline.signals.simulation.endless.simulated_window import simulated_window
from pipeline.training.simulated.features import simulated_features
from pipeline.training.simulated.stream import shown, stream

LABELS = ("ball", "inner_race", "outer_race")


def test_batches_hold_the_machines_of_their_numbers():
    first, second = list(stream(3, 66, LABELS, first=10))
    assert len(first.targets), len(second.targets) == (64, 2)
    wanted = simulated_window(3, 75)
    assert torch.equal(second.batch.values[1, 0], torch.from_numpy(wanted.samples))
    assert second.targets[1].tolist() == [float(label in wanted.labels) for label in LABELS]


def test_facts_are_those_that_are_handed_on():
    batch, _ = shown(3, [0, 1], LABELS)
    wanted = [simulated_window(3, number) for number in (0, 1)]
    assert batch.speed_hz.tolist() == torch.tensor([window.speed_hz for window in wanted]).tolist()
    assert batch.orders.shape == (2, 4)
    assert batch.rate_hz.tolist() == [12000.0, 12000.0]


def test_features_are_those_of_every_machine_in_order():
    branch = BranchConfig(stages=["carrier_mean", "rivals"], planes="shared")
    asked = {"seed": 3, "n_signals": 70}
    features, truth = simulated_features(["fault_order"], branch, Setting(12000.0, 12000), LABELS, **asked)
    assert features.shape == (70, 3 * (3 * 2 * 5 + 3))
    assert torch.equal(truth, torch.cat([one.targets for one in stream(3, 70, LABELS)]))
    assert features.std(dim=0).max() > 0.1
