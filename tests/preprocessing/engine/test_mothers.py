"""The closed forms against PyWavelets' own sampled wavelets, transformed numerically."""

import numpy as np
import pytest
import pywt

from pipeline.errors import RequestError
from pipeline.preprocessing.engine.mothers import mother

NAMES = [name for name in pywt.wavelist(kind="continuous") if name not in ("cmor", "shan", "fbsp")]
NAMES += ["cmor1.5-1.0", "cmor2.5-0.5", "shan1.5-1.0", "fbsp2-1.0-1.5", "fbsp3-0.5-1.0"]
CUT_SHORT = ("shan", "fbsp")
"""These die away slowly, and PyWavelets cuts them off at 20 seconds."""


def numerical(name: str, frequencies: np.ndarray) -> np.ndarray:
    """|Fourier transform| of PyWavelets' wavelet."""
    shape, time = pywt.ContinuousWavelet(name).wavefun(level=10)
    return np.abs(np.exp(-2j * np.pi * np.outer(frequencies, time)) @ shape) * (time[1] - time[0])


@pytest.mark.parametrize("name", NAMES)
def test_every_continuous_wavelet_of_pywavelets_has_its_closed_form(name: str) -> None:
    relative = np.linspace(-3, 3, 241)
    ours = np.abs(mother(name).response(relative))
    # The frequency our rows are named after is where the numerical response is highest.
    fine = np.linspace(0.05, 2.0, 1200)
    answer = np.maximum(numerical(name, fine), numerical(name, -fine))
    level = 0.5 * answer.max() if name.startswith("shan") else 0.999 * answer.max()
    plateau = fine[answer > level]
    centre = (plateau[0] + plateau[-1]) / 2
    theirs = numerical(name, relative * centre)
    # cgau turns clockwise in PyWavelets; the magnitude of a real signal's outcome does not know.
    theirs = theirs[::-1] if name.startswith("cgau") else theirs
    theirs *= ours.max() / np.median(theirs[ours > 0.999 * ours.max()])
    if name.startswith("shan"):
        away = np.abs(np.abs(relative - 1) - 0.75) > 0.1
        assert np.abs(ours - theirs)[away].max() < 0.1 * ours.max()
    else:
        assert np.abs(ours - theirs).max() < (0.02 if name.startswith(CUT_SHORT) else 0.01) * ours.max()


@pytest.mark.parametrize("name", ["morlet", *NAMES])
def test_a_unit_sine_at_the_centre_reads_one(name: str) -> None:
    """cos is half a turn each way, so the two responses there sum to two."""
    assert np.abs(mother(name).response(np.array([1.0, -1.0]))).sum() == pytest.approx(2.0)


def test_morlet_is_a_gaussian_of_its_w0_without_mean_or_negative_frequencies() -> None:
    response = mother("morlet", 5.0).response
    relative = np.array([0.7, 1.0, 1.4])
    assert response(relative) == pytest.approx(2 * np.exp(-12.5 * (relative - 1) ** 2), rel=1e-3)
    assert not response(np.array([-1.0, 0.0])).any()


@pytest.mark.parametrize("name", ["morlet", "mexh", "cmor1.5-1.0"])
def test_a_wavelet_has_died_away_at_its_reach_and_not_long_before(name: str) -> None:
    family = mother(name)
    relative = np.arange(-8, 8, 1 / 256)
    at = np.array([0.0, 0.8, 1.05]) * family.reach
    wavelet = np.abs(np.exp(2j * np.pi * np.outer(at, relative)) @ family.response(relative))
    assert wavelet[2] < 1e-6 * wavelet[0] < wavelet[1]


@pytest.mark.parametrize(
    ("name", "said"),
    [("cmor", "did you mean"), ("db4", "Known: morlet, morl"), ("gaus9", "gaus1"), ("shan0-1", "shan1.5")],
)
def test_an_unknown_wavelet_is_answered_with_the_known_ones(name: str, said: str) -> None:
    with pytest.raises(RequestError, match=said):
        mother(name)
