"""Traces: where the channels lie inside a stored array, and how a part of one is taken out."""

import math
from collections.abc import Iterator, Sequence
from itertools import product
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from pipeline.signals.recording import Samples

SHORTEST = 64
"""An array with fewer samples than this is a list of parameters, not a signal."""

MOST_CHANNELS = 2000
"""An array with more channels than this is an image or a table of features, or its axes are not what they seem."""


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


def traces_in(name: str, shape: Sequence[int], records_axis: int = 0) -> tuple[Trace, ...]:
    """The channels of an array: time is its longest axis, the first where several are equal; the others count channels.

    Args:
        name: of the array; channels of a matrix are `name[0]`, `name[1]`, ..., of a stack of matrices `name[0][0]`,
            `name[0][1]`, ...; without a name they are `c0`, `c1` and `c0_0`, `c0_1`.
        shape: of the array.
        records_axis: the axis that counts records in three dimensions: the first, in MATLAB the last. Where it is the
            longest nothing tells records from samples, and the array is no signal.

    Returns:
        One trace per channel; none for an array that does not look like a signal.

    Example:
        >>> [trace.channel for trace in traces_in("vib", (2, 1000))]
        ['vib[0]', 'vib[1]']
        >>> traces_in("vib", (1000, 1))
        (Trace(channel='vib', n_samples=1000, place=(None, 0)),)
        >>> traces_in("runs", (3, 2, 1000))[-1]
        Trace(channel='runs[2][1]', n_samples=1000, place=(2, 1, None))
        >>> traces_in("RPM", (1, 1))
        ()
    """
    if not looks_like_signal(shape) or why_not(shape, records_axis):
        return ()
    time_axis = int(np.argmax(shape))
    n_samples = int(shape[time_axis])
    single = math.prod(shape) == n_samples
    places = product(*(range(count) for axis, count in enumerate(shape) if axis != time_axis))
    return tuple(
        Trace(channel_name(name, at, single), n_samples, (*at[:time_axis], None, *at[time_axis:])) for at in places
    )


def looks_like_signal(shape: Sequence[int]) -> bool:
    """Whether an array of one to three axes is long enough along one of them."""
    return 1 <= len(shape) <= 3 and max(shape) >= SHORTEST and min(shape) > 0


def why_not(shape: Sequence[int], records_axis: int = 0) -> str:
    """Why an array that is long enough is no signal all the same, to follow its description; empty where it is one.

    Example:
        >>> why_not((9000, 2, 512))
        ', whose longest axis may count samples or records: save at most as many records as samples, or each by itself'
        >>> why_not((3600, 936))
        ''
    """
    if not looks_like_signal(shape):
        return ""
    longest = max(shape)
    n_channels = math.prod(shape) // longest
    if len(shape) == 3 and n_channels > 1 and shape[records_axis] == longest:
        return (
            ", whose longest axis may count samples or records: save at most as many records as samples, "
            "or each by itself"
        )
    too_many = n_channels > MOST_CHANNELS
    return f", {n_channels} channels where {MOST_CHANNELS} are the most: save fewer" if too_many else ""


def channel_name(name: str, at: Sequence[int], single: bool) -> str:
    """What the channel at some place of an array is called.

    Example:
        >>> channel_name("vib", (3, 1), False), channel_name("", (3, 1), False), channel_name("vib", (0,), True)
        ('vib[3][1]', 'c3_1', 'vib')
    """
    if single:
        return name or "c0"
    return name + "".join(f"[{k}]" for k in at) if name else "c" + "_".join(str(k) for k in at)


def cut_traces(chosen: Sequence[tuple[Any, Trace]], start: int, stop: int | None) -> Iterator[npt.NDArray[Any]]:
    """Samples [start, stop) of several channels, each with the array it lies in.

    An array on disk is looked at once where most of its channels are wanted: packed chunks hold all of them, and
    would be unpacked for each.

    Example:
        >>> matrix = np.arange(300.0).reshape(100, 3)
        >>> [row[0] for row in cut_traces([(matrix, trace) for trace in traces_in("x", matrix.shape)], 10, 20)]
        [np.float64(30.0), np.float64(31.0), np.float64(32.0)]
    """
    wanted: dict[int, int] = {}
    for array, _ in chosen:
        wanted[id(array)] = wanted.get(id(array), 0) + 1
    seen: dict[int, npt.NDArray[Any]] = {}
    for array, trace in chosen:
        n_channels = math.prod(array.shape) // max(trace.n_samples, 1)
        by_trace = getattr(array, "by_trace", isinstance(array, np.ndarray))
        if by_trace or n_channels == 1 or 2 * wanted[id(array)] < n_channels:
            yield trace.cut(array, start, stop)
            continue
        if id(array) not in seen:
            seen[id(array)] = np.asarray(
                array[tuple(slice(start, stop) if at is None else slice(None) for at in trace.place)]
            )
        yield trace.cut(seen[id(array)], 0, None)


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
    return np.stack(rows, dtype=kept.newbyteorder("="), casting="unsafe")
