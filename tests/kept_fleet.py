"""A fleet whose histories lie in a store: written in bulk, judged as a run judges them."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from scipy.special import expit
from sqlalchemy import insert

from pipeline.batch.answer import ModelFacts
from pipeline.batch.store.kept_alarms import judge
from pipeline.batch.store.known import State, scope_of
from pipeline.batch.store.lease import Wish, take
from pipeline.batch.store.opened import open_store
from pipeline.batch.store.schema import diagnoses, runs, tasks
from pipeline.batch.trends.rules import Rules
from pipeline.verdict import Outcome, Verdict

FAULTS = ("outer_race", "inner_race", "ball")
LATEST = datetime(2026, 5, 4, 6, tzinfo=UTC)
MODEL = ModelFacts("fleet-model", "sha256:fleet", "multilabel", FAULTS)

HOSTILE = [
    "<script>document.title='taken'</script>",
    "\"><img src=x onerror=document.title='taken'>'",
    "x" * 300,
    "مضخة \u202egnp 7",
    "{{ 7 * 7 }} &amp; </script><b>",
    '=HYPERLINK("http://example.com")',
]
"""Names that are text wherever they are shown."""


class Life(NamedTuple):
    """A machine's history.

    Attributes:
        name, site, point: whose.
        probability: of an outer race fault, in time.
        rms: in time; None where a recording could not be used.
    """

    name: str
    site: str
    point: str
    probability: Sequence[float]
    rms: Sequence[float | None]


def quiet(name: str, count: int = 12, site: str = "north", point: str = "DE", seed: int = 0) -> Life:
    """A sound machine."""
    rng = np.random.default_rng(seed)
    return Life(name, site, point, rng.uniform(0.01, 0.2, count).tolist(), rng.normal(1.0, 0.03, count).tolist())


def failing(name: str, count: int = 40, site: str = "south", point: str = "DE", seed: int = 0) -> Life:
    """A machine whose outer race fails: its probability rises, then its level by 9 dB."""
    sound = quiet(name, count, site, point, seed)
    grown = expit(np.arange(count) - 0.6 * count)
    loud = np.where(np.arange(count) >= 0.7 * count, 10 ** (9 / 20), 1.0)
    rms = [float(a * b) for a, b in zip(sound.rms, loud, strict=True) if a is not None]
    return sound._replace(probability=np.clip(grown, 0.02, 0.98).tolist(), rms=rms)


def silent(name: str, count: int = 3) -> Life:
    """A machine whose recordings cannot be used."""
    return Life(name, "north", "DE", [0.0] * count, [None] * count)


def kept(store: str, lives: Sequence[Life], step: timedelta = timedelta(days=1)) -> None:
    """A store of these histories, the latest recording of each at LATEST, with the alarms that they give."""
    opened = open_store(store)
    scope = scope_of(opened, "/plant/inbox", MODEL)
    with take(opened, Wish("fleet", "1/1")) as lease:
        with opened.writing() as connection:
            begun = scope._asdict() | {"host": "h", "pid": 1, "started_at": LATEST, "shard": "1/1"}
            run = connection.execute(insert(runs).values(begun).returning(runs.c.id)).scalar_one()
            number = 0
            for life in lives:
                files, rows = [], []
                for place in range(len(life.rms)):
                    number += 1
                    source = f"{life.name}/{number:06}.wav"
                    at = LATEST - step * (len(life.rms) - 1 - place)
                    files.append(_file(number, run, scope._asdict(), source, life.rms[place] is not None))
                    rows.append(_row(number, run, life, place, source, at))
                connection.execute(insert(tasks), files)
                connection.execute(insert(diagnoses), rows)
        judge(lease, Rules(), run)
        with opened.writing() as connection:
            connection.execute(runs.update().where(runs.c.id == run).values(ended_at=LATEST, outcome="done", counts={}))
    opened.close()


def _file(number: int, run: int, scope: Mapping[str, int], source: str, good: bool) -> dict[str, object]:
    state = State.DONE if good else State.QUARANTINED
    return {
        **scope, "id": number, "source": source, "size_bytes": 9, "modified": "", "digest": f"{number}",
        "state": state, "attempts": 1, "run_id": run, "changed_at": LATEST,
    }  # fmt: skip


@cache
def _heard() -> dict[str, object]:
    """What every diagnosis of a usable recording says; made once, since there are 100,000."""
    return Verdict(
        "", Outcome.UNCALIBRATED, channel="c0", task="multilabel", windows=4,
        condition={"rate_hz": 12000.0, "unit": "g"}, model=MODEL.name, model_fingerprint=MODEL.fingerprint,
    ).to_dict()  # fmt: skip


@cache
def _cut_off(name: str) -> dict[str, object]:
    return Verdict("", Outcome.UNUSABLE, channel="c0", reason=f"cut off after 12 of 48 kB: {name}").to_dict()


def _row(number: int, run: int, life: Life, place: int, source: str, at: datetime) -> dict[str, object]:
    rms, high = life.rms[place], life.probability[place]
    probabilities = {"outer_race": high, "inner_race": 0.1 * high, "ball": 0.05, "healthy": 1 - high}
    labels = ("outer_race",) if high >= 0.5 else ("healthy",)
    known = {"source": source, "probabilities": probabilities, "labels": list(labels)}
    document = _heard() | known if rms is not None else _cut_off(life.name) | {"source": source}
    return {
        "id": number, "task_id": number, "run_id": run, "digest": f"{number}", "position": 0, "channel": "c0",
        "machine": life.name, "point": life.point, "site": life.site, "measured_at": at, "measured_from": "file",
        "diagnosed_at": LATEST, "verdict": document["verdict"], "labels": document["labels"],
        "probabilities": document["probabilities"], "rms": rms, "peak": rms and 5 * rms, "kurtosis": rms and 3.0,
        "document": document,
    }  # fmt: skip


def fleet(path: Path) -> str:
    """A store of some machines in every state, some with hostile names."""
    hostile = [failing(name, 12, site=name, point=name, seed=k) for k, name in enumerate(HOSTILE)]
    finding = quiet("fan 9", 3)._replace(probability=[0.1, 0.1, 0.97])
    sound = [quiet(f"pump {number:02}", 20, site="east", seed=number) for number in range(60)]
    both = [failing("gearbox 1", point="DE"), quiet("gearbox 1", 40, "south", "NDE", seed=9)]
    kept(str(path), [*both, finding, silent("press 3"), *hostile, *sound])
    return str(path)
