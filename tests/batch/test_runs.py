"""Runs: which of them died, and by which rules the latest was judged."""

from collections.abc import Iterator

import pytest
from plant import MODEL
from sqlalchemy import select

from pipeline.batch.store.judged_runs import note_judged
from pipeline.batch.store.known import Scope, scope_of
from pipeline.batch.store.lease import Lease, Wish, take
from pipeline.batch.store.opened import open_store
from pipeline.batch.store.runs import DONE, begin_run, end_run, latest_rules, runs_of_other_facts
from pipeline.batch.store.schema import runs
from pipeline.batch.trends.rules import Rules

ANOTHER = MODEL._replace(fingerprint="sha256:1")


@pytest.fixture
def lease(store: str) -> Iterator[Lease]:
    opened = open_store(store)
    with take(opened, Wish("inbox")) as held:
        yield held
    opened.close()


def scope(lease: Lease, place: str = "/inbox", model=MODEL) -> Scope:
    return scope_of(lease.store, place, model)


def outcomes(lease: Lease) -> list[str | None]:
    with lease.store.reading() as connection:
        return list(connection.execute(select(runs.c.outcome).order_by(runs.c.id)).scalars())


def test_of_runs_that_have_not_ended_those_over_the_same_part_have_died_and_no_other(lease: Lease) -> None:
    begin_run(lease, scope(lease), "1/2")
    begin_run(lease, scope(lease), "2/2")
    begin_run(lease, scope(lease, "/another"), "1/2")
    begin_run(lease, scope(lease, model=ANOTHER), "1/2")
    assert outcomes(lease) == [None] * 4
    end_run(lease, begin_run(lease, scope(lease), "1/2"), DONE, {})
    assert outcomes(lease) == ["died", None, None, None, "done"]
    begin_run(lease, scope(lease), "1/2")
    assert outcomes(lease) == ["died", None, None, None, "done", None]


def test_the_latest_rules_are_those_of_the_latest_run_that_was_judged_though_others_go_on(lease: Lease) -> None:
    assert latest_rules(lease.store) is None
    first, second = (begin_run(lease, scope(lease, place), "1/1") for place in ("/inbox", "/another"))
    note_judged(lease, [first], Rules(needed=1))
    assert latest_rules(lease.store) == Rules(needed=1)
    note_judged(lease, [second], Rules(needed=2))
    begin_run(lease, scope(lease), "1/1")
    assert latest_rules(lease.store) == Rules(needed=2)


def test_runs_with_other_facts_are_those_over_the_same_inbox_with_the_same_model(lease: Lease) -> None:
    mine, others = scope(lease), (scope(lease, "/another"), scope(lease, model=ANOTHER))
    first = begin_run(lease, mine, "1/1", "1797 rpm")
    end_run(lease, first, DONE, {})
    for other in others:
        end_run(lease, begin_run(lease, other, "1/1", "1797 rpm"), DONE, {})
    assert runs_of_other_facts(lease.store, mine, "1/1", "1772 rpm") == {first}
    assert runs_of_other_facts(lease.store, mine, "1/1", "1797 rpm") == frozenset()
