"""Classifier: shared stages, then one or more branches whose logits are summed."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from pipeline.errors import ConfigError
from pipeline.models.branch import Branch, BranchConfig
from pipeline.preprocessing.augment.augmentation import turns_needed
from pipeline.preprocessing.base import Batch, OrdersOf, Setting
from pipeline.preprocessing.chain import Chain, StageSpec, lowest, one_band, one_kind_of_orders


class Looked(NamedTuple):
    """What a net makes of windows.

    Attributes:
        logits: (window, label).
        features: of the branch that looks (`Classifier.looking`), as its head sees them, (window, feature); None from
            an exported form that hands on no features.
    """

    logits: Tensor
    features: Tensor | None


class Classifier(nn.Module):
    """Windows in, one logit per label out; the whole model, raw samples included.

    With several branches each one's logits become (z - m) / s before the sum; s comes from the training side, m is 0
    since a branch's own 0 lies between yes and no, and both are kept here.

    Args:
        stages: shared stages, samples to image.
        branches: what each branch is made of.
        setting: rate and window length.
        labels: of the logits wanted, by name.
        n_channels: channels a window brings.

    Example:
        >>> fold = {"fold": {"rows": 2, "columns": 3}}
        >>> net = Classifier([fold], [BranchConfig(stages=[])], Setting(None, 6), labels=["a", "b"])
        >>> net(Batch.of(torch.ones(4, 1, 6))).shape
        torch.Size([4, 2])
    """

    branch_centre: Tensor
    branch_spread: Tensor

    def __init__(
        self,
        stages: Sequence[StageSpec],
        branches: Sequence[BranchConfig],
        setting: Setting,
        labels: Sequence[str],
        n_channels: int = 1,
    ) -> None:
        super().__init__()
        self.setting = setting
        self.n_channels = n_channels
        self.shared = Chain(stages, setting)
        shape = None
        if any(config.backbone is None or config.first_convolution for config in branches):
            shape = tuple(self.shared(self.silence()).values.shape[1:])
        self.branches: Sequence[Branch] = nn.ModuleList(  # type: ignore[assignment]
            Branch(config, self.shared.after, labels, shape) for config in branches
        )
        for branch in self.branches:
            _refuse_two_pictures([*self.shared.specs, *branch.chain.specs])
        self.register_buffer("branch_centre", torch.zeros(len(branches), len(labels)))
        self.register_buffer("branch_spread", torch.ones(len(branches), len(labels)))

    def silence(self) -> Batch:
        """One window in which nothing is to be heard, for what depends on its size alone."""
        samples = torch.zeros(1, self.n_channels, self.setting.n_samples)
        return Batch(samples, torch.full((1,), self.setting.rate_hz or 1.0), torch.ones(1), torch.ones(1, 4))

    @property
    def needs(self) -> frozenset[str]:
        """Facts every window must bring, of rate_hz, speed_hz, orders."""
        return self.shared.needs.union(*(branch.chain.needs for branch in self.branches))

    @property
    def orders_of(self) -> OrdersOf | None:
        """Whose orders a window brings: a bearing's or a gear's; None where the model needs none."""
        return one_kind_of_orders([self.shared.orders_of, *(branch.chain.orders_of for branch in self.branches)])

    @property
    def fewest_turns(self) -> float:
        """Shaft turns that a window must hold."""
        return turns_needed(self.shared.stages, behind=max(branch.chain.fewest_turns for branch in self.branches))

    @property
    def most_wheels(self) -> int:
        """Wheels of a gear stage that can be told apart."""
        return min(self.shared.most_wheels, *(branch.chain.most_wheels for branch in self.branches))

    @property
    def highest_line_hz(self) -> float | None:
        """How far fault lines are read, None for no limit."""
        return lowest([self.shared.highest_line_hz, *(branch.chain.highest_line_hz for branch in self.branches)])

    def band_hz(self) -> tuple[float, float] | None:
        """The band the model reads; a signal that lacks it is refused."""
        shared = self.shared.band_hz()
        return shared or one_band(branch.chain.band_hz() for branch in self.branches)

    @property
    def looking(self) -> Branch:
        """The branch whose features say what a window looks like: the first with a backbone, else the first."""
        return next((branch for branch in self.branches if branch.backbone is not None), self.branches[0])

    def summed(self, branch_logits: Sequence[Tensor]) -> Tensor:
        """Logits of all branches, each (batch, label), as one."""
        if len(branch_logits) == 1:
            return branch_logits[0]
        stacked = torch.stack(list(branch_logits))
        return ((stacked - self.branch_centre[:, None]) / self.branch_spread[:, None]).sum(dim=0)

    def looked(self, batch: Batch) -> Looked:
        """Logits, and the features that the looking branch's head sees."""
        image = self.shared(batch)
        return self.looked_of([branch.features(image) for branch in self.branches])

    def looked_of(self, features: Sequence[Tensor]) -> Looked:
        """The same, of features that are made already, those of each branch (batch, feature)."""
        pairs = list(zip(self.branches, features, strict=True))
        looking, seen = next(pair for pair in pairs if pair[0] is self.looking)
        logits = self.summed([branch.head(part) for branch, part in pairs])
        return Looked(logits, looking.head.standardised(seen).reshape(-1, looking.head.n_features))

    def forward(self, batch: Batch) -> Tensor:
        """Logits, (batch, label)."""
        image = self.shared(batch)
        return self.summed([branch(image) for branch in self.branches])


def _refuse_two_pictures(specs: Sequence[StageSpec]) -> None:
    """Nothing, where what a branch reads is made a picture once at most; twice, it would be normalised twice."""
    if sum("to_imagenet" in spec for spec in specs) > 1:
        raise ConfigError(
            "stages: to_imagenet comes once, at the end; here it comes again in a branch "
            "(one without stages of its own has resize and to_imagenet): leave it out of the shared stages"
        )
