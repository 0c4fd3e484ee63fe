"""Judged runs: the rules by which a store's alarms came about, kept with every run that was judged by them."""

from collections.abc import Sequence

from sqlalchemy import Select, select, update

from pipeline.batch.store.lease import Lease
from pipeline.batch.store.schema import runs
from pipeline.batch.trends.rules import Rules

AT_ONCE = 500
"""Numbers of runs in one statement; a database takes only so many."""


def forget_other_rules(lease: Lease, rules: Rules, mine: int) -> bool:
    """Note that runs are to be judged again which were judged by other rules, so that a store never mixes them.

    A run that ends before it has judged them all leaves the rest to the next, whatever its rules are.

    Args:
        lease: under which it is noted.
        rules: that hold now.
        mine: a run of the model whose runs are meant.

    Returns:
        Whether there are such; those of an older Faultprint, which kept no rules, do not count.
    """
    model = select(runs.c.model_id).where(runs.c.id == mine).scalar_subquery()
    others = (runs.c.model_id == model) & runs.c.judged & runs.c.rules.is_distinct_from(rules.model_dump_json())
    with lease.writing() as connection:
        known: Select[int] = select(runs.c.id).where(others, runs.c.rules.is_not(None)).limit(1)
        changed = connection.execute(known).scalar() is not None
        connection.execute(update(runs).where(others).values(judged=False))
        return changed


def note_judged(lease: Lease, run_ids: Sequence[int], rules: Rules) -> None:
    """Note that the points of runs are judged, and by which rules."""
    with lease.writing() as connection:
        for start in range(0, len(run_ids), AT_ONCE):
            these = runs.c.id.in_(run_ids[start : start + AT_ONCE])
            connection.execute(update(runs).where(these).values(judged=True, rules=rules.model_dump_json()))
