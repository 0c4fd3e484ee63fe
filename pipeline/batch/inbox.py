"""Inbox: the files of a folder or a server that a batch looks after, and which of them are ready to be read."""

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from pipeline.batch.store.known import Known, State
from pipeline.catalog.scanning.walk import File
from pipeline.errors import RequestError
from pipeline.readers.places import SIDE

SETTLED_S = 10.0
"""A file whose last change is younger may still be being written; the next run takes it."""

FUTURE_S = 60.0
"""A time so far ahead of the clock says nothing of the file's age."""

OVER = frozenset({State.DONE, State.COPY, State.QUARANTINED})


@dataclass(frozen=True)
class Shard:
    """One of several equal parts of an inbox, each for a run of its own.

    Attributes:
        number: of this part, counted from 1.
        count: of all.
    """

    number: int = 1
    count: int = 1

    def has(self, source: str) -> bool:
        """Whether a file is in it, by its name alone."""
        return zlib.crc32(source.encode()) % self.count == self.number - 1

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"


WHOLE = Shard()


def shard_of(text: str) -> Shard:
    """What `--shard` means.

    Raises:
        RequestError: for anything but i/n with 1 <= i <= n.

    Example:
        >>> shard_of("2/3")
        Shard(number=2, count=3)
    """
    number, _, count = text.partition("/")
    if not (number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count)):
        raise RequestError(f"--shard {text}: needs i/n with i from 1 to n, such as 1/2 on one host and 2/2 on another")
    return Shard(int(number), int(count))


@dataclass(frozen=True)
class Wanted:
    """Which files of an inbox a run is for.

    Attributes:
        shard: its part of them.
        since: only files changed at or after this moment; one whose time nobody tells is taken.
        limit: most files to read.
        retry: whether quarantined files are read again though they have not changed.
        again: whether all files are.
    """

    shard: Shard = WHOLE
    since: datetime | None = None
    limit: int | None = None
    retry: bool = False
    again: bool = False

    def known_enough(self) -> frozenset[State]:
        """The states in which a file is not read while it stays as it is."""
        if self.again:
            return frozenset()
        return OVER - {State.QUARANTINED} if self.retry else OVER

    def too_old(self, file: File) -> bool:
        """Whether a file was changed before the time asked for."""
        if self.since is None:
            return False
        times = _moments(file.modified)
        return bool(times) and max(times) < self.since


@dataclass
class Todo:
    """What is to be done with the files of an inbox.

    Attributes:
        suspects: to read alone, and first: an earlier run ended while it read them.
        new: to read, never met before or changed since.
        left: how many are for the next run: still being written, or beyond the limit.
        older: how many were changed before the time asked for.
        kept: known as they are, with what the store knows of them.
    """

    suspects: list[File] = field(default_factory=list)
    new: list[File] = field(default_factory=list)
    left: int = 0
    older: int = 0
    kept: list[tuple[File, Known]] = field(default_factory=list)


def sorted_out(files: list[File], known: Mapping[str, Known], wanted: Wanted, at: datetime) -> Todo:
    """Which files to read, and how.

    Args:
        files: of the inbox.
        known: what the store knows, by source.
        wanted: which files the run is for.
        at: this moment.
    """
    todo = Todo()
    over = wanted.known_enough()
    for file in files:
        before = known.get(file.source)
        if not wanted.shard.has(file.source):
            continue
        if wanted.too_old(file):
            todo.older += 1
        elif before is not None and before.state in over and before.is_of(file):
            todo.kept.append((file, before))
        elif not settled(file, at):
            todo.left += 1
        elif before is not None and before.state is State.READING and before.is_of(file):
            todo.suspects.append(file)
        else:
            todo.new.append(file)
    if wanted.again:  # originals first, so that their copies stay copies
        todo.new.sort(key=lambda file: file.source in known and known[file.source].state is State.COPY)
    found = len(todo.suspects) + len(todo.new)
    most = found if wanted.limit is None else wanted.limit
    todo.suspects = todo.suspects[:most]
    todo.new = todo.new[: most - len(todo.suspects)]
    todo.left += max(found - most, 0)
    return todo


def settled(file: File, at: datetime) -> bool:
    """Whether nobody is writing a file any more, by its time; a clock gone wild says nothing, and settles it.

    Example:
        >>> noon = datetime(2026, 5, 4, 12, tzinfo=UTC)
        >>> [settled(File("a.wav", 9, f"2026-05-04T{time}.000000000Z"), noon) for time in ("11:59:00", "11:59:55")]
        [True, False]
    """
    ages_s = [(at - time).total_seconds() for time in _moments(file.modified)]
    return all(age_s >= SETTLED_S or age_s < -FUTURE_S for age_s in ages_s)


def _moments(modified: str) -> list[datetime]:
    """When a file, and its side file, were changed; nothing where a server does not say, or a clock has gone wild."""
    moments = (moment_of(part) for part in modified.split(SIDE))
    return [moment for moment in moments if moment is not None]


def moment_of(text: str) -> datetime | None:
    """A file's time as `walk` writes it.

    Example:
        >>> moment_of("2026-05-04T12:00:00.123456789Z").isoformat(), moment_of("")
        ('2026-05-04T12:00:00+00:00', None)
    """
    try:
        return datetime.fromisoformat(text[:19]).replace(tzinfo=UTC)
    except ValueError:
        return None
