import pytest

from pipeline.readers.tables.preamble import preamble_facts


@pytest.mark.parametrize(
    "line",
    [
        "Sampling rate: 25600 Hz",
        "# fs=25600",
        "% Fs = 25600.0;",
        "Sample rate (Hz),25600",
        '"Sample rate","25600","Hz"',
        "Sampling Frequency;25.6 kHz",
        "sampling_rate_hz: 2.56e4",
        "rate_hz: 25600.0",
        "SR\t25600",
        "Scan Rate:\t25.6 kS/s",
        "recorded on rig 7, fs = 25600 Hz, 2 channels",
        "Sample Interval,3.90625e-05",
        "Sample Interval,3.90625e-05,,-0.01,0.04",
        "Sampling interval (ms): 0.0390625",
        "Sample Period,39.0625 us",
        "Delta_X\t3.906250E-5\t3.906250E-5",
        "dt = 3.90625e-5 s",
        "Horizontal Increment,0.0000390625",
    ],
)
def test_a_rate_is_understood_however_loggers_state_it(line: str):
    assert preamble_facts(["Model,MSO64", line, "TIME,CH1"]) == {"rate_hz": 25600.0}


@pytest.mark.parametrize(
    "line",
    [
        "Sampling time: 10 s",
        "FS: 5",
        "rate: 25",
        "baud rate = 9600",
        "Sampling rate: 51,200 Hz",
        "Sampling rate: 25 furlongs",
        "sampling rate: high",
        "Sample Interval,0",
        "fs=-5",
        "max. sampling rate: 100000 Hz",
        "heartbeat 72",
    ],
)
def test_what_may_mean_something_else_states_no_rate(line: str):
    assert "rate_hz" not in preamble_facts([line])


def test_an_interval_printed_with_few_digits_means_the_rate_that_prints_so():
    assert preamble_facts(["Sample Interval,1.95312e-05"]) == {"rate_hz": 51200.0}
    assert preamble_facts(["Sample Interval,4e-06"]) == {"rate_hz": 250000.0}


def test_two_rates_that_differ_are_none():
    assert preamble_facts(["fs=25600", "Sampling rate: 51200 Hz"]) == {}
    assert preamble_facts(["fs=25600", "Sampling rate: 25.6 kHz"]) == {"rate_hz": 25600.0}


def test_a_decimal_comma_in_the_table_is_one_above_it():
    assert preamble_facts(["Abtastrate;25,6 kHz"], ",") == {"rate_hz": 25600.0}


def test_speed_and_load_are_understood():
    assert preamble_facts(["RPM: 1797", "load = 2.5"]) == {"speed_rpm": 1797.0, "load": 2.5}
    assert preamble_facts(["Shaft speed (rpm),1797"]) == {"speed_rpm": 1797.0}
    assert preamble_facts(["RPM 1,RPM 2"]) == {}


def test_several_settings_in_a_line_are_told_apart():
    facts = preamble_facts(["# fs=51200 rpm=1797 load=2"])
    assert facts == {"rate_hz": 51200.0, "speed_rpm": 1797.0, "load": 2.0}
