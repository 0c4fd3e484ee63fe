"""Harmonics: how far the lines of a spectrum stand over their surroundings, and combs of harmonics laid on them."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.signals.spectra import squared_envelope
from pipeline.signals.spectral_lines import over_floor_db, vertex

Floats = npt.NDArray[np.float64]

HARMONICS = 10
FADING = 0.75
"""Harmonic h counts h^-0.75: the first ones more, so that a half or a third of the speed does not score as well."""

CEILING_DB = 15.0
"""No line counts more than this over its surroundings, or one hum would make a comb."""

ENVELOPE_SHARE = 0.5
"""What a line of the envelope counts against one of the signal; at 1 the comb of a faulty neighbour wins more often."""

SEGMENT_S, LONGEST_S = 20.0, 120.0
"""Speeds drift: spectra are of at most so long a piece, averaged, over at most so much of the recording."""

SURROUNDINGS_HZ, FEWEST_BINS = 8.0, 25
"""A line is measured against the median so wide around it."""

LINE_DB = 10.0
"""What a harmonic must stand over its surroundings to be counted, and to sharpen the estimate."""

SATURATED_DB = 30.0
"""Above this a line's frequency is as well known as the parabola through its peak allows."""


class Lines(NamedTuple):
    """Decibels over the surroundings: `counted` with the envelope, capped; `own` of the signal alone."""

    own: Floats
    counted: Floats
    step_hz: float


def lines_of(channels: Floats, rate_hz: float, top_hz: float) -> Lines:
    """The lines of a signal, the mean over its channels, from 0 Hz to `top_hz`."""
    own = [_over_surroundings(channel, rate_hz, top_hz) for channel in channels]
    heard = [_over_surroundings(_envelope(channel, rate_hz / 8, rate_hz), rate_hz, top_hz) for channel in channels]
    capped = np.clip(own, 0, CEILING_DB) + ENVELOPE_SHARE * np.clip(heard, 0, CEILING_DB)
    return Lines(np.mean(own, axis=0), capped.mean(axis=0), rate_hz / _segment(channels.shape[-1], rate_hz))


def _segment(n_samples: int, rate_hz: float) -> int:
    return min(n_samples, round(SEGMENT_S * rate_hz))


def _over_surroundings(channel: Floats, rate_hz: float, top_hz: float) -> Floats:
    """Decibels of each line over the median around it, from 0 Hz to `top_hz`."""
    from scipy.signal import welch

    frequencies, power = welch(channel, rate_hz, "hann", nperseg=_segment(len(channel), rate_hz))
    width = max(FEWEST_BINS, int(SURROUNDINGS_HZ / frequencies[1]) | 1)
    return over_floor_db(power[frequencies <= top_hz], width)


def _envelope(channel: Floats, lowest_hz: float, rate_hz: float) -> Floats:
    """Squared envelope of what lies above `lowest_hz`: impacts ring high, and tell the shaft by how they swell."""
    from scipy.fft import next_fast_len

    count = len(channel)
    padded = np.pad(channel - channel.mean(), (0, next_fast_len(count) - count))
    return squared_envelope(padded, lowest_hz / rate_hz)[:count]


def comb_scores(lines_db: Floats, step_hz: float, speeds_hz: Floats, shifts_hz: Floats | None = None) -> Floats:
    """How much the harmonics of each speed stand out, the first ones counted more.

    Args:
        lines_db: (frequency,) from 0 Hz in steps of `step_hz`, decibels over the surroundings.
        step_hz: between neighbours.
        speeds_hz: (speed,).
        shifts_hz: (harmonic,) added to each harmonic's frequency; none unless given.

    Returns:
        Weighted sum of decibels, (speed,).

    Example:
        >>> lines = np.zeros(100)
        >>> lines[[20, 40, 60]] = 10.0
        >>> comb_scores(lines, 1.0, np.array([10.0, 20.0, 40.0])).round(1)
        array([12.1, 20.3, 10. ])
    """
    bins = np.arange(len(lines_db))
    shifts = np.zeros(HARMONICS) if shifts_hz is None else shifts_hz
    scores = np.zeros(len(speeds_hz))
    for harmonic, shift_hz in zip(range(1, HARMONICS + 1), shifts, strict=True):
        places = (harmonic * speeds_hz + shift_hz) / step_hz
        scores += harmonic**-FADING * np.interp(places, bins, lines_db, left=0.0, right=0.0)
    return scores


def sharpened(lines: Lines, speed_hz: float) -> tuple[float, int]:
    """The speed by least squares through the peaks of its clear harmonics, between bins, and how many there are.

    A line's frequency is known the better the higher it stands, so each counts by its power; the peaks are looked for
    again around the better speed.
    """
    clear: list[tuple[float, float, float]] = []
    for _ in range(3):
        found = [_peak(lines, harmonic * speed_hz) for harmonic in range(1, HARMONICS + 1)]
        clear = [(harmonic, *peak) for harmonic, peak in enumerate(found, start=1) if peak is not None]
        if clear:
            orders, peaks_hz, heights_db = np.array(clear).T
            weights = 10 ** (np.minimum(heights_db, SATURATED_DB) / 10)
            speed_hz = float(np.sum(weights * orders * peaks_hz) / np.sum(weights * orders**2))
    return speed_hz, len(clear)


def _peak(lines: Lines, near_hz: float) -> tuple[float, float] | None:
    """Frequency and height of the peak within a bin of some frequency, on a parabola through three decibels."""
    place = round(near_hz / lines.step_hz)
    if place < 2 or place + 2 >= len(lines.own):
        return None
    top = place - 1 + int(lines.own[place - 1 : place + 2].argmax())
    left, height, right = lines.own[top - 1 : top + 2]
    if height < LINE_DB or height < max(left, right):
        return None
    return float((top + vertex(left, height, right)) * lines.step_hz), float(height)
