"""Beat: whether something rises and falls at a fault's rate more than at other rates."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

SLIP = 0.015
"""Share of its frequency by which a line may be off."""

AROUND = 16
"""Steps to either side whose median says how high the spectrum is there, at least; a line with its skirts is no wider
than half of them."""

LOWEST, SPAN = 4.0, 5.0
"""Other rates lie this many steps from 0 at least, and within such a factor of the fault's."""

NEAR = 0.06
"""Rates nearer than this to a multiple or a half of the fault's are not other rates."""

LEVEL = 0.05
"""Of the p-value below which a line stands out."""

FEWEST = 20
"""Other rates; with fewer, no p-value could reach the level."""


class Beat(NamedTuple):
    """How much one line stands out.

    Attributes:
        p_value: how often other rates have a line as high, (1 + count) / (1 + rates).
        snr_db: above the median of the other rates.
    """

    p_value: float
    snr_db: float


def beat_at(frequencies: Floats, magnitude: Floats, line: float) -> Beat | None:
    """How a spectrum's line at one frequency compares with what is found, in the same way, at other frequencies.

    Relevance is smooth, and its spectrum falls: a raw height would beat all that lie above it. So every height is
    divided by the spectrum's own around it, the same number of steps is searched everywhere, and the places searched
    stand side by side, so that one peak is not counted as many.

    Args:
        frequencies: evenly spaced from 0, in any unit.
        magnitude: of each.
        line: where the line is expected, in the same unit.

    Returns:
        None where the spectrum does not reach the line, or holds too few other places to compare with.

    Example:
        >>> frequencies = np.arange(200.0)
        >>> spectrum = (1 + 0.1 * np.sin(7 * frequencies)) / (1 + frequencies)
        >>> spectrum[90] *= 10
        >>> found = beat_at(frequencies, spectrum, 90.2)
        >>> round(found.p_value, 3), round(found.snr_db)
        (0.018, 20)
    """
    place = line / float(frequencies[1] - frequencies[0])
    last = len(magnitude) - 1
    reach = max(SLIP * place, 1.0)
    if place < LOWEST or place + reach > last:
        return None
    lowest, highest = max(LOWEST + reach, place / SPAN), min(last - reach, SPAN * place)
    places = place + 2 * reach * np.arange(-((place - lowest) // (2 * reach)), (highest - place) // (2 * reach) + 1)
    multiples = places / place
    apart = np.minimum(np.abs(multiples - np.maximum(np.round(multiples), 1)), np.abs(multiples - 0.5))
    around = max(AROUND, int(AROUND / 4 * reach))
    flat = flattened(magnitude[: int(highest + reach) + around], around)
    others = np.array([_highest(flat, each, reach) for each in places[apart > NEAR]])
    if len(others) < FEWEST:
        return None
    own = _highest(flat, place, reach)
    snr_db = 20 * np.log10(max(own, 1e-30) / max(float(np.median(others)), 1e-30))
    return Beat((1 + int((others >= own).sum())) / (1 + len(others)), float(snr_db))


def _highest(magnitude: Floats, place: float, reach: float) -> float:
    """The highest within reach of a place, of as many steps everywhere."""
    first = int(np.ceil(place - reach))
    return float(magnitude[first : first + int(2 * reach) + 1].max())


def flattened(magnitude: Floats, around: int) -> Floats:
    """A spectrum over its local median: of so many steps to either side, of fewer near the ends, as many to both.

    The median of what falls, as far to one side as to the other, is what stands in the middle.

    Example:
        >>> flattened(np.array([16.0, 8.0, 4.0, 20.0, 1.0, 0.5]), around=1)
        array([1. , 1. , 0.5, 5. , 1. , 1. ])
    """
    last = len(magnitude) - 1
    sides = np.minimum(around, np.minimum(np.arange(last + 1), last - np.arange(last + 1)))
    usual = [np.median(magnitude[place - side : place + side + 1]) for place, side in enumerate(sides)]
    return np.asarray(magnitude / np.maximum(usual, 1e-30), dtype=np.float64)


def spectrum_of(profile: Floats) -> Floats:
    """Magnitude of a profile's spectrum, its mean removed, under a Hann window.

    Example:
        >>> int(spectrum_of(1 + np.cos(2 * np.pi * 5 * np.arange(64) / 64)).argmax())
        5
    """
    swing = (profile - profile.mean()) * np.hanning(len(profile))
    return np.asarray(np.abs(np.fft.rfft(swing)), dtype=np.float64)
