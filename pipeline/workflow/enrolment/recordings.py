"""Recordings on their way into a trained model: each once, none it knows, with truth where it is needed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.row import Row
from pipeline.catalog.splitting.groups import part_of
from pipeline.errors import FaultprintError, RequestError, UnusableError, did_you_mean
from pipeline.models.bundle import Model
from pipeline.progress import Tick
from pipeline.readers.places import Place
from pipeline.signals.labels import HEALTHY, KNOWN
from pipeline.signals.signal import Signal
from pipeline.training.trained_on import recording_mark
from pipeline.training.window_set import WindowSet, target_of
from pipeline.workflow.request.signals import openers_of

Facts = Mapping[str, Any]
Skipped = list[dict[str, str]]


@dataclass(frozen=True)
class Heard:
    """A recording that could be opened.

    Attributes:
        name: as the user gave it.
        signal: what is in it.
        mark: what tells it again under another name.
    """

    name: str
    signal: Signal
    mark: str


def heard_in(
    model: Model, sources: Sequence[Place | Signal], facts: Facts, catalog: Catalog | None, tick: Tick
) -> tuple[list[Heard], Skipped]:
    """Recordings opened, each once, and those that cannot be or were learned from already."""
    found: dict[str, Heard] = {}
    skipped: Skipped = []
    openers = list(openers_of(sources, facts, catalog))
    for done, (name, opener, _) in enumerate(openers):
        tick("reading recordings", done, len(openers))
        try:
            one = _opened(name, opener, done)
            if one.mark in model.card.trained_on.get("recordings", ()):
                raise UnusableError("the model learned from this very recording already; leave it out")
            if one.mark in found:
                raise UnusableError(f"the same recording as {found[one.mark].name}; give it once")
            found[one.mark] = one
        except FaultprintError as error:
            skipped.append({"source": name, "reason": str(error)})
    tick("reading recordings", len(openers), len(openers))
    return list(found.values()), skipped


def _opened(name: str, opener: Callable[[], Signal], place: int) -> Heard:
    signal = opener()
    mark = recording_mark(_row(name, signal))
    # What comes from no file has no content to know it by.
    return Heard(name, signal, mark if signal.sha256 else f"{mark} {place}")


def _row(name: str, signal: Signal, labels: tuple[str, ...] = ()) -> Row:
    return Row(
        f"{name}/{signal.channel}",
        name,
        channel=signal.channel,
        specimen=signal.specimen,
        machine=signal.machine,
        labels=labels,
        speed_rpm=signal.speed_rpm,
        sha256=signal.sha256,
    )


def labels_with(model: Model, truths: Sequence[tuple[str, ...]]) -> tuple[str, ...]:
    """The model's labels, and new ones after them."""
    told = {label.strip() for truth in truths for label in truth}
    if "" in told:
        raise RequestError("--label: needs the name of a fault, such as outer_race, got nothing")
    absence = {HEALTHY} if model.card.task == "multilabel" else set()
    return (*model.card.labels, *sorted(told - set(model.card.labels) - absence))


def window_set(
    model: Model,
    labels: Sequence[str],
    heard: Sequence[Heard],
    truths: Sequence[tuple[str, ...]] | None,
    skipped: Skipped,
) -> WindowSet:
    """Windows of all that can be used; without truths, whatever is wrong with them.

    Raises:
        RequestError: when nothing is left.
    """
    rows, batches, targets = [], [], []
    for place, one in enumerate(heard):
        try:
            row = _row(one.name, one.signal, truths[place] if truths else one.signal.labels)
            target = _target(row, labels, model) if truths else [0.0] * len(labels)
            batches.append(model.card.intake.take(one.signal))
        except FaultprintError as error:
            skipped.append({"source": one.name, "reason": str(error)})
            continue
        rows.append(row)
        targets.append(target)
    if not rows:
        why = "; ".join(dict.fromkeys(entry["reason"] for entry in skipped))
        raise RequestError(f"nothing to learn from, no recording of {len(skipped)} can be used: {why}")
    return WindowSet(tuple(rows), tuple(batches), torch.tensor(targets))


def _target(row: Row, labels: Sequence[str], model: Model) -> list[float]:
    if not row.labels:
        raise RequestError("nobody says what is wrong with it; give --label, or --unlabelled to fit to a new machine")
    if model.card.task == "multiclass" and len(row.labels) > 1:
        raise RequestError(
            f"{model.card.name} answers with one label (multiclass), and {', '.join(row.labels)} were given; give one, "
            "or teach a model that was trained with task: multilabel"
        )
    return target_of(row, labels, model.card.task)


def told_of(windows: WindowSet) -> list[dict[str, Any]]:
    """What was learned from, file by file."""
    told = ("source", "channel", "sha256")
    return [
        {**{name: getattr(row, name) for name in told}, "labels": list(row.labels), "windows": len(batch.values)}
        for row, batch in zip(windows.rows, windows.batches, strict=True)
    ]


def doubts(model: Model, windows: WindowSet, labels: Sequence[str]) -> Iterator[str]:
    """What a user may have overlooked."""
    if len(windows.rows) == 1:
        yield "one recording only: nothing tells how the next one of its kind will be read; enroll more"
    elif len({part_of(row) for row in windows.rows}) == 1:
        yield "recordings of one part only: nothing tells how another of its kind will be read; enroll some of another"
    known = sum(row.specimen in model.card.trained_on.get("specimen_names", ()) for row in windows.rows)
    if known:
        yield (
            f"the model has learned from the parts of {known} of these recordings before, so what is held out of them "
            "is no test; enroll recordings of other parts to see one"
        )
    for label in labels[len(model.card.labels) :]:
        near = did_you_mean(label, [*model.card.labels, *KNOWN]) if label not in KNOWN else ""
        if near:
            yield f"'{label}' is new to the model{near}"
