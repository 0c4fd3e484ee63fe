"""The demo's fleet: nobody in the inbox was seen before, and nothing gives the answer away."""

from collections import Counter

import numpy as np
import pytest

from pipeline.signals.simulation.fleet import FLEET_LABELS, demo_fleet


@pytest.fixture(scope="module")
def fleet():
    return demo_fleet(seed=3, n_training=8, n_inbox=6)


def test_no_specimen_and_no_machine_is_on_both_sides(fleet):
    training, inbox = fleet
    assert not {signal.specimen for signal in training} & {signal.specimen for signal in inbox}
    assert not {signal.machine for signal in training} & {signal.machine for signal in inbox}


@pytest.mark.parametrize("side", [0, 1])
def test_each_side_has_every_label_from_several_specimens_two_bearings_and_many_speeds(fleet, side):
    signals = fleet[side]
    specimens = {label: {s.specimen for s in signals if s.labels == (label,)} for label in FLEET_LABELS}
    assert min(len(each) for each in specimens.values()) >= 5
    assert {signal.bearing.name for signal in signals} == {"6205-2RS JEM", "6203-2RS JEM"}
    assert len({signal.speed_rpm for signal in signals}) >= 10
    assert all(4.0 <= signal.duration_s <= 6.0 and signal.rate_hz == 12000 for signal in signals)


def test_every_training_specimen_is_heard_at_two_speeds(fleet):
    heard = Counter((signal.specimen, signal.speed_rpm) for signal in fleet[0])
    assert set(Counter(specimen for specimen, _ in heard).values()) == {2}


def test_no_specimen_changes_its_label(fleet):
    labels = {(signal.specimen, signal.labels) for side in fleet for signal in side}
    assert len(labels) == len({specimen for specimen, _ in labels})


def test_level_and_name_do_not_tell_the_label(fleet):
    # Numbers and levels overlap so far that no label lies apart from another.
    for measure in (lambda s: np.log(s.samples.std()), lambda s: float(s.specimen.rpartition("-")[2])):
        ranges = [[measure(s) for s in fleet[0] if s.labels == (label,)] for label in FLEET_LABELS]
        assert max(min(values) for values in ranges) < min(np.median(values) for values in ranges)


def test_a_seed_means_one_fleet_and_another_seed_another():
    one, same, other = (demo_fleet(seed, n_training=1, n_inbox=1) for seed in (3, 3, 4))
    assert all(np.array_equal(a.samples, b.samples) for a, b in zip(one[1], same[1], strict=True))
    assert not np.array_equal(one[1][0].samples, other[1][0].samples)
