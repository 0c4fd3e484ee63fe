"""Conditioning as configs write it: every step is known, tells what it did, and refuses what it cannot do."""

import numpy as np
import pytest

from pipeline.errors import ConfigError
from pipeline.signals.conditioning.step import Step
from pipeline.signals.conditioning.steps import STEPS, apply_steps, parse_step, written_out
from pipeline.signals.signal import Signal
from pipeline.signals.tacho_trace import TachoTrace

TIME_S = np.arange(60000) / 12000
TACHO = TachoTrace(np.sin(2 * np.pi * 25 * TIME_S))

EXAMPLES = {
    "unit": {"to": "m/s2"},
    "detrend": {"kind": "constant"},
    "high_pass": {"cutoff_hz": 10},
    "tacho_speed": {},
    "estimate_speed": {"lowest_rpm": 1000},
    "order_track": {"samples_per_turn": 256},
}
"""One sensible set of options per step; a new step needs a line here."""


def machine():
    rng = np.random.default_rng(0)
    lines = sum(np.cos(2 * np.pi * h * 25 * TIME_S) for h in range(1, 7))
    noise = rng.standard_normal((2, TIME_S.size))
    return Signal(0.5 + lines + noise, rate_hz=12000.0, unit="g", tacho=TACHO)


@pytest.mark.parametrize("name", STEPS)
def test_every_step_adds_one_line_of_history_with_a_number_and_leaves_its_input_alone(name):
    signal = machine()
    before = signal.samples.copy()
    after = apply_steps(signal, [{name: EXAMPLES[name]}])
    assert np.array_equal(signal.samples, before)
    assert len(after.history) == 1
    assert any(letter.isdigit() for letter in after.history[0])
    assert np.isfinite(after.samples).all()
    assert after.samples.shape[0] == 2


@pytest.mark.parametrize("name", STEPS)
def test_every_step_is_strict_frozen_and_written_out_in_full(name):
    _, step = parse_step({name: EXAMPLES[name]})
    assert isinstance(step, Step)
    (full,) = written_out([{name: EXAMPLES[name]}])
    assert parse_step(full) == (name, step)
    assert set(full[name]) == set(type(step).model_fields)
    with pytest.raises(ConfigError, match=f"conditioning.{name}: nonsense: unknown key"):
        parse_step({name: EXAMPLES[name] | {"nonsense": 1}})


def test_a_chain_of_steps_is_done_in_its_order():
    steps = [
        {"unit": {"to": "m/s2"}},
        "detrend",
        {"high_pass": {"cutoff_hz": 5}},
        {"order_track": {"samples_per_turn": 128}},
    ]
    after = apply_steps(machine(), steps)
    assert [line.split()[0] for line in after.history] == ["converted", "trend", "high-pass", "order"]
    assert after.rate_hz == pytest.approx(128 * 25)
    spectrum = np.abs(np.fft.rfft(after.samples[0])) / after.n_samples * 2
    orders = np.fft.rfftfreq(after.n_samples, 1 / 128)
    assert spectrum[np.argmin(np.abs(orders - 3))] == pytest.approx(9.80665, rel=0.05)


def test_nothing_asked_is_nothing_done():
    signal = machine()
    assert apply_steps(signal, []) is signal


@pytest.mark.parametrize(
    ("spec", "told"),
    [
        ("detrnd", "did you mean 'detrend'"),
        ({"detrend": {}, "high_pass": {"cutoff_hz": 1}}, "each entry names one step, got detrend, high_pass"),
        ({}, "each entry names one step, got none"),
        ("high_pass", "conditioning.high_pass: cutoff_hz: is needed, and is not there"),
        ({"high_pass": {"cutoff_hz": -1}}, "greater than 0, got -1"),
        ({"detrend": {"kind": "cubic"}}, "'constant' or 'linear'"),
        ({"order_track": {"samples_per_turn": 2}}, "greater than or equal to 8, got 2"),
    ],
)
def test_a_wrong_entry_is_answered_in_one_line(spec, told):
    with pytest.raises(ConfigError, match=told) as caught:
        parse_step(spec)
    assert "\n" not in str(caught.value)


def test_all_steps_are_checked_before_the_first_is_done():
    with pytest.raises(ConfigError, match="unknown step"):
        apply_steps(Signal(np.ones(3)), ["high_pas"])
    with pytest.raises(ConfigError, match="unknown step 'nonsense'"):
        apply_steps(Signal(np.ones(3), rate_hz=None), [{"high_pass": {"cutoff_hz": 1}}, "nonsense"])
