"""Envelope lines: how strong the beats of a bearing's faults are in the squared envelope, as numbers for a trend.

They are levels and nothing else: what a line means for a verdict is for the model, and for physics, to say.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
import numpy.typing as npt

from pipeline.signals.labels import BEARING_FAULTS

Floats = npt.NDArray[np.float64]

LINES = (*BEARING_FAULTS, "cage")
"""BPFO, BPFI, 2 BSF, FTF: in the order of `Bearing.orders`."""

TURNS = 100.0
"""Of the shaft in a stretch: a line is as sharp, and its background as fine, in a long recording as in a short one."""

FEWEST_TURNS = 10.0
MOST_STRETCHES = 6
"""Evenly spread over a long recording; more would hardly steady a level."""

LONGEST = 1 << 20
"""Samples of a stretch; a shaft so slow that it does not turn ten times in them has no lines."""

CARRIERS_HZ = (500.0, 10_000.0)
"""Of which band the envelope is: below it shaft lines beat, too, and above it rates differ and sensors ring; so a level
does not depend on the rate. Where half the rate is lower, all that is above a quarter of it, or of 500 Hz."""

FINE = 1.25
"""Samples of the envelope per line of its band: beats of up to a quarter of the band's width keep their places."""

TOLERANCE = 0.015
"""Share of a line's frequency by which slip and a stated speed may be off."""

SURROUNDINGS = 40
"""Steps of resolution to either side whose median is a line's background."""

PADDED = 2
"""Places of the spectrum per step of resolution."""

CLEAR = 3
"""Steps from 0 Hz at which the window's own skirt has ended."""

ROOM = 16.0
"""Times its highest line's frequency the squared envelope is averaged down to, which costs that line 0.06 dB."""


class EnvelopeLines:
    """Gathers the squared-envelope spectrum of stretches while a signal is walked through once.

    Args:
        n_samples: of the whole signal.
        rate_hz: sampling rate.
        speed_hz: of the shaft; a stretch holds so many of its turns.
        orders: of the lines, as `LINES`; NaN where unknown.

    Source: Randall and Antoni (2011), Rolling element bearing diagnostics: a tutorial, MSSP 25, section 5; Bartlett
    (1950), Periodogram analysis and continuous spectra, Biometrika 37, for the mean over stretches.
    """

    def __init__(self, n_samples: int, rate_hz: float, speed_hz: float, orders: Sequence[float]) -> None:
        self._length = stretch_length(n_samples, rate_hz, speed_hz)
        self._starts = starts_of(n_samples, self._length)
        self._lines_hz = {name: order * speed_hz for name, order in zip(LINES, orders, strict=True) if order > 0}
        highest_hz = max(self._lines_hz.values(), default=np.inf)
        self._band = band_of(self._length, rate_hz)
        self._fine = fine_length(self._band, self._length)
        envelope_hz = self._fine * rate_hz / max(self._length, 1)
        self._factor = max(int(envelope_hz / (ROOM * highest_hz)), 1)
        self._step_hz = envelope_hz / max(self._fine // self._factor * self._factor, 1)
        self._waiting: list[Floats] = []
        self._read = self._done = 0
        self._power: Floats = np.zeros(0)

    def add(self, samples: npt.NDArray[np.floating]) -> None:
        """The next samples, shape (time,), all finite."""
        end = self._read + len(samples)
        while self._starts and self._starts[0] < end:
            stop = self._starts[0] + self._length
            first = max(self._starts[0] - self._read, 0)
            self._waiting.append(samples[first : stop - self._read].astype(np.float64))
            if stop > end:
                break
            self._heard(np.concatenate(self._waiting))
            self._waiting = []
            del self._starts[0]
        self._read = end

    @cached_property
    def _window(self) -> Floats:
        # Hann's, written out: scipy.signal takes longer to import than some files to diagnose.
        count = self._fine // self._factor
        return np.asarray(0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(count) / count), dtype=np.float64)

    def _heard(self, stretch: Floats) -> None:
        from scipy.fft import rfft

        kept = len(self._window)
        with np.errstate(over="ignore", invalid="ignore"):
            squared = squared_envelope(stretch, self._band, self._fine)
            slow = squared[: kept * self._factor].reshape(kept, -1).mean(axis=1)
            # Twice as long with zeros: between two lines of the spectrum a beat would read up to 1.4 dB low.
            half = rfft((slow - slow.mean()) * self._window, PADDED * kept)
            self._power = np.abs(half) ** 2 + (self._power if self._done else 0.0)
        self._done += 1

    def levels(self) -> Mapping[str, Mapping[str, float]]:
        """Strength of each line.

        Returns:
            Line -> `amplitude`, in the unit of the samples squared (an envelope that swings by +-a reads a), the
            highest within the tolerance, and `over_db`, that over the median around it. Lines that are unknown, too
            near to 0 Hz or beyond the rate are left out; so are all of a signal of fewer than ten turns.

        Example:
            >>> time_s = np.arange(24_000) / 12_000
            >>> beat = (1 + 0.5 * np.cos(2 * np.pi * 105.0 * time_s)) * np.cos(2 * np.pi * 3000 * time_s)
            >>> lines = EnvelopeLines(24_000, 12_000.0, 30.0, (3.5, 5.4, np.nan, 0.4))
            >>> lines.add(beat)
            >>> round(lines.levels()["outer_race"]["amplitude"], 2)
            1.0
        """
        if not self._done:
            return {}
        magnitude = np.sqrt(self._power / self._done) * (2.0 / self._window.sum())
        found = {name: self._level(magnitude, line_hz / self._step_hz) for name, line_hz in self._lines_hz.items()}
        return {name: level for name, level in found.items() if level is not None}

    def _level(self, magnitude: Floats, steps: float) -> Mapping[str, float] | None:
        """The line so many steps of resolution above 0 Hz."""
        reach = max(TOLERANCE * steps, 1.0)
        first, last = int(np.ceil(PADDED * (steps - reach))), int(np.floor(PADDED * (steps + reach)))
        if first < PADDED * CLEAR or last >= len(magnitude):
            return None
        lower = PADDED * max(CLEAR, round(steps) - SURROUNDINGS)
        amplitude = float(magnitude[first : last + 1].max())
        background = float(np.median(magnitude[lower : PADDED * (round(steps) + SURROUNDINGS)]))
        if not (np.isfinite(amplitude) and background > 0):
            return None
        return {"amplitude": amplitude, "over_db": 20.0 * float(np.log10(amplitude / background))}


