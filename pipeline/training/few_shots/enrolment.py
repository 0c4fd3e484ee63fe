"""Enrolment: a trained model taught new examples; backbones stay as they are, heads are found anew from sums."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn.functional import pad

from pipeline.errors import BundleError
from pipeline.models.branch import Branch
from pipeline.models.bundle import Model, ModelCard
from pipeline.models.classifier import Classifier
from pipeline.models.features import FeatureCache
from pipeline.models.ready import READY
from pipeline.training.few_shots.changed_card import changed_card
from pipeline.training.few_shots.head_update import ridge_of
from pipeline.training.few_shots.likelihood import in_log_odds
from pipeline.training.few_shots.prototypes import prototypes_of
from pipeline.training.few_shots.reference import MOST_FEATURES, BranchReference, Reference, keeps_reference
from pipeline.training.few_shots.sums import Sums, logit_scale
from pipeline.training.few_shots.widened import widened
from pipeline.training.fit import LEAST_SPREAD, specimens_of
from pipeline.training.heads.solve import USUAL
from pipeline.training.window_features import compute_features
from pipeline.training.window_set import WindowSet

Method = Literal["head", "prototypes"]


@dataclass(frozen=True)
class Enrolment:
    """A model that learned new examples, and what that did to it.

    Attributes:
        model: not saved yet, with its new reference.
        truth: of the windows kept of the earlier training side, (window, label), in the order of the model's labels.
        before: logits of those windows, (window, label the old model had).
        after: the same by the new model, (window, label); NaN for a question that was never asked of them.
        held_out: logits of the new windows, each part's from heads that did not learn of it; None for one part, of
            which nothing could be learned without it. A signal that names no specimen is of its recording's part.
        notes: what a user must know of the new heads.
    """

    model: Model
    truth: Tensor
    before: Tensor
    after: Tensor
    held_out: Tensor | None
    notes: tuple[str, ...]


@torch.no_grad()
def enrol(
    model: Model, windows: WindowSet, labels: Sequence[str], method: Method = "head", cache: FeatureCache | None = None
) -> Enrolment:
    """Teach a model some more recordings.

    `head`: linear heads are solved anew by ridge regression, on old windows (through their sums) and new ones alike.
    `prototypes`: class means instead; where several labels may be there at once, rows of labels that the new recordings
    do not speak of stay as they are.

    Args:
        model: with a reference.
        windows: the new recordings, with truth for `labels`.
        labels: the model's own, in its order, and new ones after them.
        method: how heads are found.
        cache: features kept between runs.

    Raises:
        BundleError: for a model without a reference, or with a head that no sums describe.
        RequestError: for a new label that no plane asks about, in a branch with `planes: shared`.
    """
    reference, olds = reference_in(model)
    net = widened(model, labels)
    asked = standardised(net, compute_features(net, windows, cache))
    targets, owner = windows.window_targets, specimens_of(windows)
    pupil = Pupil(net, _rule(model, method, labels, targets), [old.sums for old in olds if old.sums], asked, targets)
    before = logits_of(model.classifier, [old.features for old in olds])
    held_out = torch.zeros(len(targets), len(labels))
    parts = sorted(set(owner.tolist()))
    for part in parts if len(parts) > 1 else ():
        pupil.learn(owner != part)
        held_out[owner == part] = logits_of(net, asked)[owner == part]
    sums = pupil.learn(torch.ones(len(targets), dtype=torch.bool))
    truth = pad(reference.targets, (0, len(labels) - len(model.card.labels)))
    notes = _to_log_odds(model.card, net, olds, truth, method)
    grown = reference.with_windows(targets, asked, sums)
    kept = [branch.features[: len(truth)] for branch in grown.branches if branch]
    return Enrolment(
        Model(changed_card(model.card, labels, windows), net, reference=grown.tensors()),
        truth,
        before,
        logits_of(net, kept),
        held_out if len(parts) > 1 else None,
        notes,
    )


@dataclass(frozen=True)
class Rule:
    """How heads are found.

    Attributes:
        method: ridge regression, or class means.
        multiclass: whether labels exclude one another.
        strengths: penalty of each branch's ridge regression.
        changes: which labels' rows are replaced, (label,).
    """

    method: Method
    multiclass: bool
    strengths: tuple[float, ...]
    changes: Tensor


@dataclass(frozen=True)
class Pupil:
    """A net whose heads learn from old sums and new windows.

    Attributes:
        net: its heads are filled in place.
        rule: how.
        sums: of the old windows, per branch.
        asked: per branch, standardised features of the new windows, (window, feature).
        targets: their truth, (window, label).
    """

    net: Classifier
    rule: Rule
    sums: Sequence[Sums]
    asked: Sequence[Tensor]
    targets: Tensor

    def learn(self, chosen: Tensor) -> list[Sums]:
        """Find the heads from the old windows and those of the new ones that are chosen, (window,); give their sums."""
        found = []
        for place, (branch, old, asked) in enumerate(zip(self.net.branches, self.sums, self.asked, strict=True)):
            new = Sums.of(branch.head.asked(asked[chosen]), branch.head.answers(self.targets[chosen]))
            found.append(old.widened(new.answers.shape[1]).plus(new))
            self._fill(branch, found[-1], self.rule.strengths[place])
        if len(found) > 1:
            _scale_sum(self.net, found, self.rule.multiclass)
        return found

    def _fill(self, branch: Branch, sums: Sums, strength: float) -> None:
        head, rule = branch.head, self.rule
        if rule.method == "head":
            weight, bias = ridge_of(sums, strength)
        else:
            weight, bias = prototypes_of(sums, rule.multiclass and not branch.shared)
        if not branch.shared:
            weight = torch.where(rule.changes[:, None], weight, head.linear.weight)
            bias = torch.where(rule.changes, bias, head.linear.bias)
        head.set(weight, bias, head.centre, head.spread)


def reference_in(model: Model) -> tuple[Reference, list[BranchReference]]:
    """What a model keeps of its training side, and the same of each branch.

    Raises:
        BundleError: where it keeps nothing that heads can be found from.
    """
    card = model.card
    if not keeps_reference(model.reference) and card.name == READY:
        raise BundleError(
            "ready keeps nothing of the simulated machines it learned from, so no label can be taught to it; train a "
            "model on your recordings with ready as one of its branches (bundle: ready), or fit ready to a machine "
            "with --unlabelled"
        )
    if not keeps_reference(model.reference):
        raise BundleError(f"{card.name} keeps no features of its training side (reference.safetensors); train it again")
    reference = Reference.of_tensors(model.reference, len(card.branches))
    found = []
    for place, (branch, config) in enumerate(zip(reference.branches, card.branches, strict=True), start=1):
        if config.hidden:
            told = "its head has hidden layers, and only linear ones can be solved anew; train it again"
            raise BundleError(f"branch {place} of {card.name}: {told} with the new recordings")
        if branch is None or branch.sums is None:
            told = f"it has more than {MOST_FEATURES} features or shares for labels, so it keeps no sums"
            raise BundleError(f"branch {place} of {card.name}: {told}; train it again with the new recordings")
        found.append(branch)
    return reference, found


def standardised(net: Classifier, features: Sequence[Tensor]) -> list[Tensor]:
    """Features as the heads' nets see them, per branch (window, feature)."""
    return [
        branch.head.standardised(found).reshape(len(found), -1)
        for branch, found in zip(net.branches, features, strict=True)
    ]


