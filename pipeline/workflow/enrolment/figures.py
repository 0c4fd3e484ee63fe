"""Figures: what became of the answers of a model that learned something, in figures."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from pipeline.catalog.splitting.groups import part_of
from pipeline.errors import FaultprintError
from pipeline.evaluation.metrics import decided, figures, pooled_by_signal
from pipeline.models.bundle import Model
from pipeline.training.few_shots.adabn import Adaptation
from pipeline.training.few_shots.enrolment import Enrolment
from pipeline.training.window_set import WindowSet, target_of


def of_enrolment(model: Model, made: Enrolment, windows: WindowSet, labels: Sequence[str]) -> dict[str, Any]:
    """What became of the old classes, on windows that the model kept of its training side, and of the new ones."""
    multiclass, known = model.card.task == "multiclass", made.after.isfinite().all(dim=0)
    n_old = len(model.card.labels)
    shown = [label for label, there in zip(labels, known.tolist(), strict=True) if there]
    after = figures(made.after[:, known].numpy(), made.truth[:, known].numpy(), shown, multiclass)
    before = figures(made.before.numpy(), made.truth[:, :n_old].numpy(), model.card.labels, multiclass)
    drops = [
        round(before["recall"][label] - after["recall"][label], 2)
        for label in model.card.labels
        if before["recall"][label] is not None and after["recall"].get(label) is not None
    ]
    drops.append(round(before["accuracy"] - after["accuracy"], 2))
    return {
        "reference": {
            "windows": before["n"],
            "accuracy": {"before": before["accuracy"], "after": after["accuracy"]},
            "recall": {
                label: {"before": before["recall"][label], "after": after["recall"].get(label)}
                for label in model.card.labels
            },
        },
        "largest_drop": max(0.0, *drops),
        "held_out": _held_out(model, made, windows),
    }


def _held_out(model: Model, made: Enrolment, windows: WindowSet) -> dict[str, Any] | None:
    """How many new recordings a model that had not learned of them, nor of their parts, would have read rightly."""
    if made.held_out is None:
        return None
    pooled = _pooled(made.held_out, windows)
    right = _answers(pooled, model) == (windows.targets.numpy() > 0.5)
    n_parts = len({part_of(row) for row in windows.rows})
    return {"recordings": len(windows.rows), "parts": n_parts, "right": int(right.all(axis=1).sum())}


def _pooled(logits: Tensor, windows: WindowSet) -> Any:
    return pooled_by_signal(logits.numpy(), windows.signal_of_window.numpy(), len(windows.rows))


def _answers(pooled: Any, model: Model) -> Any:
    return decided(pooled, model.card.task == "multiclass")


def of_adaptation(model: Model, made: Adaptation, windows: WindowSet) -> dict[str, Any]:
    """How many recordings are answered otherwise, and both models' figures on them where truth is known.

    These are the recordings that the model was fitted to, their truth unseen.
    """
    old, new = (_answers(_pooled(logits, windows), model) for logits in (made.before, made.after))
    truth = _known_truth(model, windows)
    return {
        "batch_norms": list(made.norms),
        "changed_answers": int((old != new).any(axis=1).sum()),
        "source_only": _scored(model, windows, made.before, truth),
        "adapted": _scored(model, windows, made.after, truth),
    }


def _known_truth(model: Model, windows: WindowSet) -> Tensor | None:
    """(signal, label), where every recording's side file or row says it in the model's words."""
    try:
        return torch.tensor([target_of(row, model.card.labels, model.card.task) for row in windows.rows])
    except FaultprintError:
        return None


def _scored(model: Model, windows: WindowSet, logits: Tensor, truth: Tensor | None) -> dict[str, Any] | None:
    if truth is None:
        return None
    pooled = _pooled(logits, windows)
    found = figures(pooled, truth.numpy(), model.card.labels, model.card.task == "multiclass")
    return {"recordings": found["n"], "accuracy": found["accuracy"], "macro_auroc": found["macro_auroc"]}
