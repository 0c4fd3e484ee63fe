"""Moments: mean, spread and shape of a signal, gathered piece by piece."""

from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt


class Moments(NamedTuple):
    """Sums of powers of the distance from the mean; parts of a signal add up to those of the whole.

    Attributes:
        n: samples; those that are no numbers are left out.
        mean: in the samples' unit.
        second, third, fourth: sums of (sample - mean) to that power.
        lowest, highest: samples.

    Source: Pebay (2008), Formulas for robust, one-pass parallel computation of covariances and arbitrary-order
    statistical moments, SAND2008-6212, eqs. 2.1-2.4 (two parts).
    """

    n: int = 0
    mean: float = 0.0
    second: float = 0.0
    third: float = 0.0
    fourth: float = 0.0
    lowest: float = np.inf
    highest: float = -np.inf

    @classmethod
    def of(cls, samples: npt.NDArray[np.floating]) -> Self:
        """Of some samples, shape (time,), all finite.

        Example:
            >>> Moments.of(np.array([1.0, 3.0])).second
            2.0
        """
        if samples.size == 0:
            return cls()
        with np.errstate(over="ignore", invalid="ignore"):
            mean = float(samples.mean(dtype=np.float64))
            away = samples.astype(np.float64) - mean
            squared = away * away
            sums = (float(squared.sum()), float((squared * away).sum()), float((squared * squared).sum()))
        return cls(samples.size, mean, *sums, float(samples.min()), float(samples.max()))

    def joined(self, other: "Moments") -> "Moments":
        """Of both parts together.

        Example:
            >>> Moments.of(np.array([1.0])).joined(Moments.of(np.array([3.0]))).second
            2.0
        """
        if not self.n or not other.n:
            return self if self.n else other
        n, a, b = self.n + other.n, self.n, other.n
        step = other.mean - self.mean
        with np.errstate(over="ignore", invalid="ignore"):
            return Moments(
                n,
                self.mean + step * b / n,
                self.second + other.second + step**2 * a * b / n,
                self.third
                + other.third
                + step**3 * a * b * (a - b) / n**2
                + 3 * step * (a * other.second - b * self.second) / n,
                self.fourth
                + other.fourth
                + step**4 * a * b * (a * a - a * b + b * b) / n**3
                + 6 * step**2 * (a * a * other.second + b * b * self.second) / n**2
                + 4 * step * (a * other.third - b * self.third) / n,
                min(self.lowest, other.lowest),
                max(self.highest, other.highest),
            )

    @property
    def std(self) -> float:
        """Standard deviation, divided by their number."""
        return float(np.sqrt(self.second / self.n)) if self.n else np.nan

    def statistics(self) -> dict[str, float | None]:
        """What a user reads; None where it cannot be told.

        Returns:
            mean, rms, std, peak (largest magnitude), crest (peak / rms), skewness, kurtosis (3 for a normal
            distribution), min, max.

        Example:
            >>> square = Moments.of(np.array([1.0, -1.0, 1.0, -1.0])).statistics()
            >>> square["rms"], square["crest"], square["kurtosis"]
            (1.0, 1.0, 1.0)
        """
        if not self.n:
            return dict.fromkeys(("mean", "rms", "std", "peak", "crest", "skewness", "kurtosis", "min", "max"))
        with np.errstate(all="ignore"):
            std = np.float64(self.std)
            rms = np.hypot(std, self.mean)
            peak = np.float64(max(abs(self.lowest), abs(self.highest)))
            told = {
                "mean": self.mean,
                "rms": rms,
                "std": std,
                "peak": peak,
                "crest": peak / rms,
                "skewness": self.third / self.n / std**3,
                "kurtosis": self.fourth / self.n / std**4,
                "min": self.lowest,
                "max": self.highest,
            }
        return {name: float(value) if np.isfinite(value) else None for name, value in told.items()}
