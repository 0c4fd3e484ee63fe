"""Envelope lines: against beats of known depth, another implementation, and simulated faults."""

import tracemalloc

import numpy as np
import pytest
import torch

from pipeline.preprocessing.samples.envelope import squared_envelope_spectrum
from pipeline.signals.bearing import Bearing
from pipeline.signals.levels.envelope_lines import LINES, TURNS
from pipeline.signals.levels.level import level_of
from pipeline.signals.long_samples import BLOCK, LongSamples
from pipeline.signals.signal import Signal
from pipeline.signals.simulation.simulated_machine import random_machine
from pipeline.signals.simulation.synthetic import simulate

ORDERS = (3.585, 5.415, 4.714, 0.398)
BEARING = Bearing(stated_orders=ORDERS)


def beating(order: float, seconds: float = 10.0, rate_hz: float = 12_000.0, rpm: float = 1800.0, seed: int = 0):
    """A carrier that beats, (1 + 0.1 cos) at one order, in some noise."""
    time_s = np.arange(round(seconds * rate_hz)) / rate_hz
    beat = 1 + 0.1 * np.cos(2 * np.pi * order * rpm / 60 * time_s)
    noise = 0.02 * np.random.default_rng(seed).standard_normal(len(time_s))
    return Signal(3.0 * beat * np.cos(2 * np.pi * min(0.23 * rate_hz, 5000.0) * time_s) + noise, rate_hz, rpm, BEARING)


@pytest.mark.parametrize(("name", "order"), list(zip(LINES, ORDERS, strict=True)))
@pytest.mark.parametrize(("seconds", "rate_hz"), [(4.0, 12_000.0), (10.0, 25_600.0), (60.0, 51_200.0)])
def test_a_beat_of_known_depth_is_read_whatever_rate_and_length(name, order, seconds, rate_hz) -> None:
    found = level_of(beating(order, seconds, rate_hz)).envelope_lines
    assert found is not None
    swing = 2 * 0.1 * 3.0**2  # of A^2 (1 + m cos)^2 at the beat's own frequency
    # Between two lines of a Hann window's spectrum, padded to twice its length, a beat reads up to 0.36 dB low.
    assert 0.95 * swing < found[name]["amplitude"] < 1.01 * swing
    assert found[name]["over_db"] > 30
    assert max(found, key=lambda line: found[line]["over_db"]) == name


def test_a_line_is_where_another_implementation_has_it_and_as_high() -> None:
    signal = beating(ORDERS[0], seconds=TURNS / 30)
    frequencies, magnitude = squared_envelope_spectrum(torch.from_numpy(signal.loaded()[0]), 12_000, (500, 6000))
    near = (frequencies - ORDERS[0] * 30).abs() < 0.015 * ORDERS[0] * 30
    found = level_of(signal).envelope_lines
    assert found is not None
    # A line between two places of the unpadded spectrum reads up to 1.4 dB low there, and up to 0.4 dB here.
    assert 20 * np.log10(found["outer_race"]["amplitude"] / float(magnitude[near].max())) == pytest.approx(0.7, abs=0.8)


def test_slip_of_a_percent_does_not_lose_a_line() -> None:
    found = level_of(beating(ORDERS[0] * 0.99)).envelope_lines
    assert found is not None
    assert found["outer_race"]["amplitude"] == pytest.approx(1.8, rel=0.05)


def test_noise_alone_stands_little_over_itself() -> None:
    levels = [
        level_of(Signal(np.random.default_rng(seed).standard_normal(60_000), 12_000.0, 1800.0, BEARING)).envelope_lines
        for seed in range(40)
    ]
    over_db = [line["over_db"] for found in levels if found for line in found.values()]
    assert len(over_db) == 40 * 4
    assert 0 < np.median(over_db) < 8
    assert max(over_db) < 16


def test_a_growing_fault_raises_its_line() -> None:
    machine = random_machine(3, bearing=BEARING, speed_rpm=1800.0)
    risen = []
    for severity_db in (-12.0, 0.0, 12.0):
        signal = simulate(machine, ["outer_race"], speed_rpm=1800.0, duration_s=5.0, seed=1, severity_db=severity_db)
        found = level_of(signal).envelope_lines
        assert found is not None
        risen.append(found["outer_race"]["amplitude"])
    assert risen[0] < risen[1] < risen[2]


@pytest.mark.parametrize("facts", [{"speed_rpm": None}, {"bearing": None}, {"rate_hz": None}])
def test_without_rate_speed_and_bearing_there_are_no_lines(facts: dict[str, None]) -> None:
    assert level_of(beating(ORDERS[0]).changed(**facts)).envelope_lines is None


@pytest.mark.parametrize(("seconds", "rpm"), [(0.32, 1800.0), (5.0, 100.0)])
def test_fewer_than_ten_turns_have_no_lines(seconds: float, rpm: float) -> None:
    assert level_of(beating(ORDERS[0], seconds, rpm=rpm)).envelope_lines is None


def test_silence_has_no_lines_and_a_band_of_nothing() -> None:
    level = level_of(Signal(np.zeros(12_000), 12_000.0, 1800.0, BEARING))
    assert level.envelope_lines is None
    assert set(level.bands.values()) == {0.0}  # type: ignore[union-attr]
    assert level.crest is None


def test_a_line_beyond_half_the_rate_is_left_out() -> None:
    found = level_of(beating(ORDERS[0], rate_hz=250.0, rpm=1800.0)).envelope_lines
    assert found is None or set(found) <= {"outer_race", "cage"}


def test_the_level_of_an_hour_takes_the_memory_of_a_minute_and_reads_the_same() -> None:
    short, n_blocks = beating(ORDERS[1], seconds=BLOCK / 51_200, rate_hz=51_200.0), 40

    def pieces(size: int, start: int, stop: int):
        assert (size, start, stop) == (BLOCK, 0, n_blocks * BLOCK)
        yield from (short.loaded() for _ in range(n_blocks))

    level_of(short)
    tracemalloc.start()
    found = level_of(short.changed(samples=LongSamples((1, n_blocks * BLOCK), pieces)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 120 * 2**20  # the whole would be 320
    expected = level_of(short)
    assert found.crest == pytest.approx(expected.crest)
    assert found.bands == pytest.approx(expected.bands)
    assert found.envelope_lines is not None
    assert found.envelope_lines["inner_race"]["amplitude"] == pytest.approx(1.8, rel=0.05)
