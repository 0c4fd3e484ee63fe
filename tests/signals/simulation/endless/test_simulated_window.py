"""Simulated windows: seeds, truth, and what is handed on about them."""

from dataclasses import replace

import numpy as np
import pytest

from pipeline.preprocessing.base import Batch, Setting
from pipeline.preprocessing.chain import Chain
from pipeline.signals.simulation.endless.ranges import Ranges
from pipeline.signals.simulation.endless.simulated_window import SimulatedWindow, simulated_window

N_MACHINES = 300


@pytest.fixture(scope="module")
def windows() -> list[SimulatedWindow]:
    return [simulated_window(5, number) for number in range(N_MACHINES)]


def test_a_number_means_one_window_whatever_was_made_before(windows: list[SimulatedWindow]):
    again = simulated_window(5, 17)
    assert np.array_equal(again.samples, windows[17].samples)
    assert again.labels == windows[17].labels


def test_another_seed_or_number_means_another_machine(windows: list[SimulatedWindow]):
    assert not np.array_equal(simulated_window(6, 17).samples, windows[17].samples)
    assert len({window.shaft_hz for window in windows}) == N_MACHINES


def test_every_window_is_finite_sound_of_its_length(windows: list[SimulatedWindow]):
    for window in windows:
        assert window.samples.shape == (12000,)
        assert window.samples.dtype == np.float32
        assert np.isfinite(window.samples).all()
        assert window.samples.std() > 0


def test_shafts_run_at_all_speeds_and_what_is_stated_is_off_by_little(windows: list[SimulatedWindow]):
    speeds = np.array([window.shaft_hz for window in windows])
    assert speeds.min() < 13
    assert speeds.max() > 75
    errors = np.array([window.speed_hz / window.shaft_hz - 1 for window in windows])
    assert np.abs(errors).max() < 0.0061
    assert np.abs(errors).mean() > 0.002


def test_orders_are_those_of_a_bearing(windows: list[SimulatedWindow]):
    for window in windows:
        outer, inner, ball, cage = window.orders
        balls = outer + inner
        assert balls == pytest.approx(round(balls), abs=1e-9)
        assert outer == pytest.approx(balls * cage)
        ratio = (inner - outer) / balls
        assert ball == pytest.approx((1 - ratio**2) / ratio)


def test_faults_of_all_kinds_come_about_as_often_as_asked(windows: list[SimulatedWindow]):
    for label in ("outer_race", "inner_race", "ball"):
        assert np.mean([label in window.labels for window in windows]) == pytest.approx(0.2, abs=0.08)


def test_a_fault_strikes_at_the_order_of_its_label(windows: list[SimulatedWindow]):
    places = {"outer_race": 0, "inner_race": 1, "ball": 2}
    for window in windows:
        for label, train in zip(window.labels, window.scene.trains, strict=False):
            order = train.strikes_hz / window.shaft_hz
            assert order == pytest.approx(window.orders[places[label]], rel=0.0081)


def test_no_neighbour_can_be_taken_for_a_fault_of_our_own(windows: list[SimulatedWindow]):
    for window in windows:
        others = window.scene.trains[len(window.labels) :]
        ours = np.array(window.orders[:3]) * window.shaft_hz
        heard = [train.strikes_hz for train in others if train.manner.slip <= 0.02 and not _knocks(train, window)]
        assert all(np.abs(hz / ours - 1).min() > 0.025 for hz in heard)


def _knocks(train, window: SimulatedWindow) -> bool:
    return train.zone_hz == pytest.approx(train.strikes_hz / 7)


def test_loud_faults_light_up_their_own_plane():
    import torch

    loud = replace(Ranges(), faulty=1.0, fault_db=(10.0, 10.0), loose=0.0, clicking=0.0, caged=0.0)
    made = [simulated_window(1, number, loud) for number in range(60)]
    batch = Batch(
        torch.from_numpy(np.stack([window.samples for window in made]))[:, None],
        torch.full((60,), 12000.0),
        torch.tensor([window.speed_hz for window in made]),
        torch.tensor([window.orders for window in made]),
    )
    cells = Chain(["fault_order"], Setting(12000.0, 12000))(batch).values.mean(dim=(2, 3))
    planes = ("outer_race", "inner_race", "ball")
    right = [planes[int(cell.argmax())] in window.labels for cell, window in zip(cells, made, strict=True)]
    assert np.mean(right) > 0.7  # one of three by chance


def test_ranges_are_what_chance_draws_from():
    sound = [simulated_window(2, number, replace(Ranges(), faulty=0.0)) for number in range(20)]
    assert all(window.labels == () for window in sound)
    fast = [simulated_window(2, n, replace(Ranges(), shaft_hz=(50.0, 60.0), usual=0.0)) for n in range(20)]
    assert all(50.0 <= window.shaft_hz <= 60.0 for window in fast)
