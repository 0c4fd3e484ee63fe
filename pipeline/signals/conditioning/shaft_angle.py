"""Shaft angle: how far a shaft has turned at known moments, and so at any moment between them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipeline.errors import UnusableError
from pipeline.units import rpm_from_hz

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ShaftAngle:
    """Moments at which the angle of a shaft is known; between them it turns smoothly.

    Attributes:
        times_s: (moment,), rising, seconds from the first sample.
        turns: (moment,), rising, turns since the first moment.
        n_missed, n_double: pulses that were filled in and left out to get there; see `tacho`.

    Example:
        >>> steady = ShaftAngle(np.array([0.0, 0.1, 0.2]), np.array([0.0, 2.0, 4.0]))
        >>> steady.speed_rpm, round(steady.lowest_rpm, 6), steady.times_at(np.array([3.0]))
        (1200.0, 1200.0, array([0.15]))
    """

    times_s: Floats
    turns: Floats
    n_missed: int = 0
    n_double: int = 0

    @property
    def speed_rpm(self) -> float:
        """Mean speed: all turns over all time."""
        return float(rpm_from_hz((self.turns[-1] - self.turns[0]) / (self.times_s[-1] - self.times_s[0])))

    @property
    def lowest_rpm(self) -> float:
        """Speed of the slowest turn."""
        return float(self.profile_rpm()[1].min())

    @property
    def highest_rpm(self) -> float:
        """Speed of the fastest turn."""
        return float(self.profile_rpm()[1].max())

    def profile_rpm(self) -> tuple[Floats, Floats]:
        """Speed over time, averaged over one turn (a shorter whole where there is no full one).

        Returns:
            Times in s, the middle of each turn, and speeds in rpm, (turn,) both.
        """
        whole = int(np.floor(self.turns[-1] - self.turns[0]))
        marks = self.turns[0] + np.arange(whole + 1) if whole else self.turns[[0, -1]]
        times = self.times_at(marks)
        return (times[1:] + times[:-1]) / 2, rpm_from_hz(1.0) * np.diff(marks) / np.diff(times)

    def times_at(self, turns: Floats) -> Floats:
        """When the shaft had turned so far: a cubic spline through the known moments.

        Source: Fyfe and Munck (1997), Analysis of computed order tracking, MSSP 11(2), 187-205: the error of the angle
        governs that of order tracking, and an interpolation of higher order than the shaft's acceleration keeps it low.

        Raises:
            UnusableError: when the moments are so uneven that the shaft would have to turn backwards.
        """
        from scipy.interpolate import CubicSpline

        if len(self.times_s) < 2:
            raise UnusableError(f"a shaft angle needs two known moments at least, got {len(self.times_s)}")
        times: Floats = CubicSpline(self.turns, self.times_s)(turns)
        if np.any(np.diff(times) <= 0):
            raise UnusableError("the tacho's pulses are too uneven for a shaft that turns one way; check the channel")
        return times