def squared_envelope(samples: Floats, band: tuple[int, int], count: int) -> Floats:
    """Squared magnitude of the analytic signal of a band, moved down to 0 Hz, which an envelope does not notice.

    Args:
        samples: shape (time,).
        band: first line of their transform that belongs to it, and the first that does not any more.
        count: samples of the envelope, over the same time; as many as the band has lines, or more.

    Returns:
        Shape (count,), in the unit of the samples squared; a sine of amplitude a reads a squared.

    Example:
        >>> squared_envelope(3 * np.cos(2 * np.pi * 0.1 * np.arange(1000)), (50, 400), 500)[:2].round(6)
        array([9., 9.])
    """
    from scipy.fft import ifft, rfft

    lines = rfft(samples)[slice(*band)]
    moved = ifft(lines, count) * (2.0 * count / len(samples))
    return np.asarray(moved.real**2 + moved.imag**2, dtype=np.float64)


def band_of(length: int, rate_hz: float) -> tuple[int, int]:
    """Lines of a stretch's transform that belong to the band of carriers.

    Example:
        >>> band_of(48_000, 48_000.0), band_of(1000, 1000.0)
        ((500, 10000), (125, 500))
    """
    low, high = CARRIERS_HZ
    first, end = min(low / rate_hz, 0.125), min(high / rate_hz, 0.5)
    return int(np.ceil(first * length)), int(np.ceil(end * length))


def fine_length(band: tuple[int, int], length: int) -> int:
    """Samples of a stretch's envelope: fast to transform, no more than the stretch has.

    Example:
        >>> fine_length((500, 10_000), 48_000)
        11880
    """
    from scipy.fft import next_fast_len

    return min(int(next_fast_len(int(np.ceil(FINE * (band[1] - band[0]))))), length)


def stretch_length(n_samples: int, rate_hz: float, speed_hz: float) -> int:
    """Samples of a stretch; 0 where the shaft does not turn often enough.

    Example:
        >>> stretch_length(120_000, 12_000.0, 30.0), stretch_length(12_000, 12_000.0, 30.0)
        (40000, 12000)
        >>> stretch_length(1200, 12_000.0, 30.0)
        0
    """
    from scipy.fft import next_fast_len

    wanted = min(TURNS * rate_hz / speed_hz, LONGEST)
    if not min(wanted, n_samples) * speed_hz / rate_hz >= FEWEST_TURNS:
        return 0
    return min(int(next_fast_len(int(np.ceil(wanted)), real=True)), n_samples)


def starts_of(n_samples: int, length: int) -> list[int]:
    """First samples of the stretches: side by side, evenly spread.

    Example:
        >>> starts_of(10, 4), len(starts_of(10_000, 4))
        ([0, 6], 6)
    """
    count = min(n_samples // length, MOST_STRETCHES) if length else 0
    return [int(start) for start in np.linspace(0, n_samples - length, count)] if count else []
