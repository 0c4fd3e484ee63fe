"""AdaBN: a model fitted to a new machine by what its windows look like, without a single label."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from pipeline.errors import RequestError
from pipeline.models.branch import Branch
from pipeline.models.bundle import Model
from pipeline.models.inference import FeatureMaker
from pipeline.training.few_shots.changed_card import changed_card
from pipeline.training.few_shots.norms import align, batch_norms
from pipeline.training.few_shots.reference import Reference, keeps_reference
from pipeline.training.few_shots.widened import widened
from pipeline.training.window_set import WindowSet

PRIOR_WINDOWS = 16
"""What training knew counts as much as so many windows of the new machine; few windows alone would mislead."""

FEWEST_WINDOWS = 8

ASSUMED = (
    "it is taken that the new recordings hold the same mix of conditions as the training side; a machine that was "
    "recorded only while sound, or only while faulty, is misread"
)


@dataclass(frozen=True)
class Adaptation:
    """A model fitted to a new machine, and what that did to its answers.

    Attributes:
        model: not saved yet.
        before, after: logits of the new machine's windows, (window, label).
        norms: batch norms that were fitted, per branch.
        notes: what a user must know.
    """

    model: Model
    before: Tensor
    after: Tensor
    norms: tuple[int, ...]
    notes: tuple[str, ...]


@torch.no_grad()
def adapt(model: Model, windows: WindowSet, *, norms: bool = True, scales: bool = True) -> Adaptation:
    """Fit a model to a machine: batch norms, and the centre and spread of what its heads see, on its own windows.

    Args:
        model: as loaded; left as it is. Batch norms are fitted where it keeps what they saw of its training side.
        windows: of the new machine; their truth is not looked at.
        norms: whether batch norms are fitted.
        scales: whether the centre and spread of every head are.

    Raises:
        RequestError: for fewer than 8 windows.

    Source: Li, Wang, Shi, Hou and Liu (2018), Adaptive batch normalization for practical domain adaptation; the share
        that old statistics keep is that of Schneider et al. (2020), Improving robustness against common corruptions by
        covariate shift adaptation, eq. 3.
    """
    everything = windows.all_windows()
    count = len(everything.values)
    if count < FEWEST_WINDOWS:
        raise RequestError(f"a new machine needs {FEWEST_WINDOWS} windows or more, got {count}; give more recordings")
    net, share = widened(model, model.card.labels), PRIOR_WINDOWS / (PRIOR_WINDOWS + count)
    kept = keeps_reference(model.reference)
    known = Reference.of_tensors(model.reference, len(net.branches)) if kept else None
    if known and norms:
        seen = [
            align(net, branch, everything, old, share) if old else ()
            for branch, old in zip(net.branches, known.norms, strict=True)
        ]
        known = replace(known, norms=tuple(tuple(each) for each in seen))
    if scales:
        features = FeatureMaker(net).features(everything)
        for branch, found in zip(net.branches, features, strict=True):
            _rescale(branch, found, share)
    before, after = (FeatureMaker(each).logits(everything) for each in (model.classifier, net))
    fitted = tuple(len(old) for old in known.norms) if known and norms else (0,) * len(net.branches)
    told = tuple(_told(place, *each) for place, each in enumerate(zip(net.branches, fitted, strict=True), start=1))
    card = changed_card(model.card, model.card.labels, windows)
    adapted = Model(card, net, reference=known.tensors() if known else {})
    return Adaptation(adapted, before, after, fitted, (ASSUMED, *filter(None, told)))


def _rescale(branch: Branch, features: Tensor, share: float) -> None:
    """The head's centre and spread over the new windows, and a share of the old ones."""
    head, asked = branch.head, branch.head.asked(features)
    centre = share * head.centre + (1 - share) * asked.mean(dim=0)
    spread = (share * head.spread**2 + (1 - share) * asked.var(dim=0, correction=0)).sqrt()
    head.scale(centre, spread)


def _told(place: int, branch: Branch, fitted: int) -> str:
    """Why no batch norm of a branch was fitted; nothing where they were."""
    if fitted:
        return ""
    if branch.backbone is None:
        what = "it has no net"
    elif batch_norms(branch):
        what = f"the model does not tell what batch norms of {branch.backbone.name} saw of its training side"
    else:
        what = f"{branch.backbone.name} has no batch norms"
    return f"branch {place}: {what}, so only the centre and spread of its head are fitted"
