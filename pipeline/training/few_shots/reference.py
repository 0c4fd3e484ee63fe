"""Reference: what a bundle keeps of its training side besides weights: features of some windows, and sums of all.

Features are as a head's net sees them, standardised; `reference.safetensors` holds them under these names:
`targets` (window, label); and per branch `0.features` (window, feature), `0.answers` (group, answer), `0.rows` (group,)
and `0.factors` (row, 1 + feature), the last three for linear heads only; of a net with batch norms `0.norm_means` and
`0.norm_vars`, those of all channels of all norms in a row, and `0.norm_sizes` (norm,).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from pipeline.models.branch import Branch
from pipeline.models.classifier import Classifier
from pipeline.models.features import FeatureCache
from pipeline.preprocessing.base import Batch
from pipeline.training.few_shots.norms import Seen, what_norms_see
from pipeline.training.few_shots.sums import Sums
from pipeline.training.window_features import compute_features
from pipeline.training.window_set import WindowSet

MOST_FEATURES = 2048
"""Features of a branch; a head on more, such as the pixels of a picture, would make its sums larger than any net."""

MOST_NUMBERS = 1 << 20
"""Features of windows that are kept, 4 MiB a branch."""

NORM_WINDOWS = 128
"""Windows that tell what batch norms see; each has thousands of pixels."""

Kept = dict[Branch, Tensor]
"""Features of the training side that training has left over, (window, feature) of each branch."""


@dataclass(frozen=True)
class BranchReference:
    """The reference of one branch.

    Attributes:
        features: standardised, (window, feature); NaN where a question was never asked of a window.
        sums: of all windows of the training side; None for a head with hidden layers, and for truth in shares, which
            no sums describe.
    """

    features: Tensor
    sums: Sums | None


@dataclass(frozen=True)
class Reference:
    """What a bundle keeps of its training side.

    Attributes:
        targets: truth of the windows kept, (window, label).
        branches: one per branch; None where a branch has too many features.
        norms: what each batch norm of a branch's net saw of the training side; empty for nets without.
    """

    targets: Tensor
    branches: tuple[BranchReference | None, ...]
    norms: tuple[tuple[Seen, ...], ...]

    def tensors(self) -> dict[str, Tensor]:
        """By name, as a bundle holds them."""
        named = {"targets": self.targets}
        for place, branch in enumerate(self.branches):
            if branch is None:
                continue
            named[f"{place}.features"] = branch.features
            if branch.sums:
                named[f"{place}.answers"] = branch.sums.answers
                named[f"{place}.rows"] = torch.tensor([len(factor) for factor in branch.sums.factors])
                named[f"{place}.factors"] = torch.cat(branch.sums.factors)
        for place, norms in enumerate(self.norms):
            if norms:
                named[f"{place}.norm_sizes"] = torch.tensor([len(seen.mean) for seen in norms])
                named[f"{place}.norm_means"] = torch.cat([seen.mean for seen in norms])
                named[f"{place}.norm_vars"] = torch.cat([seen.var for seen in norms])
        return named

    @classmethod
    def of_tensors(cls, named: Mapping[str, Tensor], n_branches: int) -> "Reference":
        """As `tensors` wrote it.

        Example:
            >>> reference = Reference(torch.ones(2, 1), (BranchReference(torch.zeros(2, 3), None), None), ((), ()))
            >>> Reference.of_tensors(reference.tensors(), n_branches=2).branches[1] is None
            True
        """
        places = range(n_branches)
        return cls(
            named["targets"],
            tuple(_branch_of(named, place) for place in places),
            tuple(_norms_of(named, place) for place in places),
        )

    def with_windows(
        self, targets: Tensor, features: Sequence[Tensor | None], sums: Sequence[Sums | None]
    ) -> "Reference":
        """More windows, and the sums that count them already.

        Args:
            targets: (window, label), of as many labels as the old ones or more.
            features: per branch, standardised.
            sums: per branch, of old and new windows.
        """
        before = torch.nn.functional.pad(self.targets, (0, targets.shape[1] - self.targets.shape[1]))
        branches = tuple(
            old and replace(old, features=_joined(old.features, new), sums=total)
            for old, new, total in zip(self.branches, features, sums, strict=True)
        )
        return replace(self, targets=torch.cat([before, targets]), branches=branches)


def keeps_reference(named: Mapping[str, Tensor]) -> bool:
    """Whether a bundle's tensors hold a reference, among what else they may hold.

    Example:
        >>> keeps_reference({"calibration.scores": torch.zeros(1)})
        False
    """
    return "targets" in named


def _joined(old: Tensor, new: Tensor | None) -> Tensor:
    """Old and new windows; questions about a label that the old ones were never asked are NaN."""
    if new is None:
        return old
    return torch.cat([torch.nn.functional.pad(old, (0, new.shape[1] - old.shape[1]), value=float("nan")), new])


def _branch_of(named: Mapping[str, Tensor], place: int) -> BranchReference | None:
    if f"{place}.features" not in named:
        return None
    sums = None
    if f"{place}.factors" in named:
        factors = torch.split(named[f"{place}.factors"], named[f"{place}.rows"].tolist())
        sums = Sums(named[f"{place}.answers"], factors)
    return BranchReference(named[f"{place}.features"], sums)


def _norms_of(named: Mapping[str, Tensor], place: int) -> tuple[Seen, ...]:
    if f"{place}.norm_sizes" not in named:
        return ()
    sizes = named[f"{place}.norm_sizes"].tolist()
    means, variances = (torch.split(named[f"{place}.norm_{kind}"], sizes) for kind in ("means", "vars"))
    return tuple(Seen(*each) for each in zip(means, variances, strict=True))


def reference_of(
    classifier: Classifier, windows: WindowSet, kept: Kept | None = None, cache: FeatureCache | None = None
) -> Reference:
    """The reference of a trained net.

    Args:
        classifier: trained.
        windows: the training side.
        kept: features that training left over; those of other branches are computed.
        cache: features kept between runs.
    """
    kept = dict(kept or {})
    able = [branch for branch in classifier.branches if branch.head.n_asked <= MOST_FEATURES]
    missing = [branch for branch in able if branch not in kept]
    kept |= dict(zip(missing, compute_features(classifier, windows, cache, branches=missing), strict=True))
    targets = windows.window_targets
    widest = max((branch.head.n_features for branch in able), default=1)
    chosen = _spread_over(len(targets), MOST_NUMBERS // widest)
    branches = tuple(
        branch_reference(branch, kept[branch], targets, chosen) if branch in able else None
        for branch in classifier.branches
    )
    few = some_windows(windows, _spread_over(len(targets), NORM_WINDOWS))
    norms = tuple(tuple(what_norms_see(classifier, branch, few)) for branch in classifier.branches)
    return Reference(targets[chosen], branches, norms)


def some_windows(windows: WindowSet, chosen: Tensor) -> Batch:
    """Some windows in one batch, by their places among all."""
    starts = torch.tensor([0, *(len(batch.values) for batch in windows.batches)]).cumsum(dim=0)
    pairs = [
        (batch, chosen[(chosen >= start) & (chosen < start + len(batch.values))] - start)
        for batch, start in zip(windows.batches, starts, strict=False)
    ]
    return Batch(*(torch.cat(parts) for parts in zip(*(batch.rows(places) for batch, places in pairs), strict=True)))


@torch.no_grad()
def branch_reference(branch: Branch, features: Tensor, targets: Tensor, chosen: Tensor) -> BranchReference:
    """One branch's reference, of all windows and of those chosen among them."""
    asked = branch.head.standardised(features)
    plain = not len(branch.head.hidden) and bool(((targets == 0) | (targets == 1)).all())
    sums = Sums.of(asked, branch.head.answers(targets)) if plain else None
    return BranchReference(asked.reshape(len(features), -1)[chosen].clone(), sums)


def _spread_over(count: int, most: int) -> Tensor:
    """Places of so many windows at most, evenly from first to last."""
    return torch.linspace(0, count - 1, min(count, max(1, most))).round().long()
