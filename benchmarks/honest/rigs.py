"""Rigs: methods against the splits of a rig, row by row, resumable; what every benchmark on another rig shares."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache, partial
from typing import Any

from honest.answers import answered, answers_row
from honest.leaks import COLUMNS, random_twins
from honest.methods import Made, Method
from honest.pictures import beside, dots
from honest.protocol import Protocol, ProtocolSplit
from honest.resumable import Resumable
from honest.worth import OURS, losses, worth_of_weights
from pipeline.catalog.splitting.split import LEAKY
from pipeline.errors import FaultprintError


def score(
    ledger: Resumable,
    setting: Protocol,
    methods: Iterable[Method],
    job_of: Callable[[ProtocolSplit], str],
    trained_on: str,
    twins: bool = False,
) -> None:
    """One row per method and job; one that cannot be made gets a line that says why.

    Args:
        ledger: takes the rows.
        setting: windows and splits.
        methods: what is scored, each made once for all jobs.
        job_of: which row a split belongs to.
        trained_on: where methods learn, those apart that say otherwise.
        twins: whether the same windows are dealt at random too, which leaks, and is named so.
    """
    jobs: dict[str, list[ProtocolSplit]] = {}
    for one in setting.splits:
        jobs.setdefault(job_of(one), []).append(one)
    for method in methods:
        make = cache(partial(method.make, setting))
        try:
            for job, splits in jobs.items():
                name = {"job": job, "method": method.name, "image": method.image}
                ledger.once(name, partial(_row, setting, splits, make, trained_on, twins))
        except FaultprintError as error:
            ledger.note(f"no row: {method.image or 'samples'}, {method.name}: {error}")


def _row(
    setting: Protocol, splits: Sequence[ProtocolSplit], make: Callable[[], Made], trained_on: str, twins: bool
) -> dict[str, Any]:
    started = time.perf_counter()
    made = make()
    figures = answers_row([answered(setting, one, made.scorer) for one in splits])
    if twins:
        leaky = [answered(setting, one, made.scorer) for one in random_twins(splits, setting.windows)]
        figures[COLUMNS[LEAKY]] = answers_row(leaky)["macro_auroc"]
    row = {
        "trained_on": trained_on,
        **made.columns,
        **figures,
        "specimens": splits[0].specimens,
        "training_windows": len(splits[0].train),
        "stamp": ", ".join(splits[0].stamps) or None,
        "seconds": round(time.perf_counter() - started, 1),
    }
    # What learned elsewhere says itself from how much.
    return row | made.columns


def told(ledger: Resumable, setting: Protocol) -> None:
    """What weights were worth, where ours lost, sizes split by split, and what the splits are stamped."""
    lost = losses(ledger.rows, ("job",)) if any(row["image"] == OURS for row in ledger.rows) else []
    for line in (*worth_of_weights(ledger.rows, ("job", "trained_on")), *lost):
        ledger.note(line)
    for one in setting.splits:
        stamped = f"; stamped {', '.join(one.stamps)}" if one.stamps else ""
        sizes = f"{len(one.train)} windows of {one.specimens} specimens train, {len(one.test)} windows test"
        ledger.note(f"{one.name}: {sizes}{stamped}")


def picture(ledger: Resumable, figures: Mapping[str, tuple[str, str]], title: str) -> None:
    """A line per method and image, a marker per figure, beside the JSON; it is named in the JSON.

    Args:
        ledger: with its rows.
        figures: what a marker is called -> the job and the column it shows.
        title: what is drawn.
    """
    if not ledger.path or not ledger.rows:
        return
    found = {(row["method"], row["image"], row["job"]): row for row in ledger.rows}
    names = list(dict.fromkeys((row["method"], row["image"]) for row in ledger.rows))
    lines = [
        (
            f"{image}: {method}" if image else method,
            [found.get((method, image, job), {}).get(column) for job, column in figures.values()],
        )
        for method, image in names
    ]
    dots(beside(ledger.path), list(figures), lines, title)
