"""Pulses: what a monitor asks of a store, of either kind."""

import json
from datetime import UTC, datetime
from pathlib import Path

from plant import fill, night
from sqlalchemy import insert, update

from pipeline.batch.store.opened import open_store
from pipeline.batch.store.pulses import pulses_of
from pipeline.batch.store.schema import runs
from pipeline.batch.store.utc import now


def test_health_asks_either_store(run, store: str, tmp_path: Path) -> None:
    inbox = fill(tmp_path / "inbox", {"a-1.txt": "healthy", "b-1.txt": "broken"})
    night(inbox, store)
    code, out, _ = run("health", store, "--json")
    (pulse,) = json.loads(out)["inboxes"]
    assert (code, pulse["inbox"], pulse["outcome"]) == (0, str(inbox), "done")
    assert (pulse["files"], pulse["newest"]) == ({"done": 1, "quarantined": 1}, {"done": 1, "quarantined": 1})
    assert (pulse["listed"], pulse["untold"], pulse["reason"]) == (2, 0, "as it says")


def test_a_pulse_tells_of_the_latest_run_that_came_to_its_end_and_of_what_it_counted(
    store: str, tmp_path: Path
) -> None:
    inbox, opened, long_ago = tmp_path / "inbox", open_store(store), datetime(2020, 1, 1, tzinfo=UTC)
    night(fill(inbox, {"a-1.txt": "healthy"}), store)
    with opened.writing() as connection:
        connection.execute(update(runs).values(started_at=long_ago, ended_at=long_ago))
    night(fill(inbox, {"b-1.txt": "cage"}), store)
    (pulse,) = pulses_of(opened)
    assert pulse.done_at is not None
    assert pulse.done_at > pulse.began_at > long_ago
    assert pulse.listed == 2
    with opened.writing() as connection:  # as one that goes on
        connection.execute(insert(runs).values(inbox_id=1, model_id=1, host="h", pid=1, started_at=now(), shard="1/1"))
    (later,) = pulses_of(opened)
    assert (later.done_at, later.listed, later.outcome) == (pulse.done_at, 2, None)
    assert later.began_at > pulse.began_at
    opened.close()
