"""Mother wavelets in closed form: how strongly each answers to every frequency.

A mother is known by its frequency response alone, with frequencies relative to its own centre: 1 is the frequency that
a row of the image is named after. Every one here is real but for a constant factor, which no magnitude shows.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from pipeline.errors import RequestError, did_you_mean

Array = npt.NDArray[np.float64]
Response = Callable[[Array], Array]
"""Angular frequency of the unscaled mother, or frequency relative to its centre -> gain."""

NEGLIGIBLE = 1e-6
"""Where a response, a wavelet or the energy of its outcome has fallen below this share of its peak, it has ended."""

_STEP = 1.0 / 512
_GRID: Array = np.arange(-32.0, 32.0, _STEP)


@dataclass(frozen=True)
class Mother:
    """A wavelet's frequency response, and what follows from it.

    Attributes:
        response: frequency relative to the centre -> gain; scaled so that a unit sine at the centre reads 1.
        lowest, highest: where the response ends, relative to the centre; `lowest` is negative for real wavelets.
        spread: where the spectrum of the outcome's energy |W|^2 ends, relative to the centre.
        reach: where the wavelet itself ends, in periods of the centre frequency to either side.
    """

    response: Response
    lowest: float
    highest: float
    spread: float
    reach: float


def _morlet(w0: float) -> tuple[Response, float]:
    # The second term takes the mean away; below w0 = 5 it can be seen.
    def response(w: Array) -> Array:
        return np.where(w > 0, np.exp(-0.5 * (w - w0) ** 2) - np.exp(-0.5 * (w**2 + w0**2)), 0.0)

    return response, w0


def _real_morlet() -> tuple[Response, float]:
    return lambda w: np.exp(-0.5 * (w - 5) ** 2) + np.exp(-0.5 * (w + 5) ** 2), 5.0


def _mexican_hat() -> tuple[Response, float]:
    return lambda w: w**2 * np.exp(-0.5 * w**2), math.sqrt(2)


def _gaussian(order: int) -> tuple[Response, float]:
    return lambda w: w**order * np.exp(-0.25 * w**2), math.sqrt(2 * order)


def _complex_gaussian(order: int) -> tuple[Response, float]:
    centre = (1 + math.sqrt(1 + 8 * order)) / 2
    return lambda w: w**order * np.exp(-0.25 * (w - 1) ** 2), centre


def _complex_morlet(bandwidth: float, centre: float) -> tuple[Response, float]:
    return lambda w: np.exp(-bandwidth * (w / 2 - np.pi * centre) ** 2), 2 * np.pi * centre


def _b_spline(order: int, bandwidth: float, centre: float) -> tuple[Response, float]:
    from scipy.interpolate import BSpline

    piece = BSpline.basis_element(np.arange(order + 1) - order / 2, extrapolate=False)
    return lambda w: np.nan_to_num(piece((w / (2 * np.pi) - centre) * order / bandwidth)), 2 * np.pi * centre


def _shannon(bandwidth: float, centre: float) -> tuple[Response, float]:
    return _b_spline(1, bandwidth, centre)


_NUMBER = r"(\d+(?:\.\d+)?)"
_FAMILIES: dict[str, tuple[str, Callable[..., tuple[Response, float]]]] = {
    "morl": ("morl", _real_morlet),
    "mexh": ("mexh", _mexican_hat),
    "gaus1": (r"gaus([1-8])", lambda order: _gaussian(int(order))),
    "cgau1": (r"cgau([1-8])", lambda order: _complex_gaussian(int(order))),
    "cmor1.5-1.0": (f"cmor{_NUMBER}-{_NUMBER}", _complex_morlet),
    "shan1.5-1.0": (f"shan{_NUMBER}-{_NUMBER}", _shannon),
    "fbsp2-1.0-1.5": (rf"fbsp(\d+)-{_NUMBER}-{_NUMBER}", lambda order, b, c: _b_spline(int(order), b, c)),
}
"""An example of each family's names, the pattern of them all, and how to make one."""


def _by_name(name: str, w0: float) -> tuple[Response, float]:
    if name == "morlet":
        return _morlet(w0)
    for pattern, make in _FAMILIES.values():
        found = re.fullmatch(pattern, name)
        if found and all(float(number) > 0 for number in found.groups()):
            return make(*(float(number) for number in found.groups()))
    examples = ["morlet", *_FAMILIES]
    raise RequestError(f"unknown wavelet '{name}'{did_you_mean(name, examples)} Known: {', '.join(examples)}")


@lru_cache(maxsize=32)
def mother(name: str, w0: float = 6.0) -> Mother:
    """A mother wavelet by name.

    Args:
        name: "morlet", or a continuous wavelet of PyWavelets with its numbers: "mexh", "gaus2", "cmor1.5-1.0".
        w0: for "morlet": centre in radians per deviation of its Gaussian; more is sharper in frequency, and slower.

    Raises:
        RequestError: for a name no family has.

    Source: Torrence and Compo (1998), A practical guide to wavelet analysis, BAMS 79, table 1 (Morlet); the rest are
        the Fourier transforms of the formulae in the PyWavelets documentation, "Continuous wavelet families".

    Example:
        >>> morlet = mother("morlet")
        >>> morlet.response(np.array([0.5, 1.0])).round(4)
        array([0.0222, 2.    ])
        >>> round(morlet.reach, 1)
        5.0
    """
    shape, centre = _by_name(name, w0)
    at_centre = float(np.abs(shape(np.array([centre, -centre]))).sum())

    def response(relative: Array) -> Array:
        return 2.0 / at_centre * shape(relative * centre)

    answer = response(_GRID)
    heard = _GRID[np.abs(answer) > NEGLIGIBLE * np.abs(answer).max()]
    lowest, highest = float(heard[0]) - _STEP, float(heard[-1]) + _STEP
    return Mother(response, lowest, highest, _spread(np.abs(answer)), _reach(answer))


def _last_above(values: Array, share: float = NEGLIGIBLE) -> int:
    return int(np.flatnonzero(values > share * values.max())[-1]) + 1


def _spread(answer: Array) -> float:
    # |W|^2 is W times its conjugate, so its spectrum is at most the response correlated with itself.
    with_itself = np.fft.irfft(np.abs(np.fft.rfft(answer, 2 * len(answer))) ** 2)[: len(answer)]
    # A spectrum that stays high and then ends sharply takes a denser sampling than one that dwindles.
    return max(_last_above(with_itself), 2 * _last_above(with_itself, 0.05)) * _STEP


def _reach(answer: Array) -> float:
    wavelet = np.abs(np.fft.ifft(np.fft.ifftshift(answer)))[: len(answer) // 2]
    return _last_above(wavelet) / (len(answer) * _STEP)
