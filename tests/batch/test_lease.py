"""One run at a time: who is gone is succeeded at once, who is silent after a minute, who lives never."""

import itertools
import os
import socket
import subprocess
import sys
import time
from contextlib import ExitStack

import pytest
from sqlalchemy import select, update

from pipeline.batch.store.lease import SILENT_S, Wish, take
from pipeline.batch.store.opened import Store, open_store
from pipeline.batch.store.schema import leases
from pipeline.errors import LockedError


@pytest.fixture
def opened(store: str):
    found = open_store(store)
    yield found
    found.close()


def rewrite(store: Store, **values: object) -> None:
    """What another holder's row would say."""
    with store.writing() as connection:
        connection.execute(update(leases).values(**values))


def test_two_runs_exclude_each_other_and_the_second_is_told_by_whom(opened: Store) -> None:
    with take(opened, Wish("inbox")):
        with pytest.raises(LockedError, match=f"process {os.getpid()} on {socket.gethostname()} already"):
            take(opened, Wish("inbox"))
        with take(opened, Wish("another inbox")):
            pass
    with take(opened, Wish("inbox")):
        pass


def test_parts_of_as_many_go_on_side_by_side_and_all_others_exclude_each_other(opened: Store) -> None:
    with ExitStack() as held:
        held.enter_context(take(opened, Wish("inbox", "1/2")))
        held.enter_context(take(opened, Wish("inbox", "2/2")))
        for shard in ("1/2", "1/1", "2/3", "1/12"):
            with pytest.raises(LockedError):
                take(opened, Wish("inbox", shard))


def test_a_holder_whose_process_is_gone_from_this_host_is_succeeded_at_once(opened: Store) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    lost = take(opened, Wish("inbox"))
    rewrite(opened, pid=ended.pid, born="1")
    with (
        take(opened, Wish("inbox"), pause=lambda _: pytest.fail("waited")),
        pytest.raises(LockedError, match="another run took over"),
        lost.writing(),
    ):
        pass


def test_a_number_that_another_process_has_now_is_not_taken_for_the_holder(opened: Store) -> None:
    take(opened, Wish("inbox"))
    rewrite(opened, pid=os.getpid(), born="before that")
    take(opened, Wish("inbox"), pause=lambda _: pytest.fail("waited"))


def test_a_silent_holder_elsewhere_is_succeeded_after_a_minute_by_our_own_clock(opened: Store) -> None:
    take(opened, Wish("inbox"))
    rewrite(opened, host="another")
    began_s = 86_400.0
    clock, pauses, last = itertools.count(began_s, 7.0), iter(range(100)), [began_s]

    def now() -> float:
        last[0] = next(clock)
        return last[0]

    take(opened, Wish("inbox"), pause=lambda _: next(pauses), clock=now)
    assert SILENT_S <= last[0] - began_s < 3 * SILENT_S


def test_a_holder_elsewhere_that_lives_keeps_its_lease_whatever_its_clock_says(opened: Store) -> None:
    take(opened, Wish("inbox"))
    rewrite(opened, host="another", beats=5)
    with pytest.raises(LockedError, match="on another already"):
        take(opened, Wish("inbox"), pause=lambda _: rewrite(opened, beats=leases.c.beats + 1), clock=lambda: 0.0)


def test_a_holder_says_that_it_lives_again_and_again(opened: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.batch.store.lease.BEAT_S", 0.01)
    with take(opened, Wish("inbox")):
        until_s = time.monotonic() + 30.0
        while beats_in(opened) < 3:
            assert time.monotonic() < until_s
            time.sleep(0.01)


def beats_in(store: Store) -> int:
    with store.reading() as connection:
        return int(connection.execute(select(leases.c.beats)).scalar_one())


def test_who_is_done_gives_back_a_lease_of_its_own_and_no_other(opened: Store) -> None:
    another = take(opened, Wish("another inbox"))
    with take(opened, Wish("inbox")):
        pass
    with another.writing():
        pass
    with pytest.raises(LockedError):
        take(opened, Wish("another inbox"))


def test_who_waits_comes_in_when_the_other_is_done(opened: Store) -> None:
    first = take(opened, Wish("inbox"))
    with first:
        pauses = iter(range(3))

        def pause(_: float) -> None:
            if next(pauses) == 2:
                first.__exit__()

        take(opened, Wish("inbox"), wait=True, pause=pause)
