"""Intake: what a model asks of a signal, and the windows it gets."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import UnusableError
from pipeline.models.intake import Intake, joined, windows_of
from pipeline.signals.bearing import Bearing
from pipeline.signals.gear import Gear
from pipeline.signals.long_samples import pieces_of
from pipeline.signals.signal import Signal
from pipeline.windows import WindowConfig

BEARING = Bearing(stated_orders=(3.5848, 5.4152, 4.7135, 0.39828))


def noise(n_samples: int = 5000) -> np.ndarray:
    return np.random.default_rng(0).standard_normal((1, n_samples))


def intake(**changes: object) -> Intake:
    return Intake(**({"rate_hz": 1000.0, "window": WindowConfig(samples=400, per_signal=3)} | changes))


def test_windows_are_consecutive_pieces_of_the_centred_signal() -> None:
    samples = noise() + 7.0
    batch = intake().take(Signal(samples, rate_hz=1000.0, speed_rpm=1200.0, bearing=BEARING))
    expected = (samples - samples.mean())[0, :1200].reshape(3, 1, 400)
    np.testing.assert_allclose(batch.values.numpy(), expected, atol=1e-6)
    assert batch.speed_hz.tolist() == [20.0] * 3
    np.testing.assert_allclose(batch.orders[0].numpy(), BEARING.orders, rtol=1e-6)


def test_a_diagnosis_takes_every_window() -> None:
    asked = intake()
    batches = asked.batches(asked.condition(Signal(noise(), rate_hz=1000.0)))
    assert sum(len(batch.values) for batch in batches) == 12


def test_windows_do_not_depend_on_how_they_are_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    signal = Signal(noise(), rate_hz=1000.0)
    asked = intake(window=WindowConfig(samples=400, overlap=0.5))
    (whole,) = asked.batches(asked.condition(signal))
    monkeypatch.setattr("pipeline.models.intake.BATCH_BYTES", 4 * 400 * 7)
    pieces = list(asked.batches(asked.condition(signal)))
    assert [len(piece.values) for piece in pieces] == [7, 7, 7, 3]
    np.testing.assert_array_equal(joined(pieces).values, whole.values)


@given(st.integers(1, 300), st.integers(1, 60), st.integers(8, 40), st.integers(1, 40))
def test_windows_tile_a_signal_whatever_its_pieces(n_samples: int, chunk: int, length: int, hop: int) -> None:
    samples = np.arange(float(n_samples))[None]
    found = [window[0, 0] for window in windows_of(pieces_of(samples, chunk, 0, n_samples), length, min(hop, length))]
    assert found == list(range(0, n_samples - length + 1, min(hop, length)))


def test_a_short_signal_is_refused_with_both_lengths() -> None:
    with pytest.raises(UnusableError, match=r"0\.1 s \(100 samples at 1000 Hz\), and one window needs 0\.4 s"):
        intake().take(Signal(noise(100), rate_hz=1000.0))


def test_an_unknown_rate_is_asked_for() -> None:
    with pytest.raises(UnusableError, match="--rate-hz"):
        intake().take(Signal(noise()))


def test_a_model_without_a_rate_takes_signals_without_one() -> None:
    batch = intake(rate_hz=None).take(Signal(noise()))
    assert batch.values.shape == (3, 1, 400)
    assert np.isnan(batch.rate_hz.numpy()).all()


@pytest.mark.parametrize(("need", "flag"), [("speed_hz", "--speed-rpm"), ("orders", "--bearing")])
def test_a_fact_that_the_model_needs_is_asked_for_by_its_flag(need: str, flag: str) -> None:
    with pytest.raises(UnusableError, match=flag):
        intake(needs=(need,)).take(Signal(noise(), rate_hz=1000.0))


def test_channels_must_match() -> None:
    with pytest.raises(UnusableError, match="takes 1 channels, the signal has 2"):
        intake().take(Signal(np.zeros((2, 500)) + noise(500), rate_hz=1000.0))


def test_a_gear_with_more_wheels_than_the_model_has_planes_is_refused_with_both_counts() -> None:
    wanted = intake(needs=("orders",), orders_of="gear", most_wheels=2)
    wheels = Signal(noise(), rate_hz=1000.0, speed_rpm=600.0, gear=Gear(teeth=(20, 40, 60)))
    with pytest.raises(UnusableError, match="the gear has 3 wheels and the model tells 2 apart"):
        wanted.take(wheels)
    assert len(wanted.take(wheels.changed(gear=Gear(teeth=(20, 40)))).values)


def test_whole_turns_are_asked_for_to_the_sample() -> None:
    wanted = intake(fewest_turns=10.0, window=WindowConfig(samples=1000))
    assert len(wanted.take(Signal(noise(), rate_hz=1000.0, speed_rpm=599.9)).values)
    with pytest.raises(
        UnusableError, match=r"holds 9\.95 turns of the shaft at 597 rpm, and the model needs 10, 1\.01 s at"
    ):
        wanted.take(Signal(noise(), rate_hz=1000.0, speed_rpm=597.0))


@pytest.mark.parametrize(("speed_rpm", "asked"), [(24.5, "is the speed 24.5 Hz? That is 1470 rpm"), (300.0, None)])
def test_a_speed_that_may_be_in_hertz_is_asked_about(speed_rpm: float, asked: str | None) -> None:
    wanted = intake(fewest_turns=10.0, window=WindowConfig(samples=1000))
    with pytest.raises(UnusableError) as refused:
        wanted.take(Signal(noise(), rate_hz=1000.0, speed_rpm=speed_rpm))
    assert (asked or "use a model") in str(refused.value)
    assert ("Hz?" in str(refused.value)) is (asked is not None)


def test_a_fault_beyond_what_the_model_reads_is_refused_with_both_frequencies() -> None:
    wanted = intake(needs=("orders",), highest_line_hz=100.0)
    at_900 = Signal(noise(), rate_hz=1000.0, speed_rpm=900.0, bearing=BEARING)
    assert len(wanted.take(at_900).values)
    with pytest.raises(UnusableError, match=r"would show at 108\.3 Hz at 1200 rpm, and the model reads .* to 100"):
        wanted.take(at_900.changed(speed_rpm=1200.0))
