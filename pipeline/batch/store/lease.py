"""Lease: one run at a time works on a part of an inbox with a model, on whatever host; the dead hold nothing for long.

A holder raises a number every few seconds. Whether it lives is judged by that number alone, watched by the watcher's
own monotonic clock: clocks that jump or differ between hosts take no lease from anybody. A holder on this host whose
process is gone is succeeded at once. Every write of a batch is made under its token, so that one which slept through
the loss of its lease writes nothing.
"""

import os
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, insert, select, text, update

from pipeline.batch.store.opened import Store
from pipeline.batch.store.schema import leases
from pipeline.batch.store.utc import now
from pipeline.errors import FaultprintError, LockedError

BEAT_S = 5.0
SILENT_S = 60.0
"""After so long without a beat a holder on another host is taken for dead."""

ASK_S = 1.0
"""Between two looks at a lease that another holds."""

_OVER: set[str] = set()
"""Tokens of leases that this process had; one that could not be given back is still in the store."""


@dataclass(frozen=True)
class Holder:
    """Who holds a lease.

    Attributes:
        token: of this taking of it.
        host, pid: of the process.
        born: when that process started, as its system counts it: a number reused by another process is told apart.
        beats: how often it has said that it lives.
    """

    token: str
    host: str
    pid: int
    born: str
    beats: int = 0

    def gone(self) -> bool:
        """Whether it is surely dead: a process of this host that is no more, or one of our own that is over."""
        return self.token in _OVER or (self.host == socket.gethostname() and born_of(self.pid) != self.born)


def born_of(pid: int) -> str | None:
    """When a process of this host started; None where there is none. Empty where the system does not tell."""
    try:
        # After the name, which may hold anything: field 22 of the line, in ticks since the machine started.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except FileNotFoundError:
        pass
    except (OSError, IndexError):
        return ""
    if Path("/proc/self/stat").exists():
        return None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except OSError:
        return ""
    return ""


class Lease:
    """A lease that is held.

    Args:
        store: where it is kept.
        holder: this process.
    """

    def __init__(self, store: Store, holder: Holder) -> None:
        self.store, self.holder = store, holder
        self._mine = leases.c.token == holder.token
        self._over = threading.Event()
        self._heart = threading.Thread(target=self._beat, name="lease", daemon=True)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is made only while the lease is ours.

        Raises:
            LockedError: when another has it now.
            StoreError: when the database cannot be written.
        """
        with self.store.writing() as connection:
            if connection.execute(select(leases.c.pid).where(self._mine).with_for_update()).scalar() is None:
                raise LockedError("another run took over while this one was silent; this one writes nothing more")
            yield connection

    def _beat(self) -> None:
        while not self._over.wait(BEAT_S):
            try:
                with self.store.writing() as connection:
                    connection.execute(update(leases).where(self._mine).values(beats=leases.c.beats + 1))
            except FaultprintError:
                continue  # whoever writes next is told

    def __enter__(self) -> "Lease":
        self._heart.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._heart.join()
        _OVER.add(self.holder.token)
        # A lease that cannot be given back, as on a full disk, is taken over, because its holder is gone.
        with suppress(FaultprintError), self.store.writing() as connection:
            connection.execute(delete(leases).where(self._mine))


@dataclass(frozen=True)
class Wish:
    """What is to be leased.

    Attributes:
        scope: of which everything or a part is asked for.
        shard: the part, such as "1/2". Runs on different parts of as many go on side by side; all others exclude
            each other.
    """

    scope: str
    shard: str = "1/1"

    def others(self) -> Any:
        """The leases beside which this one cannot be."""
        count = self.shard.partition("/")[2]
        beside = leases.c.shard.like(f"%/{count}") & (leases.c.shard != self.shard)
        return (leases.c.scope == self.scope) & ~beside


def take(
    store: Store,
    wish: Wish,
    wait: bool = False,
    pause: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Lease:
    """Take a lease, or wait for it.

    Args:
        store: where it is kept.
        wish: what is asked for.
        wait: whether to wait as long as another holds it; otherwise the attempt ends as soon as that one shows life.
        pause, clock: how time passes.

    Raises:
        LockedError: when another holds it and lives.
        StoreError: when the database cannot be asked.
    """
    me = Holder(uuid.uuid4().hex, socket.gethostname(), os.getpid(), born_of(os.getpid()) or "")
    seen: dict[str, tuple[int, float]] = {}
    while True:
        silent = {token: beats for token, (beats, since_s) in seen.items() if clock() - since_s >= SILENT_S}
        others = _taken(store, wish, me, silent)
        if not others:
            return Lease(store, me)
        alive = [one for one in others if one.host == me.host or seen.get(one.token, (one.beats,))[0] != one.beats]
        if alive and not wait:
            raise LockedError(
                f"this inbox is being diagnosed by process {alive[0].pid} on {alive[0].host} already; wait until it is "
                "done (--wait), or end it"
            )
        seen = {
            one.token: seen[one.token] if seen.get(one.token, (None,))[0] == one.beats else (one.beats, clock())
            for one in others
        }
        pause(ASK_S)


def _taken(store: Store, wish: Wish, me: Holder, silent: dict[str, int]) -> list[Holder]:
    """Take a lease if nobody who may live is in its way; otherwise who is."""
    columns = (leases.c.token, leases.c.host, leases.c.pid, leases.c.born, leases.c.beats)
    with store.writing() as connection:
        if connection.dialect.name == "postgresql":  # two that find nobody must not both come in
            connection.execute(text("LOCK TABLE leases IN SHARE ROW EXCLUSIVE MODE"))
        found = [Holder(*row) for row in connection.execute(select(*columns).where(wish.others()))]
        others = [one for one in found if not one.gone() and silent.get(one.token) != one.beats]
        if not others:
            connection.execute(delete(leases).where(wish.others()))
            mine = {"token": me.token, "host": me.host, "pid": me.pid, "born": me.born}
            connection.execute(
                insert(leases).values(scope=wish.scope, shard=wish.shard, **mine, beats=0, taken_at=now())
            )
    return others
