import pytest

from pipeline.readers.increment import rate_of_increment

USUAL = [
    base * 2.0**k for base in (1000, 1024, 1250, 2560, 2500, 12000, 44100 / 2, 48000, 48828.125 / 8) for k in range(6)
]


@pytest.mark.parametrize("printed", ["{:.5e}", "{:13.5E}", "{:.7e}", "{!r}"])
def test_the_rates_of_loggers_survive_the_printing_of_their_step(printed: str):
    found = [rate_of_increment(printed.format(1.0 / rate_hz)) for rate_hz in USUAL]
    assert found == pytest.approx(USUAL, rel=2e-16)


def test_a_whole_rate_is_never_off_by_more_than_the_digits_shown():
    for rate_hz in (*range(1, 2000), *range(60_000, 61_000)):
        printed = f"{1 / rate_hz:.5e}"
        found = rate_of_increment(printed)
        assert found is not None
        assert f"{1 / found:.5e}" == printed


def test_a_simple_step_is_not_taken_for_a_rounded_whole_rate():
    assert rate_of_increment("3.90000E-05") == pytest.approx(1e6 / 39, rel=1e-15)


@pytest.mark.parametrize("printed", ["", "NONE", "0.0", "-1e-3", "nan", "inf", "1e-320", "1e999", "0x10"])
def test_what_is_no_positive_step_states_no_rate(printed: str):
    assert rate_of_increment(printed) is None


def test_the_exponent_may_be_written_as_fortran_does():
    assert rate_of_increment("1.00000D-04") == 10000.0
