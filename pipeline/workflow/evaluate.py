"""Evaluate: from a model to its figures on parts it never saw."""

from pathlib import Path
from typing import Any

from pipeline.catalog.catalog import Catalog
from pipeline.errors import RequestError
from pipeline.evaluation.metrics import by_window_and_recording
from pipeline.models.bundle import Model
from pipeline.models.features import FeatureCache
from pipeline.progress import Tick, unwatched
from pipeline.training.learn import seen_in_training, window_logits
from pipeline.training.window_set import collect
from pipeline.workflow.diagnose import load_model
from pipeline.workflow.opener import Opener
from pipeline.workflow.unscored import lost, untested


def evaluate(
    model: Path | str | Model,
    catalog: Catalog | Path | str,
    *,
    cache: FeatureCache | None = None,
    tick: Tick = unwatched,
) -> dict[str, Any]:
    """A model's figures on the signals of a labelled catalog that it was not trained on.

    Recordings it learned from, and others of the same parts, are left out and counted.

    Returns:
        `windows` and `recordings` as in `metrics.json`, the model's `stamps`, `left_out` (how many signals training
        had seen), and what was `skipped`.

    Raises:
        RequestError: when training had seen every signal.
    """
    model = load_model(model)
    catalog = catalog if isinstance(catalog, Catalog) else Catalog.read(catalog)
    card = model.card
    everything = collect(catalog.rows, Opener(catalog.root), card.intake, card.labels, card.task, tick)
    unseen = [place for place, row in enumerate(everything.rows) if not seen_in_training(row, card.trained_on)]
    if not unseen:
        raise RequestError(
            f"the model was trained on all {len(everything.rows)} signals of this catalog, or on the same parts; "
            "give a catalog of parts it never saw"
        )
    windows = everything.some(unseen)
    scores = window_logits(model, windows, cache).numpy()
    targets, owner = windows.targets.numpy(), windows.signal_of_window.numpy()
    return {
        "model": card.name,
        "stamps": list(card.stamps),
        "notes": [*catalog.notes, *lost(catalog.rows, everything.skipped), *untested(card.labels, windows)],
        **by_window_and_recording(scores, targets, owner, card.labels, card.task == "multiclass"),
        "left_out": len(everything.rows) - len(unseen),
        "skipped": [{"signal": row.signal, "reason": reason} for row, reason in everything.skipped],
    }
