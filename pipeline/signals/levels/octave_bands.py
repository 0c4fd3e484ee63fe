"""Octave bands: where the strength of a signal lies, as RMS per band; together they are its broadband RMS.

Octaves, not thirds of one: thirteen numbers are a trend that people read, a band holds its lines while the speed of a
machine wanders by some percent, and a recording of a second tells even the lowest.
"""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

NAMES = ("low", "16", "31.5", "63", "125", "250", "500", "1000", "2000", "4000", "8000", "16000", "high")
"""Nominal middles in hertz; `low` is all below the band of 16 Hz, `high` all above that of 16 kHz."""

EDGES_HZ = 1000.0 * 10.0 ** (0.3 * (np.arange(-6, 6) - 0.5))
"""Between neighbouring bands: 11.22, 22.39, 44.67, ... 22387 Hz; octaves to the base ten, as in IEC 61260-1:2014."""

PIECE = 1 << 16
"""Samples that are transformed together; at 51.2 kHz the lines of a piece lie 0.4 Hz apart."""


SHORT = 512
"""Samples whose transform takes no time, whatever their number."""


class OctaveBands(NamedTuple):
    """Energy per band, gathered piece by piece; what two pieces have adds up to what both together have.

    Attributes:
        n: samples.
        mean: in the samples' unit.
        energy: sum of squares about the mean, shape (band,), bands as in `NAMES`.
    """

    n: int = 0
    mean: float = 0.0
    energy: Floats = np.zeros(len(NAMES))

    @classmethod
    def of(cls, samples: npt.NDArray[np.floating], rate_hz: float) -> Self:
        """Of some samples, shape (time,), all finite.

        The lines of an orthonormal cosine transform (DCT-II) are shared out: their squares add up to those of the
        samples, exactly, and its period has no jump at the ends of a piece, whose leakage would drown weak high bands
        under a strong shaft.

        Source: Ahmed, Natarajan and Rao (1974), Discrete cosine transform, IEEE Trans. Computers C-23, 90-93.
        """
        from scipy.fft import dct

        found = cls()
        for piece in fast_pieces(samples):
            count = len(piece)
            # Line k of n lies at k / (2 n) of the rate; line 0 is the mean.
            inner = np.ceil(EDGES_HZ * (2 * count / rate_hz)).clip(1, count).astype(int)
            bounds = (1, *inner.tolist(), count)
            with np.errstate(over="ignore", invalid="ignore"):
                lines = dct(piece.astype(np.float64), norm="ortho", overwrite_x=True)
                energy = np.array([lines[first:end] @ lines[first:end] for first, end in pairwise(bounds)])
                found = found.joined(cls(count, float(lines[0]) / np.sqrt(count), energy))
        return found

    def joined(self, other: "OctaveBands") -> Self:
        """Of both parts together; what their means differ by is slower than any line of a part, and so `low`."""
        n = self.n + other.n
        if not n:
            return self
        step = other.mean - self.mean
        energy = self.energy + other.energy
        with np.errstate(over="ignore", invalid="ignore"):
            energy[0] += step**2 * self.n * other.n / n
        return type(self)(n, self.mean + step * other.n / n, energy)

    def rms(self, rate_hz: float) -> Mapping[str, float]:
        """RMS per band, in the samples' unit; bands that lie above half the rate are left out.

        Example:
            >>> rate_hz = 2000.0
            >>> tone = 3.0 * np.sqrt(2.0) * np.cos(2 * np.pi * 250.0 * np.arange(2000) / rate_hz)
            >>> {name: round(rms, 2) for name, rms in OctaveBands.of(tone, rate_hz).rms(rate_hz).items()}
            {'low': 0.01, '16': 0.01, '31.5': 0.01, '63': 0.02, '125': 0.04, '250': 3.0, '500': 0.02, '1000': 0.0}
        """
        count = 1 + int((rate_hz / 2 > EDGES_HZ).sum())
        found = np.sqrt(self.energy[:count] / max(self.n, 1))
        return dict(zip(NAMES, found.tolist(), strict=False)) if self.n and np.isfinite(found).all() else {}


def fast_pieces(samples: npt.NDArray[np.floating]) -> Iterator[npt.NDArray[np.floating]]:
    """Pieces whose lengths have no large prime factor, which would make their transform several times as slow.

    What is left over at the end is short, and its energy is shared out all the same.

    Example:
        >>> [len(piece) for piece in fast_pieces(np.zeros(150_001))]
        [65536, 65536, 18750, 179]
    """
    from scipy.fft import prev_fast_len

    place = 0
    while place < len(samples):
        left = len(samples) - place
        count = left if left < SHORT else min(int(prev_fast_len(left, real=True)), PIECE)
        yield samples[place : place + count]
        place += count
