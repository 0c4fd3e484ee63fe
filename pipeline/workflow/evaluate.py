"""Evaluate: from a model to its figures on parts it never saw."""

from pathlib import Path
from typing import Any

import torch

from pipeline.catalog.catalog import Catalog
from pipeline.diagnosis.diagnoser import Diagnoser
from pipeline.errors import CatalogError, RequestError
from pipeline.evaluation.metrics import by_window_and_recording
from pipeline.evaluation.verdict_figures import NONE_KNOWN, verdict_figures
from pipeline.models.bundle import Model, ModelCard
from pipeline.models.features import FeatureCache
from pipeline.progress import Tick, unwatched
from pipeline.training.window_set import WindowSet
from pipeline.workflow.request.model import load_model
from pipeline.workflow.training_run.blind_spots import lost, untested
from pipeline.workflow.verdicts.beside_truth import Heard, first_windows, heard


def evaluate(
    model: Path | str | Model,
    catalog: Catalog | Path | str,
    *,
    cache: FeatureCache | None = None,
    level: float | None = None,
    tick: Tick = unwatched,
) -> dict[str, Any]:
    """A model's figures on the signals of a labelled catalog that it was not trained on.

    Recordings it learned from, and others of the same parts, are left out and counted. Each of the others is diagnosed
    once: `windows` and `recordings` are of as many of its windows as training took, so that they compare with
    `metrics.json`; `verdicts` are of all, as `diagnose` takes them.

    Args:
        model: a model, or its folder.
        catalog: the signals, with their labels.
        cache: features kept between runs.
        level: share of sets that are to hold the truth; the model's own by default.
        tick: told of progress.

    Returns:
        `windows` and `recordings` as in `metrics.json`, `verdicts` (calibration, coverage, abstention, OUTSIDE; signals
        of labels the model was never taught are what OUTSIDE should tell), the model's `stamps`, `notes`, `left_out`
        (how many signals training had seen), `untaught` (how many have labels it was never taught: they are in the
        figures of OUTSIDE alone), and what was `skipped`.

    Raises:
        RequestError: when training had seen every signal.
        CatalogError: when no signal could be used.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from pipeline.catalog.export import write_signals
        >>> from pipeline.catalog.scanning.scan import scan
        >>> from pipeline.signals.simulation.simulated_machine import random_machine
        >>> from pipeline.signals.simulation.synthetic import simulate
        >>> machines = [simulate(random_machine(seed), [["healthy", "ball"][seed % 2]]) for seed in range(12)]
        >>> with TemporaryDirectory() as folder:
        ...     _ = write_signals(machines, Path(folder))
        ...     found = evaluate("ready", scan(folder))
        >>> found["recordings"]["n"], found["recordings"]["auroc"]["ball"] > 90
        (12, True)
    """
    model = load_model(model)
    catalog = catalog if isinstance(catalog, Catalog) else Catalog.read(catalog)
    card = model.card
    found = heard(catalog, Diagnoser(model, cache, level=level), tick)
    _refuse_nothing(found, catalog)
    targets = torch.tensor(found.targets).reshape(-1, len(card.labels))
    windows = WindowSet(tuple(found.rows), (), targets)
    return {
        "model": card.name,
        "stamps": list(card.stamps),
        "notes": [*catalog.notes, *lost(catalog.rows, found.skipped), *untested(card.labels, windows)],
        **_ranking(found, card),
        "verdicts": {
            "task": card.task,
            **verdict_figures(found.judged, card.labels, card.task == "multiclass"),
            "unusable": found.unusable,
        },
        "untaught": found.untaught,
        "left_out": found.left_out,
        "skipped": [{"signal": row.signal, "reason": reason} for row, reason in found.skipped],
    }


def _ranking(found: Heard, card: ModelCard) -> dict[str, Any]:
    """Figures by window and by recording; a note where the catalog has no label that the model knows."""
    if not found.rows:
        return {name: {"n": 0, "note": NONE_KNOWN} for name in ("windows", "recordings")}
    scores, owner = first_windows(found.logits, card.intake.window.per_signal)
    targets = torch.tensor(found.targets)
    return by_window_and_recording(
        scores.numpy(), targets.numpy(), owner.numpy(), card.labels, card.task == "multiclass"
    )


def _refuse_nothing(found: Heard, catalog: Catalog) -> None:
    if found.judged:
        return
    if found.left_out:
        raise RequestError(
            f"the model was trained on all {found.left_out} signals of this catalog that it can use, or on the same "
            "parts; give a catalog of parts it never saw"
        )
    why = f": {found.skipped[0][1]}" if found.skipped else ""
    raise CatalogError(f"none of {len(catalog.rows)} signals could be used{why}")


def write_page(path: Path, found: dict[str, Any], model: Model, catalog: Path | str) -> Path:
    """One self-contained HTML page of what `evaluate` found."""
    from pipeline.reporting.evaluated.page import write_evaluation

    facts = {"task": model.card.task, "fingerprint": model.fingerprint or "not saved", "catalog": str(catalog)}
    return write_evaluation(path, found, facts=facts)
