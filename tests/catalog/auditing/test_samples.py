"""The audit of samples: copies are refused by name, shortcuts are warnings, and one signal is held at a time."""

import gc
import json
import weakref

import numpy as np
import pytest

from pipeline.catalog.auditing.audit import audit
from pipeline.catalog.auditing.samples import audit_samples
from pipeline.catalog.row import Row
from pipeline.catalog.splitting.sides import Split
from pipeline.errors import LeakError, ReadError
from pipeline.signals.signal import Signal


def noise(seed, n_samples=20000):
    return np.random.default_rng(seed).standard_normal(n_samples)


def row(name, label="ball"):
    return Row(name, f"{name}.wav", specimen=name, labels=(label,))


def opening(samples):
    """Opens rows from arrays, by their ids."""
    return lambda row: Signal(samples[row.signal])


SIDES = Split((row("a"), row("b")), (row("c"), row("d")))


def test_samples_of_one_recording_under_two_names_are_refused_with_both_names():
    samples = {"a": noise(0), "b": noise(1), "c": noise(2), "d": 5 - 0.2 * noise(1)[300:]}
    with pytest.raises(
        LeakError,
        match=r"at least 100 % of 'd', which tests, is a copy of samples of 'b', which trains \(300 samples earlier\)",
    ):
        audit_samples(SIDES, opening(samples))


def test_where_a_leak_is_declared_copies_are_listed():
    samples = {"a": noise(0), "b": noise(1), "c": noise(2), "d": noise(1)}
    looked = audit_samples(SIDES, opening(samples), leaky=True)
    assert [(copy.train, copy.test) for copy in looked.duplicates] == [("b", "d")]
    assert "'d', which tests" in looked.warnings[0]


def test_a_recording_twice_on_one_side_is_no_leak():
    samples = {"a": noise(0), "b": noise(0), "c": noise(2), "d": noise(2)}
    assert audit_samples(SIDES, opening(samples)).duplicates == ()


def test_equal_rows_of_sensor_values_on_both_sides_are_refused():
    samples = {"a": noise(0, 13), "b": noise(1, 13), "c": noise(2, 13), "d": noise(0, 13)}
    with pytest.raises(LeakError, match="'d', which tests, is a copy of samples of 'a'"):
        audit_samples(SIDES, opening(samples))


def test_a_signal_that_cannot_be_opened_is_told_and_the_rest_is_audited():
    def open_signal(row):
        if row.signal == "b":
            raise ReadError("b.wav: cut short")
        return Signal(noise(ord(row.signal)))

    looked = audit_samples(SIDES, open_signal)
    assert looked.skipped == (("b", "b.wav: cut short"),)
    assert looked.warnings[-1] == "1 signal could not be opened for the audit; b: b.wav: cut short"


def test_with_nothing_to_test_samples_are_walked_and_nothing_is_told():
    rows = tuple(row(f"{n}", ("ball", "healthy")[n % 2]) for n in range(40))
    looked = audit_samples(Split(rows, ()), lambda row: Signal(noise(0, 3000) * (1 + 4 * (int(row.signal) % 2))))
    assert (looked.duplicates, looked.shortcuts, looked.skipped) == ((), (), ())


def test_one_signal_is_held_at_a_time():
    alive: list[weakref.ref] = []

    def open_signal(row):
        gc.collect()
        assert not any(ref() is not None for ref in alive[:-1])
        signal = Signal(noise(ord(row.signal)))
        alive.append(weakref.ref(signal))
        return signal

    audit_samples(SIDES, open_signal)
    assert len(alive) == 4


def test_progress_is_told_from_the_first_signal_to_the_last():
    ticks = []
    audit_samples(SIDES, opening({name: noise(ord(name)) for name in "abcd"}), tick=lambda *told: ticks.append(told))
    assert ticks == [("auditing samples", done, 4) for done in range(5)]


def test_shortcuts_are_warnings_of_the_audit_and_plain_values_in_its_file():
    rows = [row(f"{n}", ("ball", "healthy")[n % 2]) for n in range(40)]
    sides = Split(tuple(rows[:24]), tuple(rows[24:]))
    looked = audit_samples(sides, lambda row: Signal(noise(int(row.signal), 3000) * (1 + 4 * (int(row.signal) % 2))))
    checked = audit(sides, same_specimen=False, leaky=False).with_samples(looked)
    told = json.loads(json.dumps(checked.to_dict(), allow_nan=False))
    (gain,) = [one for one in told["shortcuts"] if one["cue"] == "gain"]
    assert (gain["label"], gain["score"], gain["p"]) == ("ball", 1.0, 0.001)
    assert gain["told"] in told["warnings"]
    assert told["duplicates"] == told["unread"] == []
    assert set(gain) == {"cue", "label", "score", "chance", "p", "told"}
