"""What the fault_order image claims, on simulated machines: the benchmark's measures over fewer signals."""

import importlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.signals.signal import Signal

BENCHMARKS = Path(__file__).parents[3] / "benchmarks"

CHANGES = [
    "rate 12 -> 25.6 kHz",
    "rate 12 -> 48 kHz",
    "rate 12 -> 51.2 kHz",
    "speed -30 %",
    "speed +30 %",
    "geometry",
    "resonances",
]


@pytest.fixture
def measures(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module("fault_takes")


def test_every_change_that_is_claimed_is_measured(measures: Any) -> None:
    assert list(measures.CHANGES) == CHANGES


@pytest.mark.parametrize("change", CHANGES)
def test_no_change_of_machine_or_recorder_moves_a_column(measures: Any, change: str) -> None:
    # Every harmonic of every fault, of a machine whose noise swings at that harmonic alone.
    assert measures.columns_kept(measures.CHANGES[change][1], 2) == (30, 100.0)


def test_a_model_at_a_high_rate_has_the_same_columns(measures: Any) -> None:
    fast = measures.at_rate(measures.RECORDED_HZ)
    assert measures.columns_kept(fast, 1, rate_hz=measures.RECORDED_HZ) == (15, 100.0)


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_moves_pooled_cells_by_less_than_the_noise_does(measures: Any, change: str) -> None:
    found = measures.movement(*measures.CHANGES[change], n_signals=24)
    assert found.setting < found.noise
    assert found.shift < found.noise / 2


def test_another_recorder_hears_the_same_cells_in_the_same_noise(measures: Any) -> None:
    takes = [measures.case(number) for number in range(9)]
    slow, fast, other = (
        measures.own_plane(takes, measures.at_rate(rate_hz), seed)
        for rate_hz, seed in ((12000, 0), (51200, 0), (12000, 1))
    )
    assert np.nanmean(np.abs(fast - slow)) < 0.25 * np.nanmean(np.abs(other - slow))


@pytest.mark.parametrize("number", [1, 2])
def test_a_swing_between_two_harmonics_lights_no_column(measures: Any, number: int) -> None:
    take = measures.case(number)
    between = measures.images([measures.swinging(take, harmonic + 1 / 3) for harmonic in range(1, 5)])
    lit = measures.images([measures.swinging(take, harmonic) for harmonic in range(1, 5)])
    plane = measures.FAULTS.index(take.label)
    at = np.arange(4)
    assert np.all(lit[at, plane, -1, at] > between[at, plane, -1, at] + 1.5)


def test_a_fault_lights_its_own_plane_and_a_healthy_machine_none(measures: Any) -> None:
    sound = measures.highest([measures.healthy_machine(number) for number in range(120)])
    threshold = float(np.quantile(sound[60:], 0.98))
    assert np.mean(sound[:60] > threshold) <= 0.1
    takes, own = measures.faulty_takes(60, severity_db=6.0)
    right, lit = measures.rates(measures.scores(measures.images(list(map(measures.recorded, takes)))), own, threshold)
    assert right >= 95
    assert lit >= 75


def test_loud_shaft_lines_and_gear_mesh_do_not_drown_a_fault(measures: Any) -> None:
    takes, own = measures.faulty_takes(12, severity_db=0.0)
    heard = [measures.recorded(take) for take in takes]

    def loud(signal: Signal) -> Signal:
        turns = signal.speed_hz * np.arange(signal.n_samples) / signal.rate_hz
        lines = sum(np.cos(2 * np.pi * order * turns + order) for order in (1, 2, 3, 39, 40, 41, 80, 120))
        return replace(signal, samples=signal.samples + 10 * signal.samples.std() * lines)

    quiet, drowned = (
        measures.own_score(measures.scores(measures.images(signals)), own)
        for signals in (heard, list(map(loud, heard)))
    )
    assert quiet > 1.5
    assert drowned > quiet - 0.15


@pytest.mark.parametrize("wheel", [0, 1])
def test_a_damaged_tooth_lights_the_plane_of_its_own_wheel(measures: Any, wheel: int) -> None:
    sound, found = measures.gear_scores(12, None, first=500), measures.gear_scores(12, wheel, severity_db=-3.0)
    assert np.sum(found.argmax(axis=1) == wheel) >= 10
    assert np.sum(found[:, wheel] > sound.max()) >= 10


def test_a_speed_stated_wrong_within_the_slip_tolerance_costs_nothing_and_beyond_it_the_line(measures: Any) -> None:
    takes, own = measures.faulty_takes(15, severity_db=6.0)
    heard = [measures.recorded(take) for take in takes]

    def brightness(off: float) -> float:
        stated = [replace(signal, speed_rpm=signal.speed_rpm * (1 + off)) for signal in heard]
        return measures.own_score(measures.scores(measures.images(stated)), own)

    exact = brightness(0.0)
    assert abs(brightness(0.006) - exact) < 0.05
    assert abs(brightness(-0.006) - exact) < 0.05
    assert brightness(0.03) < exact - 0.2


def test_a_speed_that_varies_blurs_high_harmonics_and_order_tracking_mends_them(measures: Any) -> None:
    takes, own = measures.faulty_takes(12, severity_db=6.0)

    def high_harmonics(depth: float, steps: tuple[Any, ...] = ()) -> float:
        cells = measures.images([measures.wavering(take, depth) for take in takes], conditioning=steps)
        return float(np.nanmean(cells[np.arange(12), own][..., 2:]))

    steady, varying, mended = high_harmonics(0.0), high_harmonics(0.025), high_harmonics(0.025, measures.TRACKED)
    assert varying < steady - 0.15
    assert abs(mended - steady) < 0.1
