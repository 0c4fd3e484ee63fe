"""Streamed: an array that lies packed in a file, sliced along time without ever being unpacked as a whole."""

import math
from collections.abc import Callable
from typing import Any, ClassVar, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt

SKIPPED_BYTES = 1 << 17
PADDED_BYTES = 8
"""An array may be filled up to a multiple of this."""


class Stream(Protocol):
    """Anything whose bytes are read one after the other."""

    def read(self, size: int, /) -> bytes:
        """So many bytes, fewer at the end."""


class Frames(NamedTuple):
    """Samples [start, stop) of everything that lies side by side in the file, as they were last unpacked."""

    start: int
    stop: int
    values: npt.NDArray[Any]


class Position(NamedTuple):
    """A stream and the byte of the array it stands at."""

    stream: Stream
    at: int


class StreamedArray:
    """An array behind a stream that only runs forwards; going back opens another stream.

    Channels that lie one after the other have a stream each, so that a recording is passed through in pieces once per
    channel; channels that lie side by side share one, and what was unpacked for the first serves the others.

    Args:
        opened: gives a new stream, whose first byte is the array's.
        shape: of the array.
        dtype: of its numbers.
        fortran: whether its first axis runs fastest, as in MATLAB.

    Example:
        >>> from io import BytesIO
        >>> matrix = np.arange(6.0).reshape(2, 3)
        >>> streamed = StreamedArray(lambda: BytesIO(matrix.tobytes()), (2, 3), matrix.dtype)
        >>> streamed[1, 0:2]
        array([3., 4.])
    """

    by_trace: ClassVar[bool] = True

    def __init__(
        self, opened: Callable[[], Stream], shape: tuple[int, ...], dtype: np.dtype[Any], fortran: bool = False
    ) -> None:
        self.opened = opened
        self.shape = shape
        self.dtype = dtype
        self.stored_shape = shape[::-1] if fortran else shape
        self.fortran = fortran
        self.positions: dict[int, Position] = {}
        self.seen: dict[int, Frames] = {}

    def __getitem__(self, place: Any) -> npt.NDArray[Any]:
        stored = place if isinstance(place, tuple) else (place,)
        stored = stored[::-1] if self.fortran else stored
        time = next(axis for axis, at in enumerate(stored) if isinstance(at, slice))
        start, stop, _ = stored[time].indices(self.stored_shape[time])
        outer = 0
        for axis in range(time):
            outer = outer * self.stored_shape[axis] + stored[axis]
        frames = self.frames(outer, time, start, max(start, stop))
        return np.asarray(frames[(slice(None), *stored[time + 1 :])])

    def frames(self, outer: int, time: int, start: int, stop: int) -> npt.NDArray[Any]:
        """Samples [start, stop) of one place on the axes before time, shape (time, *axes after time)."""
        seen = self.seen.get(outer)
        if seen is not None and (seen.start, seen.stop) == (start, stop):
            return seen.values
        inner = self.stored_shape[time + 1 :]
        n_frame = math.prod(inner) * self.dtype.itemsize
        n_times = self.stored_shape[time]
        whole = (start, stop) == (0, n_times)
        raw = self.bytes_at((outer * n_times + start) * n_frame, (stop - start) * n_frame, 0 if whole else outer)
        values = np.frombuffer(raw, self.dtype).reshape(-1, *inner)
        self.seen = {outer: Frames(start, stop, values)} if whole else self.seen | {outer: Frames(start, stop, values)}
        return values

    def bytes_at(self, first: int, count: int, track: int) -> bytes:
        """Bytes of the array; whoever reads on along the same track goes on where it stopped.

        Raises:
            EOFError: when the stream ends before.
            ValueError: when it goes on after the array.
        """
        position = self.positions.get(track)
        if position is None or position.at > first:
            position = Position(self.opened(), 0)
        stream, at = position
        while at < first:
            skipped = len(stream.read(min(first - at, SKIPPED_BYTES)))
            if not skipped:
                raise EOFError(f"ends after {at} bytes of an array")
            at += skipped
        raw = stream.read(count)
        if len(raw) < count:
            raise EOFError(f"ends after {at + len(raw)} bytes of an array")
        # At the end of a stream its checksum is compared.
        at_end = first + count == math.prod(self.shape) * self.dtype.itemsize
        if at_end and len(stream.read(PADDED_BYTES)) == PADDED_BYTES:
            raise ValueError(f"goes on after the {first + count} bytes of an array")
        self.positions[track] = Position(stream, first + count)
        return raw
