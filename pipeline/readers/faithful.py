"""Faithful: a written recording is kept only if reading it gives back what it was."""

from collections.abc import Iterable
from pathlib import Path

from pipeline.errors import FactError, ReadError
from pipeline.readers.base import Header, Reader
from pipeline.signals.recording import Recording
from pipeline.whole_file import write_whole


def write_faithful(reader: Reader, recording: Recording, path: Path, parts: Iterable[bytes]) -> None:
    """Write a file beside its place, read its header, and move it there if nothing was lost.

    What a format can hold is told by its reader, so no writer keeps a second list of what does not fit.

    Args:
        reader: of the format.
        recording: what `parts` were made of.
        path: where the file belongs; an older one is left as it was unless all goes well.
        parts: the content, piece by piece.

    Raises:
        FactError: when names, length, rate or units would come back changed.
        RequestError: when the place cannot be written.
    """
    draft = path.with_name(f".draft-{path.name}")
    try:
        write_whole(draft, parts)
        lost = told_loss(recording, reader.header(draft))
        if lost:
            raise FactError(f"{path}: a {reader.name} file cannot hold {lost}")
        draft.replace(path)
    except (ReadError, UnicodeEncodeError) as error:
        told = str(error).replace(str(draft), str(path))
        raise FactError(f"{path}: a {reader.name} file cannot hold this recording ({told})") from None
    finally:
        draft.unlink(missing_ok=True)


def told_loss(recording: Recording, header: Header) -> str | None:
    """What a header lacks of a recording, None if nothing.

    Example:
        >>> import numpy as np
        >>> from pipeline.readers.base import ChannelHeader
        >>> recording = Recording(np.zeros((1, 9)), ("DE",), rate_hz=1000.5, units=("g",))
        >>> told_loss(recording, Header((ChannelHeader("DE", 9, 1000.0, "g"),)))
        'a rate of 1000.5 Hz (1000.0 would come back); resample it or choose another format'
    """
    if header.names != recording.channels:
        return f"channels named {list(recording.channels)} ({list(header.names)} would come back); rename them"
    if {channel.n_samples for channel in header.channels} != {recording.n_samples}:
        return f"{recording.n_samples} samples per channel"
    rates = {channel.rate_hz for channel in header.channels}
    if rates != {recording.rate_hz}:
        return (
            f"a rate of {recording.rate_hz} Hz ({', '.join(map(str, rates))} would come back); "
            "resample it or choose another format"
        )
    units = tuple(channel.unit for channel in header.channels)
    if units != recording.units:
        return f"units {list(recording.units)} ({list(units)} would come back); choose another format"
    return None
