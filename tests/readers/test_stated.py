import math

import pytest

from pipeline.readers.stated import stated_facts


@pytest.mark.parametrize(
    "name", ["fs", "Fs", "fs_Hz", "sr", "SR", "rate_hz", "SampleRate", "sampling_rate", "Sampling_Frequency", "f_s"]
)
def test_these_names_mean_a_sampling_rate(name: str):
    assert stated_facts({name: 12000}) == {"rate_hz": 12000.0}


@pytest.mark.parametrize("name", ["rate", "FS", "freq", "f", "hz", "frequency", "fss", "sample", "n_fs"])
def test_these_names_do_not(name: str):
    assert stated_facts({name: 12000}) == {}


@pytest.mark.parametrize("name", ["rpm", "RPM", "X105RPM", "x3_rpm", "speed_rpm", "shaft_speed_rpm", "ShaftRPM"])
def test_these_names_mean_a_shaft_speed(name: str):
    assert stated_facts({name: 1797.0}) == {"speed_rpm": 1797.0}


@pytest.mark.parametrize("name", ["speed", "X105", "max_rpm", "rpm2", "BPFI"])
def test_these_names_do_not_mean_a_shaft_speed(name: str):
    assert "speed_rpm" not in stated_facts({name: 1797.0})


def test_two_names_that_agree_are_one_fact_and_two_that_differ_none():
    assert stated_facts({"fs": 12000.0, "rate_hz": 12000}) == {"rate_hz": 12000.0}
    assert stated_facts({"fs": 12000.0, "rate_hz": 48000}) == {}


def test_text_is_never_taken_for_a_number():
    assert stated_facts({"fs": "12000", "rpm": "fast"}) == {}


def test_nan_and_infinity_say_nothing():
    assert stated_facts({"fs": math.nan, "rpm": math.inf, "load": math.nan}) == {}


def test_impossible_values_are_handed_on_so_that_they_can_be_told():
    assert stated_facts({"fs": -5.0}) == {"rate_hz": -5.0}
