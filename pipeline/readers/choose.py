"""Choose: which reader opens a file. The content decides, in the order of the registry, unless the user names one."""

import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.errors import ReadError
from pipeline.readers import READERS
from pipeline.readers.base import Header, Reader, damage_told, first_bytes
from pipeline.readers.foreign import foreign_format
from pipeline.signals.recording import Recording, Samples


def find_reader(path: Path, name: str | None = None) -> Reader:
    """The reader of a file.

    Args:
        path: an existing file.
        name: a reader's name, where the user knows better; its content is then not asked.

    Raises:
        ReadError: when the file cannot be opened, is empty, or no reader accepts it.
        RequestError: for a name that no reader has.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "pump.dat"
        ...     _ = path.write_text("a,b\\n" + "0.5,1\\n" * 100)
        ...     find_reader(path).name
        'delimited'
    """
    path = Path(path)
    refuse_unreadable(path)
    if name is not None:
        return READERS[name]()
    for kind in READERS.values():
        reader = kind()
        if reader.can_read(path):
            return reader
    raise ReadError(told_unknown(path))


def refuse_unreadable(path: Path) -> None:
    """Nothing, for a file with at least one byte that may be read.

    Raises:
        ReadError: for anything else.
    """
    with damage_told(path, "a file"):
        mode = path.stat().st_mode
        if stat.S_ISDIR(mode):
            raise ReadError(f"{path}: a folder, and one file is needed; name a file in it")
        if not stat.S_ISREG(mode):
            raise ReadError(f"{path}: not a regular file; copy the recording into a file first")
        if not first_bytes(path, 1):
            raise ReadError(f"{path}: empty file (0 bytes); record or copy it again")


def told_unknown(path: Path) -> str:
    """The error for a file that no reader accepts; a format we know by sight is named."""
    foreign = foreign_format(first_bytes(path, 16))
    if foreign:
        return f"{path}: {foreign} cannot be read yet; export the signal as WAV, CSV, .npy or MATLAB"
    return f"no reader accepts '{path}' (asked: {', '.join(READERS)}); name one with --reader"


def read_header(path: Path, reader: str | None = None) -> Header:
    """Channels and facts of a file, without its samples.

    Args:
        path: the file.
        reader: a reader's name; found by content where None.

    Raises:
        ReadError: when the file cannot be read.
    """
    return find_reader(path, reader).header(Path(path))


def read_recording(
    path: Path,
    channels: Sequence[str] | None = None,
    start: int = 0,
    stop: int | None = None,
    reader: str | None = None,
) -> Recording:
    """Samples [start, stop) of some channels of a file, as stored.

    Args:
        path: the file.
        channels: exact names, in the order wanted; all where None.
        start, stop: first sample, and the one after the last; to the end where None.
        reader: a reader's name; found by content where None.

    Raises:
        ReadError: when the file cannot be read, or the channels do not fit together.
    """
    return find_reader(path, reader).read(Path(path), channels, start, stop)


def read_blocks(
    path: Path, channels: Sequence[str], size: int, start: int, stop: int, reader: str | None = None
) -> Iterator[Samples]:
    """Samples [start, stop) of some channels in pieces of `size`, for a file too long to hold.

    Args:
        path: the file.
        channels: exact names, in the order wanted.
        size: samples per piece; the last may be shorter.
        start, stop: first sample, and the one after the last.
        reader: a reader's name; found by content where None.

    Raises:
        ReadError: when the file cannot be read; damage further on is told when it is reached.
    """
    return find_reader(path, reader).blocks(Path(path), channels, size, start, stop)
