"""Beside truth: a catalog's signals diagnosed once each, every verdict laid beside what the catalog says is true."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.row import Row
from pipeline.catalog.splitting.groups import as_key, part_of
from pipeline.diagnosis.diagnoser import Diagnoser
from pipeline.errors import CatalogError, FaultprintError
from pipeline.evaluation.judged import Judged
from pipeline.models.bundle import ModelCard
from pipeline.progress import Tick, unwatched
from pipeline.signals.labels import HEALTHY
from pipeline.training.trained_on import seen_in_training
from pipeline.training.window_set import target_of
from pipeline.verdict import Verdict
from pipeline.workflow.training_run.row_opener import RowOpener


@dataclass
class Heard:
    """What became of a catalog's signals.

    Attributes:
        rows: signals that could be diagnosed and whose labels the model knows, in order.
        targets: per such signal, its truth.
        logits: per such signal, those of its windows.
        judged: verdicts on those signals, and on signals of labels the model was never taught.
        skipped: signals that could not be used, each with its reason.
        untaught: how many of those judged have labels that the model was never taught.
        left_out: how many signals training had seen.
        unusable: how many of those that could be opened gave no verdict.
    """

    rows: list[Row] = field(default_factory=list)
    targets: list[list[float]] = field(default_factory=list)
    logits: list[Tensor] = field(default_factory=list)
    judged: list[Judged] = field(default_factory=list)
    skipped: list[tuple[Row, str]] = field(default_factory=list)
    untaught: int = 0
    left_out: int = 0
    unusable: int = 0


def heard(catalog: Catalog, diagnoser: Diagnoser, tick: Tick = unwatched) -> Heard:
    """Every signal of a catalog that training has not seen, diagnosed once; one that cannot be used is skipped.

    Args:
        catalog: rows with labels.
        diagnoser: of the model.
        tick: told of progress.
    """
    found, open_row = Heard(), RowOpener(catalog.root)
    for done, row in enumerate(catalog.rows):
        tick("diagnosing", done, len(catalog.rows))
        try:
            _hear(row, open_row, diagnoser, found)
        except FaultprintError as error:
            found.skipped.append((row, str(error)))
    tick("diagnosing", len(catalog.rows), len(catalog.rows))
    return found


def _hear(row: Row, open_row: RowOpener, diagnoser: Diagnoser, found: Heard) -> None:
    card = diagnoser.model.card
    target = _target(row, card)
    signal = open_row(row)
    # As the file calls its channel: another catalog may name the same one by another glob.
    row = row.changed(sha256=signal.sha256, channel=signal.channel)
    if seen_in_training(row, card.trained_on):
        found.left_out += 1
        return
    diagnosis = diagnoser.diagnose(signal)
    if diagnosis.window_logits is None:
        found.unusable += 1
        found.skipped.append((row, diagnosis.verdict.reason or "not usable"))
        return
    found.judged.append(judged_of(row, diagnosis.verdict, known=target is not None))
    found.untaught += target is None
    if target is not None:
        found.rows.append(row)
        found.targets.append(target)
        found.logits.append(diagnosis.window_logits)


def _target(row: Row, card: ModelCard) -> list[float] | None:
    """The truth as numbers; None for labels that the model was never taught.

    Raises:
        CatalogError: for a row whose truth nobody states, or that is no truth for the task.
    """
    try:
        return target_of(row, card.labels, card.task)
    except CatalogError:
        untaught = set(row.labels) - set(card.labels) - ({HEALTHY} if card.task == "multilabel" else set())
        if not untaught:
            raise
        return None


def judged_of(row: Row, verdict: Verdict, known: bool) -> Judged:
    """A verdict beside its row's truth.

    Args:
        row: of the catalog.
        verdict: on it.
        known: whether the model was taught its labels.

    Example:
        >>> from pipeline.verdict import Outcome
        >>> row = Row("a", "a.wav", labels=("ball",), specimen="pump 7", speed_rpm=1772.0, condition={"load_hp": 1.0})
        >>> one = judged_of(row, Verdict("a.wav", Outcome.CONFIDENT, ("ball",)), known=True)
        >>> one.right, one.specimen, one.condition
        (True, 'pump 7', {'load_hp': '1', 'speed_rpm': '1772'})
    """
    kind, name = part_of(row)
    return Judged(
        signal=row.signal,
        specimen=name if kind == "specimen" else f"recording {name}",
        recording=row.recording,
        truth=row.labels,
        known=known,
        answer=verdict.labels,
        outcome=str(verdict.verdict),
        probabilities=verdict.probabilities,
        calibrated=verdict.calibrated,
        set=verdict.set,
        unsure=verdict.unsure,
        level=verdict.level,
        outside_p=verdict.outside_p,
        condition=_condition(row, verdict.condition),
    )


def _condition(row: Row, told: dict[str, Any]) -> dict[str, str]:
    """Columns by which figures can be parted: those of the catalog, and what the verdict says of speed."""
    speed_rpm = told.get("speed_rpm") or row.speed_rpm
    found: dict[str, str | float | None] = {
        **row.condition,
        "machine": row.machine,
        "bearing": row.bearing.name if row.bearing else None,
        "speed_rpm": speed_rpm,
        "speed seen in training": {True: "yes", False: "no"}.get(told.get("seen_in_training", "")),
    }
    return {name: as_key(value) for name, value in found.items() if value not in (None, "")}


def first_windows(logits: Sequence[Tensor], limit: int | None) -> tuple[Tensor, Tensor]:
    """Logits of the windows that a signal gives in training, and whose they are.

    Args:
        logits: per signal, of all its windows.
        limit: how many a signal gives at most; None for all.

    Returns:
        (window, label), and (window,) the place of each window's signal.

    Example:
        >>> first_windows([torch.zeros(3, 1), torch.ones(1, 1)], limit=2)[1]
        tensor([0, 0, 1])
    """
    kept = [each[:limit] for each in logits]
    counts = torch.tensor([len(each) for each in kept])
    return torch.cat(kept), torch.repeat_interleave(torch.arange(len(kept)), counts)
