"""Explain: the one door to explanations, from a model and a signal to relevance that has been put to the proof."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from pipeline.diagnosis.explanation import METHODS, USUAL
from pipeline.diagnosis.explanation.explanation import Array, Explanation
from pipeline.diagnosis.explanation.fault_lines import line_check
from pipeline.diagnosis.explanation.occlusion import DRAWS, most_relevant, occlusion_check
from pipeline.diagnosis.explanation.view import Method, View, view_of
from pipeline.errors import RequestError, did_you_mean
from pipeline.models.bundle import Model
from pipeline.preprocessing.base import Batch
from pipeline.signals.labels import HEALTHY
from pipeline.signals.signal import Signal
from pipeline.verdict import Verdict

LOOKED_AT = 20
"""Windows of a signal among which the one to explain is chosen."""


def explain(
    model: Model, heard: Signal | Batch, label: str, method: str = USUAL, *, draws: int = DRAWS, seed: int = 0
) -> Explanation:
    """Where in its image a model's score for a label comes from, and whether that can be believed.

    One window is explained: of the first twenty, the one whose logit is nearest to their mean, so that nobody can
    choose the prettiest. Relevance lies on the rows and columns of the image that the model draws, also where a net
    reads a resized picture of it. What counts as nothing is an image that is the median of each plane throughout, in a
    fault-order image the median of all planes.

    Of a model with several branches, the first with a backbone is explained, and its logit as it enters the sum: what
    the other branches say of the same window is no part of it. Without a backbone, a head on the image itself is
    explained, which asks for integrated gradients.

    Args:
        model: a trained model.
        heard: a signal as recorded, or windows as the model's intake cuts them.
        label: of the model's labels.
        method: of `METHODS`.
        draws: how often as many other cells are deleted, for the occlusion check; 0 leaves it out.
        seed: of those draws.

    Raises:
        RequestError: for an unknown label or method, a method that this model has nothing for, a missing library.
        UnusableError: for a signal that the model cannot use.
    """
    place = _place(model, label)
    find: Method = METHODS[method]
    model.classifier.eval()
    windows = heard if isinstance(heard, Batch) else _windows(model, heard)
    window, number = _typical(model, windows, place)
    view = view_of(model.classifier, window, place)
    nothing = view.nothing()
    found = find(view, nothing)
    with torch.no_grad():
        logit, at_nothing = float(view.logit(view.image)), float(view.logit(nothing))
    proof = None
    if draws:
        apart = found.tells_planes
        proof = occlusion_check(
            view.logit, view.image, found.values, nothing, planes_apart=apart, draws=draws, seed=seed
        )
    return Explanation(
        label=label,
        method=method,
        image=_array(view.image[0]),
        relevance=_array(found.values),
        pointed_at=most_relevant(found.values, found.tells_planes).numpy().copy(),
        axes=view.axes,
        unit=view.unit,
        logit=logit,
        nothing=at_nothing,
        fill=tuple(nothing[0].flatten(1).amax(dim=1).tolist()),
        tells_planes=found.tells_planes,
        grid=found.grid,
        off_by=found.off_by,
        window=number + 1,
        windows=len(windows.values),
        branch=view.number,
        branches=len(model.classifier.branches),
        occlusion=proof,
        lines=line_check(label, view.image[0], found, view.axes, window, model.card.intake.orders_of),
    )


def label_to_explain(model: Model, verdict: Verdict) -> str:
    """What to explain of a verdict where nobody says: the likeliest of its labels that the model has a logit for, else
    the likeliest of all.

    `healthy` is no output of a multilabel model; what is explained then is the fault that came nearest.
    """
    known = [label for label in model.card.labels if label in verdict.probabilities]
    answered = [label for label in known if label in verdict.labels and label != HEALTHY]
    ranked = sorted(answered or known or model.card.labels, key=lambda one: -verdict.probabilities.get(one, 0.0))
    healthy = HEALTHY in model.card.labels and HEALTHY in verdict.labels and not answered
    return HEALTHY if healthy else ranked[0]


def _place(model: Model, label: str) -> int:
    labels: Sequence[str] = model.card.labels
    if label not in labels:
        derived = "; healthy is the absence of every fault, and has no score of its own" if label == HEALTHY else ""
        hint = derived or did_you_mean(label, labels) or ""
        raise RequestError(f"the model has no label '{label}'{hint}. It has: {', '.join(labels)}")
    return labels.index(label)


def _windows(model: Model, signal: Signal) -> Batch:
    intake = model.card.intake
    return next(intake.batches(intake.condition(signal), LOOKED_AT))


@torch.no_grad()
def _typical(model: Model, windows: Batch, place: int) -> tuple[Batch, int]:
    """The window whose logit is nearest to the mean, and its number from 0."""
    views: list[View] = []
    logits: list[float] = []
    for row in range(len(windows.values)):
        views.append(view_of(model.classifier, windows.rows(slice(row, row + 1)), place))
        logits.append(float(views[-1].logit(views[-1].image)))
    away = torch.tensor(logits).sub(float(np.mean(logits))).abs()
    number = int(away.argmin())
    return windows.rows(slice(number, number + 1)), number


def _array(values: Tensor) -> Array:
    return values.detach().to(torch.float32).numpy().copy()
