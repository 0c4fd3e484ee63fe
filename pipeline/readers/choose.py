"""Choose: which reader opens a file. The content decides, in the order of the registry, unless the user names one.

A file may be the URL of a server: its copy is read, and source and errors name the URL.
"""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from pipeline.errors import ReadError, RequestError
from pipeline.readers import READERS
from pipeline.readers.base import Header, Reader, damage_told, first_bytes
from pipeline.readers.foreign import LOOKED_AT, told_foreign
from pipeline.readers.places import Place, local_copy, place_of, told_by_place
from pipeline.signals.recording import Recording, Samples


def find_reader(path: Place, name: str | None = None) -> Reader:
    """The reader of a file.

    Args:
        path: an existing file, or its URL.
        name: a reader's name, where the user knows better; its content is then not asked. A reader with options takes
            them behind a colon: `raw:int16,channels=2`.

    Raises:
        ReadError: when the file cannot be opened, is empty, or no reader accepts it.
        RequestError: for a name that no reader has, or options it does not take.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "pump.dat"
        ...     _ = path.write_text("a,b\\n" + "0.5,1\\n" * 100)
        ...     find_reader(path).name
        'delimited'
    """
    place = place_of(path)
    local = local_copy(place)
    with told_by_place(place, local):
        return _reader_of(local, name)


def _reader_of(path: Path, name: str | None) -> Reader:
    refuse_unreadable(path)
    if name is not None:
        return reader_named(name)
    for kind in READERS.values():
        reader = kind()
        if reader.can_read(path):
            return reader
    raise ReadError(told_unknown(path))


def reader_named(text: str) -> Reader:
    """The reader of a name, with the options behind its colon.

    Args:
        text: `wav`, or `raw:int16,channels=2` for a reader with a class method `with_options`.

    Raises:
        RequestError: for a name that no reader has, or options it does not take.

    Example:
        >>> reader_named("wav").name
        'wav'
        >>> reader_named("wav:int16")
        Traceback (most recent call last):
        ...
        pipeline.errors.RequestError: reader 'wav' takes no options, got 'int16'; write --reader wav
    """
    name, colon, options = text.partition(":")
    kind = READERS[name]
    if not colon:
        return kind()
    with_options = getattr(kind, "with_options", None)
    if with_options is None:
        raise RequestError(f"reader '{name}' takes no options, got '{options}'; write --reader {name}")
    reader: Reader = with_options(options)
    return reader


def refuse_unreadable(path: Path) -> None:
    """Nothing, for a file with at least one byte that may be read.

    Raises:
        ReadError: for anything else.
    """
    if path.is_symlink() and not leads_somewhere(path):
        raise ReadError(f"{path}: a link that leads nowhere; mend the link, or name the file itself")
    with damage_told(path, "a file"):
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode) and not os.access(path, os.R_OK | os.X_OK):
            raise PermissionError(13, "Permission denied")
        if stat.S_ISDIR(mode):
            raise ReadError(f"{path}: a folder, and one file is needed; name a file in it")
        if not stat.S_ISREG(mode):
            raise ReadError(f"{path}: not a regular file; copy the recording into a file first")
        if not first_bytes(path, 1):
            raise ReadError(f"{path}: empty file (0 bytes); record or copy it again")


def leads_somewhere(link: Path) -> bool:
    """Whether anything lies at the end of a link; nothing does where links go in a circle."""
    try:
        link.stat()
    except PermissionError:
        return True
    except OSError:
        return False
    return True


def told_unknown(path: Path) -> str:
    """The error for a file that no reader accepts; a format we know by sight is named."""
    foreign = told_foreign(first_bytes(path, LOOKED_AT))
    if foreign:
        return f"{path}: {foreign}"
    return f"no reader accepts '{path}' (asked: {', '.join(READERS)}); name one with --reader"


def read_header(path: Place, reader: str | None = None) -> Header:
    """Channels and facts of a file, without its samples.

    Args:
        path: the file, or its URL.
        reader: a reader's name; found by content where None.

    Raises:
        ReadError: when the file cannot be read.
    """
    place = place_of(path)
    local = local_copy(place)
    with told_by_place(place, local):
        return _reader_of(local, reader).header(local)


def read_recording(
    path: Place,
    channels: Sequence[str] | None = None,
    start: int = 0,
    stop: int | None = None,
    reader: str | None = None,
) -> Recording:
    """Samples [start, stop) of some channels of a file, as stored.

    Args:
        path: the file, or its URL.
        channels: exact names, in the order wanted; all where None.
        start, stop: first sample, and the one after the last; to the end where None.
        reader: a reader's name; found by content where None.

    Raises:
        ReadError: when the file cannot be read, or the channels do not fit together.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder) / "pump.csv"
        ...     _ = path.write_text("time_s,DE,FE\\n" + "".join(f"{k / 1000},{k % 7},{k % 5}\\n" for k in range(2000)))
        ...     recording = read_recording(path, ["FE"], start=10, stop=14)
        >>> recording.samples, recording.rate_hz
        (array([[0., 1., 2., 3.]]), 1000.0)
    """
    place = place_of(path)
    local = local_copy(place)
    with told_by_place(place, local):
        recording = _reader_of(local, reader).read(local, channels, start, stop)
    return replace(recording, source=place) if isinstance(place, str) else recording


def read_blocks(
    path: Place, channels: Sequence[str], size: int, start: int, stop: int, reader: str | None = None
) -> Iterator[Samples]:
    """Samples [start, stop) of some channels in pieces of `size`, for a file too long to hold.

    Args:
        path: the file, or its URL.
        channels: exact names, in the order wanted.
        size: samples per piece; the last may be shorter.
        start, stop: first sample, and the one after the last.
        reader: a reader's name; found by content where None.

    Raises:
        ReadError: when the file cannot be read; damage further on is told when it is reached.
    """
    place = place_of(path)
    local = local_copy(place)
    with told_by_place(place, local):
        yield from _reader_of(local, reader).blocks(local, channels, size, start, stop)
