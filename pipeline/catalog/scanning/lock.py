"""Lock: one at a time writes a catalog, or a run's folder; whoever died holds nothing."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import LockedError, RequestError


@contextmanager
def only_one(path: Path, work: str) -> Iterator[None]:
    """Hold a lock file while the block runs.

    The system lets the lock go when its process ends, however it ends, so a file left behind by a kill locks nothing.

    Args:
        path: the lock file; says which process of which machine holds it, and is removed at the end.
        work: what is being done, for the message.

    Raises:
        LockedError: when another process holds it.
        RequestError: when the file cannot be made.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder, only_one(Path(folder, "lock"), "a scan"):
        ...     with only_one(Path(folder, "lock"), "a scan"):
        ...         pass
        Traceback (most recent call last):
        ...
        pipeline.errors.LockedError: a scan is being done by process ... already (it holds ...lock); wait
        until it is done, or end it (kill ...) and try again
    """
    handle = _locked(path, work)
    try:
        os.truncate(handle, 0)
        os.write(handle, f"{os.getpid()} {socket.gethostname()}\n".encode())
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)


def _locked(path: Path, work: str) -> int:
    """A handle on the lock file that is at the path and ours."""
    while True:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except OSError as error:
            raise RequestError(f"cannot write {path}: {error.strerror}; choose another place") from None
        if not _ours(handle):
            told = os.read(handle, 300).decode(errors="replace")
            os.close(handle)
            holder, advice = _holder(told, socket.gethostname())
            raise LockedError(f"{work} is being done by {holder} already (it holds {path}); {advice}")
        if _still_there(path, handle):
            return handle
        os.close(handle)  # its holder has just finished and taken the file away; the next file is another


def _holder(told: str, here: str) -> tuple[str, str]:
    """Who holds a lock, by what its file says, and what to do.

    Example:
        >>> _holder("4711 alpha", here="alpha")
        ('process 4711', 'wait until it is done, or end it (kill 4711) and try again')
        >>> _holder("4711 beta", here="alpha")[0], _holder("", here="alpha")[0]
        ('process 4711 on beta', 'another process')
    """
    number, _, machine = told.strip().partition(" ")
    if not number:  # it has the lock, and has not yet said who it is
        return "another process", "wait until it is done, and try again"
    if machine in ("", here):
        return f"process {number}", f"wait until it is done, or end it (kill {number}) and try again"
    return f"process {number} on {machine}", "wait until it is done, or end it there, and try again"


def _ours(handle: int) -> bool:
    """Whether the lock could be taken; systems without such locks let everybody in."""
    try:
        import fcntl
    except ImportError:
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _still_there(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(handle))
    except FileNotFoundError:
        return False
