"""Runs: what a store keeps of every run: when, where, with which facts and rules, and how it ended."""

from pydantic import ValidationError
from sqlalchemy import insert, select, update

from pipeline.batch.store.known import Scope
from pipeline.batch.store.lease import Lease
from pipeline.batch.store.opened import Store
from pipeline.batch.store.schema import runs
from pipeline.batch.store.utc import now
from pipeline.batch.trends.rules import Rules

DONE = "done"
"""How a run ended that came to its end."""


def begin_run(lease: Lease, scope: Scope, shard: str, facts: str = "") -> int:
    """Note that a run begins, and that those which began before it under the same lease and never ended have died.

    Args:
        lease: under which it is noted.
        scope: the inbox and the model.
        shard: the part of the inbox.
        facts: a digest of what was stated of its files.

    Returns:
        Its number.
    """
    holder = lease.holder
    who = {"shard": shard, "host": holder.host, "pid": holder.pid}
    row = scope._asdict() | who | {"started_at": now(), "facts": facts}
    same = (runs.c.inbox_id == scope.inbox_id) & (runs.c.model_id == scope.model_id) & (runs.c.shard == shard)
    with lease.writing() as connection:
        died = update(runs).where(same, runs.c.ended_at.is_(None)).values(ended_at=now(), outcome="died")
        connection.execute(died)
        return int(connection.execute(insert(runs).values(row).returning(runs.c.id)).scalar_one())


def end_run(lease: Lease, run_id: int, outcome: str, counts: dict[str, int]) -> None:
    """Note how a run ended."""
    ended = update(runs).where(runs.c.id == run_id).values(ended_at=now(), outcome=outcome, counts=counts)
    with lease.writing() as connection:
        connection.execute(ended)


def runs_of_other_facts(store: Store, scope: Scope, shard: str, facts: str) -> frozenset[int]:
    """The runs over an inbox that were made with other facts; none where the last one that came to its end was not.

    Args:
        store: where they are kept.
        scope: the inbox and the model.
        shard: the part of the inbox; where none has come to its end over it, that of any part is the last one.
        facts: as `begin_run` takes them.
    """
    here = (runs.c.inbox_id == scope.inbox_id) & (runs.c.model_id == scope.model_id)
    done = here & (runs.c.outcome == DONE)
    latest = select(runs.c.facts).where(done).order_by((runs.c.shard == shard).desc(), runs.c.id.desc()).limit(1)
    with store.reading() as connection:
        last = connection.execute(latest).scalar()
        if last is None or last == facts:  # runs of an older Faultprint kept no facts
            return frozenset()
        others = select(runs.c.id).where(here, runs.c.facts.is_distinct_from(facts))
        return frozenset(connection.execute(others).scalars())


def keep_counts(lease: Lease, run_id: int, counts: dict[str, int]) -> None:
    """Note what a run counted after its end, too."""
    with lease.writing() as connection:
        connection.execute(update(runs).where(runs.c.id == run_id).values(counts=counts))


def latest_rules(store: Store) -> Rules | None:
    """The rules by which the latest run was judged; None where none is known.

    Args:
        store: where they are kept.

    Raises:
        StoreError: when the store cannot be read.
    """
    kept = select(runs.c.rules).where(runs.c.rules.is_not(None)).order_by(runs.c.id.desc()).limit(1)
    with store.reading() as connection:
        text = connection.execute(kept).scalar()
    try:
        return None if text is None else Rules.model_validate_json(text)
    except ValidationError:  # of a newer Faultprint, or written by hand
        return None
