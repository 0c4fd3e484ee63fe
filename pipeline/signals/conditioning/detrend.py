"""Detrend: a sensor's offset or drift taken away, channel by channel."""

from collections.abc import Iterable, Iterator
from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field

from pipeline.signals.conditioning.step import Step
from pipeline.signals.long_samples import walked
from pipeline.signals.recording import Samples
from pipeline.signals.signal import Signal

Kind = Literal["constant", "linear"]
Floats = npt.NDArray[np.float64]


def detrend(samples: Samples, kind: Kind = "linear") -> npt.NDArray[np.float64]:
    """Take away the mean, or the straight line of least squares, of each channel.

    Args:
        samples: any unit, shape (..., time).
        kind: "constant" for the mean, "linear" for mean and slope.

    Returns:
        Same shape and unit, float64.

    Example:
        >>> detrend(np.array([[1.0, 2.0, 3.0], [0.0, 3.0, 0.0]])).round(6) + 0.0
        array([[ 0.,  0.,  0.],
               [-1.,  2., -1.]])
    """
    middle, slope = trend(samples)
    centred: npt.NDArray[np.float64] = samples - middle[..., None]
    return centred - slope[..., None] * _clock(samples.shape[-1]) if kind == "linear" else centred


def trend(samples: Samples) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Each channel's mean, and its slope per sample, shape (...,) both.

    Example:
        >>> trend(np.array([1.0, 2.0, 3.0]))
        (array(2.), array(1.))
    """
    n_samples = samples.shape[-1]
    middle = np.asarray(samples.mean(axis=-1, dtype=np.float64))
    # The clock is centred, so the mean needs no subtracting, but large offsets would cost digits.
    slope = ((samples - middle[..., None]) @ _clock(n_samples)) / max(_clock_square(n_samples), 1e-300)
    return middle, np.asarray(slope)


def trend_of(blocks: Iterable[Samples], n_samples: int) -> tuple[Floats, Floats]:
    """`trend` of a walk through (channel, time) pieces, in one pass.

    Example:
        >>> trend_of([np.array([[1.0, 2.0]]), np.array([[3.0]])], n_samples=3)
        (array([2.]), array([1.]))
    """
    place = 0
    sums: list[Floats] = []
    for block in blocks:
        at = _clock(n_samples, place, block.shape[1])
        middle = block.mean(axis=1, dtype=np.float64)
        about = (block - middle[:, None]) @ (at - at.mean())
        # The line of a piece about its own mean, and how that mean stands against the clock.
        sums.append(np.stack([middle * at.size, about + middle * at.sum()]))
        place += at.size
    total, against = np.sum(sums, axis=0)
    return total / n_samples, against / max(_clock_square(n_samples), 1e-300)


def _clock(n_samples: int, start: int = 0, count: int | None = None) -> Floats:
    """Sample numbers from `start` on, zero in the middle of the whole signal."""
    stop = start + (n_samples if count is None else count)
    return np.arange(start, stop, dtype=np.float64) - (n_samples - 1) / 2


def _clock_square(n_samples: int) -> float:
    """Sum of the squares of the whole clock, in closed form."""
    return n_samples * (n_samples**2 - 1) / 12


class Detrend(Step):
    """`detrend` of a signal.

    Example:
        >>> Detrend(kind="constant").apply(Signal(np.array([1.0, 2.0, 3.0]))).history
        ('mean 2 removed',)
    """

    in_pieces = True
    kind: Kind = Field("linear", description="what is removed: the mean (constant), or the best straight line")

    def apply(self, signal: Signal) -> Signal:
        """The signal without its mean, or without its line; the history tells the largest of several channels."""
        middles, slopes = trend_of(signal.blocks(), signal.n_samples)
        middle, slope = (values[np.argmax(np.abs(values))] for values in (middles, slopes))
        note = f"mean {middle:.4g} removed"
        if self.kind == "linear":
            rise = slope if signal.rate_hz is None else slope * signal.rate_hz
            note = f"trend removed: mean {middle:.4g}, {rise:.4g} per {'sample' if signal.rate_hz is None else 's'}"
        if self.kind == "constant":
            slopes = np.zeros_like(slopes)

        def straightened(blocks: Iterator[Samples]) -> Iterator[Samples]:
            return without_line(blocks, signal.n_samples, middles, slopes)

        return signal.changed(note, samples=walked(signal.samples, straightened))


def without_line(blocks: Iterable[Samples], n_samples: int, middles: Floats, slopes: Floats) -> Iterator[Floats]:
    """A walk without the line of each channel.

    Example:
        >>> pieces = [np.array([[1.0, 2.0]]), np.array([[3.0]])]
        >>> [piece.tolist() for piece in without_line(pieces, 3, np.array([2.0]), np.array([1.0]))]
        [[[0.0, 0.0]], [[0.0]]]
    """
    place = 0
    for block in blocks:
        at = _clock(n_samples, place, block.shape[1])
        yield block - middles[:, None] - slopes[:, None] * at
        place += block.shape[1]