def logits_of(net: Classifier, asked: Sequence[Tensor]) -> Tensor:
    """(window, label) from standardised features, by linear heads."""
    pairs = zip(net.branches, asked, strict=True)
    return net.summed(
        [branch.head.linear(branch.head.asked(found)).reshape(-1, branch.head.n_labels) for branch, found in pairs]
    ).detach()


def _rule(model: Model, method: Method, labels: Sequence[str], targets: Tensor) -> Rule:
    multiclass = model.card.task == "multiclass"
    spoken_of = targets.bool().any(dim=0)
    # A healthy window is one that no label has: it speaks of all of them.
    everything = method == "head" or multiclass or bool((targets.sum(dim=1) == 0).any())
    changes = torch.ones(len(labels), dtype=torch.bool) if everything else spoken_of
    changes[len(model.card.labels) :] = True
    strengths = tuple(_strength(model.card, place) for place in range(len(model.card.branches)))
    return Rule(method, multiclass, strengths, changes)


def _head_of(card: ModelCard, place: int) -> Mapping[str, Any]:
    """How a branch's head was found, as far as the card tells."""
    branches = card.provenance.get("branches") or []
    told = branches[place] if place < len(branches) else {}
    return told.get("head") or {}


def _strength(card: ModelCard, place: int) -> float:
    head = _head_of(card, place)
    told = head.get("strength")
    return float(told) if head.get("method") == "ridge" and isinstance(told, int | float) else USUAL["ridge"]


def _scale_sum(net: Classifier, sums: Sequence[Sums], multiclass: bool) -> None:
    """The scales of several branches, as training finds them, over old and new windows."""
    for place, (branch, total) in enumerate(zip(net.branches, sums, strict=True)):
        linear = branch.head.linear
        _, spread = logit_scale(total, linear.weight, linear.bias, multiclass or branch.shared)
        net.branch_centre[place] = 0.0
        net.branch_spread[place] = torch.where(spread > LEAST_SPREAD, spread, 1.0)


def _to_log_odds(
    card: ModelCard, net: Classifier, olds: Sequence[BranchReference], truth: Tensor, method: Method
) -> tuple[str, ...]:
    """Where the old logits were log-odds and a head is ridge now, so that its answers keep their meaning."""
    was = _head_of(card, 0).get("method", "ridge")
    trained = (card.provenance.get("branches") or [{}])[0].get("regime", "head") != "head"
    if method != "head" or len(net.branches) > 1 or (was == "ridge" and not trained):
        return ()
    logits = logits_of(net, [old.features for old in olds])
    known = logits.isfinite().all(dim=0)
    factor = in_log_odds(logits[:, known], truth[:, known], card.task == "multiclass")
    linear = net.branches[0].head.linear
    linear.weight.mul_(factor)
    linear.bias.mul_(factor)
    return (
        f"the head was {'fine-tuned' if trained else was}; it is ridge regression now, its answers times {factor:.3g}",
    )
