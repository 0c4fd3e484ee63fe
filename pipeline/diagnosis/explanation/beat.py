"""Beat: whether something rises and falls at a fault's rate more than at other rates."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SLIP = 0.015
"""Share of its frequency by which a line may be off."""

OTHERS = 100
"""Rates that the fault's is compared with."""

NEAR = 0.06
"""Rates nearer than this to a multiple or a half of the fault's are not other rates."""

LEVEL = 0.05
"""Of the p-value below which a line stands out."""

FEWEST = 20


class Beat(NamedTuple):
    """How much one line stands out.

    Attributes:
        p_value: how often other rates have a line as high, (1 + count) / (1 + rates).
        snr_db: above the median of the other rates.
    """

    p_value: float
    snr_db: float


def beat_at(frequencies: Floats, magnitude: Floats, line: float) -> Beat | None:
    """How a spectrum's line at one frequency compares with what is found, in the same way, at a hundred others.

    Args:
        frequencies: evenly spaced from 0, in any unit.
        magnitude: of each.
        line: where the line is expected, in the same unit.

    Returns:
        None where the spectrum does not reach the line, or holds too few other places to compare with.

    Example:
        >>> frequencies = np.arange(200.0)
        >>> spectrum = 1 + 0.1 * np.sin(7 * frequencies)
        >>> spectrum[90] = 10.0
        >>> found = beat_at(frequencies, spectrum, 90.2)
        >>> round(found.p_value, 3), round(found.snr_db)
        (0.012, 19)
    """
    step = float(frequencies[1] - frequencies[0])
    top = float(frequencies[-1])
    if line * (1 + SLIP) > top or line < 4 * step:
        return None
    places = np.linspace(max(4 * step, line / 5), min(top / (1 + SLIP), 5 * line), OTHERS)
    multiples = places / line
    apart = np.minimum(np.abs(multiples - np.maximum(np.round(multiples), 1)), np.abs(multiples - 0.5))
    others = np.array([_highest(magnitude, step, place) for place in places[apart > NEAR]])
    if len(others) < FEWEST:
        return None
    own = _highest(magnitude, step, line)
    usual = float(np.median(others))
    snr_db = 20 * np.log10(max(own, 1e-30) / max(usual, 1e-30))
    return Beat((1 + int((others >= own).sum())) / (1 + len(others)), float(snr_db))


def _highest(magnitude: Floats, step: float, place: float) -> float:
    """The highest line within the slip, at least one step to either side."""
    reach = max(SLIP * place, step)
    first, last = int(np.ceil((place - reach) / step)), int((place + reach) / step)
    return float(magnitude[max(first, 0) : last + 1].max())


def spectrum_of(profile: Floats) -> Floats:
    """Magnitude of a profile's spectrum, its mean removed, under a Hann window.

    Example:
        >>> int(spectrum_of(1 + np.cos(2 * np.pi * 5 * np.arange(64) / 64)).argmax())
        5
    """
    swing = (profile - profile.mean()) * np.hanning(len(profile))
    return np.asarray(np.abs(np.fft.rfft(swing)), dtype=np.float64)
