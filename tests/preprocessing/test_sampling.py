import pytest

from pipeline.errors import ConfigError, StageError
from pipeline.preprocessing.base import Setting
from pipeline.preprocessing.chain import Chain, parse_stage

TIMES, ANGLES, NEITHER = Setting(1000.0, 640), Setting(None, 640, samples_per_turn=64), Setting(None, 640)
IN_BANDS = {"stft": {"n_fft": 64, "hop": 16}, "wavelet": {"columns": 20}, "bandpass": {}, "envelope": {}}
"""Stages that know a band, and what else they are told here."""


@pytest.fixture(params=sorted(IN_BANDS))
def stage(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def built(stage: str, setting: Setting, **band: float) -> Chain:
    return Chain([{stage: IN_BANDS[stage] | band}], setting)


def test_hertz_at_equal_times_and_orders_at_equal_angles(stage: str) -> None:
    at_times, at_angles = built(stage, TIMES, min_hz=100, max_hz=300), built(stage, ANGLES, min_order=3, max_order=20)
    assert (at_times.needs, at_times.band_hz()) == ({"rate_hz"}, (100.0, 300.0))
    assert (at_angles.needs, at_angles.band_hz()) == (frozenset(), None)


def test_hertz_after_order_are_refused_and_orders_are_offered(stage: str) -> None:
    with pytest.raises(StageError, match=rf"{stage}: min_hz and max_hz .* after order .*; give min_order"):
        built(stage, ANGLES, min_hz=100)


def test_orders_without_the_stage_order_are_refused_and_it_is_named(stage: str) -> None:
    for setting in (TIMES, NEITHER):
        with pytest.raises(StageError, match=rf"put the stage order before {stage}, or give min_hz|rows are in Hz"):
            built(stage, setting, max_order=10)


def test_hertz_without_a_rate_are_refused(stage: str) -> None:
    with pytest.raises(StageError, match="need the sampling rate; give rate_hz"):
        built(stage, NEITHER, max_hz=10)


def test_a_band_above_nyquist_is_refused_with_the_numbers(stage: str) -> None:
    with pytest.raises(StageError, match=rf"{stage}: max_hz 501 is above Nyquist, 500 Hz; lower max_hz"):
        built(stage, TIMES, max_hz=501)
    with pytest.raises(StageError, match=rf"{stage}: max_order 33 is above Nyquist, 32 x shaft; lower max_order"):
        built(stage, ANGLES, max_order=33)
    with pytest.raises(StageError, match=rf"{stage}: min_hz 500 is not below Nyquist, 500 Hz; lower min_hz"):
        built(stage, TIMES, min_hz=500)


@pytest.mark.parametrize("kind", ["hz", "order"])
def test_a_band_that_falls_is_refused_when_it_is_read(stage: str, kind: str) -> None:
    with pytest.raises(ConfigError, match=f"min_{kind} must be below max_{kind}, got 20 and 10"):
        parse_stage({stage: {f"min_{kind}": 20, f"max_{kind}": 10}})


def test_a_density_after_order_is_one_per_order() -> None:
    chain = Chain([{"stft": {"n_fft": 64, "hop": 16, "scaling": "psd"}}], ANGLES)
    assert chain.needs == frozenset()
    with pytest.raises(StageError, match="scaling psd needs the sampling rate"):
        Chain([{"stft": {"n_fft": 64, "hop": 16, "scaling": "psd"}}], NEITHER)
