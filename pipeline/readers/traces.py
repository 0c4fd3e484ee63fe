"""Traces: where the channels lie inside a stored array, and how a part of one is taken out."""

import math
from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from pipeline.signals.recording import Samples

SHORTEST = 64
"""An array with fewer samples than this is a list of parameters, not a signal."""


class Trace(NamedTuple):
    """One channel inside an array.

    Attributes:
        channel: its name.
        n_samples: its length.
        place: where it lies, one entry per axis of the array; None marks the axis of time.
    """

    channel: str
    n_samples: int
    place: tuple[int | None, ...]

    def cut(self, array: Any, start: int, stop: int | None) -> npt.NDArray[Any]:
        """Samples [start, stop) of the channel; `array` is anything that slices (NumPy, memory map, HDF5)."""
        chosen = tuple(slice(start, stop) if at is None else at for at in self.place)
        return np.asarray(array[chosen])

    def transposed(self) -> Self:
        """The same channel in the transposed array."""
        return self._replace(place=self.place[::-1])


def traces_in(name: str, shape: Sequence[int]) -> tuple[Trace, ...]:
    """The channels of an array: time is its longer axis (the first where both are equal), the other counts channels.

    Args:
        name: of the array; channels of a matrix are `name[0]`, `name[1]`, ...; without a name they are `c0`, `c1`.
        shape: of the array.

    Returns:
        One trace per channel; none for an array that does not look like a signal.

    Example:
        >>> [trace.channel for trace in traces_in("vib", (2, 1000))]
        ['vib[0]', 'vib[1]']
        >>> traces_in("vib", (1000, 1))
        (Trace(channel='vib', n_samples=1000, place=(None, 0)),)
        >>> traces_in("RPM", (1, 1))
        ()
    """
    if len(shape) not in (1, 2) or max(shape) < SHORTEST or min(shape) == 0:
        return ()
    time_axis = 1 if len(shape) == 2 and shape[1] > shape[0] else 0
    count = math.prod(shape) // shape[time_axis]
    places: list[tuple[int | None, ...]] = [(None,)] if len(shape) == 1 else [(None, k) for k in range(count)]
    if time_axis == 1:
        places = [place[::-1] for place in places]
    names = [f"{name}[{k}]" if name else f"c{k}" for k in range(count)]
    if name and count == 1:
        names = [name]
    return tuple(Trace(each, int(shape[time_axis]), place) for each, place in zip(names, places, strict=True))


def stacked(rows: Sequence[npt.NDArray[Any]]) -> Samples:
    """Channels as one floating array of the machine's byte order; integers become float64, floats stay as stored.

    Returns:
        A new array, shape (channel, time); float16, float32 or float64.

    Example:
        >>> stacked([np.array([1, 2], dtype=">i2")])
        array([[1., 2.]])
    """
    stored = np.result_type(*rows)
    kept = stored if stored.kind == "f" and stored.itemsize <= 8 else np.dtype(np.float64)
    return np.stack(rows).astype(kept.newbyteorder("="), copy=True)
