"""Twins: channels that hold the same samples, up to gain and offset, under two names."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from pipeline.signals.quality.finding import Finding

MOST_CHANNELS = 64
"""Each is compared with each; a table of a thousand columns is not a machine with a thousand sensors."""

UNALIKE = 1e-9
"""Share of a channel's power that the other does not explain; two sensors on one bolt differ by far more."""


class CoMoments:
    """Gathers how channels move together, block by block (the pairwise form, which keeps all digits).

    Source: Pebay (2008), SAND2008-6212, eq. 3.12.
    """

    def __init__(self, n_channels: int) -> None:
        self._count = 0
        self._mean = np.zeros(n_channels)
        self._moments = np.zeros((n_channels, n_channels))

    def add(self, samples: npt.NDArray[np.floating]) -> None:
        """The next samples, shape (channel, time); what is no number counts as zero."""
        count = samples.shape[1]
        if not count:
            return
        with np.errstate(over="ignore", invalid="ignore"):
            values = np.nan_to_num(samples.astype(np.float64), nan=0.0, posinf=0.0, neginf=0.0)
            mean = values.mean(axis=1)
            away = values - mean[:, None]
            step = mean - self._mean
            total = self._count + count
            self._moments += away @ away.T + np.outer(step, step) * (self._count * count / total)
            self._mean += step * (count / total)
            self._count = total

    def twins(self) -> list[tuple[int, int, float]]:
        """Pairs of channels that hold the same, and the gain from the first to the second.

        Example:
            >>> together = CoMoments(2)
            >>> together.add(np.array([[0.0, 1.0, 5.0], [1.0, 3.0, 11.0]]))
            >>> together.twins()
            [(0, 1, 2.0)]
        """
        power = np.diag(self._moments)
        with np.errstate(all="ignore"):
            explained = self._moments**2 / np.outer(power, power)
        alike = np.triu(explained > 1 - UNALIKE, k=1)
        return [(int(i), int(j), float(self._moments[i, j] / power[i])) for i, j in np.argwhere(alike)]


def equal_channels(names: Sequence[str], twins: Sequence[tuple[int, int, float]]) -> list[Finding]:
    """Channels stored twice.

    Two sensors never agree to the last count; equal channels are one sensor wired, exported or copied twice, and
    what was to be learnt from the second is missing.

    Args:
        names: of all channels.
        twins: as `CoMoments.twins` finds them.

    Example:
        >>> equal_channels(["DE", "FE"], [(0, 1, 2.5)])[0].message
        'equal channels: FE is DE sample by sample, times 2.5; one of the two was not recorded'
    """
    copied: set[int] = set()
    found = []
    for first, second, gain in twins:
        if second in copied:
            continue
        copied.add(second)
        scaled = "" if abs(gain - 1) < UNALIKE else f", times {gain:.5g}"
        told = f"equal channels: {names[second]} is {names[first]} sample by sample{scaled}"
        found.append(Finding("equal_channels", f"{told}; one of the two was not recorded", numbers={"gain": gain}))
    return found
