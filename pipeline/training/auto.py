"""Auto: the regime that an amount of labelled data can carry.

Little: a head on frozen features, which has few numbers to get wrong. Moderate: the last blocks, which the data may
turn to its own. Much: the whole net. What counts is the scarcest class, in labelled signals, and in how many physical
parts they come from: a net that is free to change learns a part by heart, and a hundred recordings of one bearing are
one bearing.

Source: Yosinski et al. (2014), How transferable are features in deep neural networks?; Kornblith, Shlens and Le (2019),
Do better ImageNet models transfer better?
"""

from collections.abc import Sequence
from typing import NamedTuple

from torch import Tensor

from pipeline.catalog.splitting.groups import part_of
from pipeline.training.regime import FitConfig, Regime, TrainedBranchConfig
from pipeline.training.window_set import WindowSet


class Amount(NamedTuple):
    """How much there is of a class.

    Attributes:
        signals: labelled signals.
        specimens: physical parts they come from.
    """

    signals: int
    specimens: int

    def holds(self, needed: "Amount") -> bool:
        """Whether there is as much as is needed, of both.

        Example:
            >>> Amount(100, 3).holds(Amount(50, 4))
            False
        """
        return self.signals >= needed.signals and self.specimens >= needed.specimens


MODERATE = Amount(signals=128, specimens=64)
"""From here on the last blocks are trained, below it a head.

Where the curves of benchmarks/auto_regime.py meet (SqueezeNet 1.1, pictures of 96 x 96, two draws, AUROC on recordings
of parts never seen). Two simulated fleets (one with 5/4 as many machines), wavelet images: from 8 signals of 4 parts a
class to 32 of 16 the last blocks are behind the head by 0 to 1.9 points; at 64 they are behind by 0.6 and ahead by 0.5,
at 128 level and ahead by 0.9, and the whole net with them. H1 on fault_order pictures, up to 16 signals of 4 parts:
behind by 0.7 to 2.2 points from 4 signals on, ahead by 1.8 at 2. Against it: on H1's wavelet images the last blocks
lead by 2 to 3 points from 2 signals on, where nothing reaches 70; and on fleets of 4 signals a net from scratch leads
all others (by 4.7 and 9.6), which one draw of machines to another moves by as much.
"""
MUCH = Amount(signals=512, specimens=256)
"""From here on the whole net is trained. Beyond what was measured: four times the amount at which the curves meet."""


AT_RANDOM = (
    "; that is for pretrained weights, and random ones were asked for: below full they stay as they are drawn, "
    "regime: scratch trains them"
)
"""What is added where a net starts from random weights."""


def scarcest(windows: WindowSet, labels: Sequence[str]) -> tuple[str, Amount]:
    """The class of a training side that has least, in parts first.

    Where labels do not exclude one another, signals that have none of them are a class too.

    Args:
        windows: the training side.
        labels: names of its targets' columns.

    Example:
        >>> import torch
        >>> from pipeline.catalog.row import Row
        >>> rows = tuple(Row(name, f"{name}.wav", specimen=name[0]) for name in ("a1", "a2", "b1"))
        >>> scarcest(WindowSet(rows, (), torch.tensor([[1.0, 0], [1, 0], [0, 1]])), ["ball", "cage"])
        ('cage', Amount(signals=1, specimens=1))
    """
    none = (windows.targets < 0.5).all(dim=1)
    named = dict(zip(labels, (windows.targets > 0.5).T, strict=True)) | {"none of them": none}
    found = {label: amount_of(windows, there) for label, there in named.items() if there.any()}
    label = min(found, key=lambda one: (found[one].specimens, found[one].signals))
    return label, found[label]


def amount_of(windows: WindowSet, chosen: Tensor) -> Amount:
    """How much some signals of a set are.

    Args:
        windows: the set.
        chosen: (signal,), true for those meant.
    """
    rows = [windows.rows[place] for place in chosen.nonzero().flatten().tolist()]
    return Amount(len(rows), len({part_of(row) for row in rows}))


def regime_for(amount: Amount, *, pretrained: bool = True) -> Regime:
    """The regime that an amount of the scarcest class can carry.

    Args:
        amount: of the scarcest class.
        pretrained: whether the net starts from weights worth keeping; random ones are trained whole or not at all.

    Example:
        >>> regime_for(Amount(4, 4)), regime_for(MUCH), regime_for(MUCH, pretrained=False)
        ('head', 'full', 'scratch')
    """
    if amount.holds(MUCH):
        return "full" if pretrained else "scratch"
    return "last_blocks" if pretrained and amount.holds(MODERATE) else "head"


class Settled(NamedTuple):
    """What is trained, with no `auto` in it any more.

    Attributes:
        branches: with the regimes that were chosen.
        fit: without what only fine-tuning does, where `auto` found that none is worth it.
        reasons: per branch, why it has its regime; None where the config named it.
    """

    branches: tuple[TrainedBranchConfig, ...]
    fit: FitConfig
    reasons: tuple[str | None, ...]


def settled(
    branches: Sequence[TrainedBranchConfig], fit: FitConfig, windows: WindowSet, labels: Sequence[str]
) -> Settled:
    """Every branch with a regime, chosen by what its training side holds where the config says `auto`.

    Args:
        branches, fit: what the config asks for.
        windows: the training side.
        labels: of the classes.
    """
    chosen = [_settled(branch, windows, labels) if branch.regime == "auto" else (branch, None) for branch in branches]
    done, reasons = zip(*chosen, strict=True)
    if any(reasons) and all(branch.regime == "head" for branch in done):
        fit = fit.model_copy(update={"mixup": 0.0})
    return Settled(done, fit, reasons)


def _settled(branch: TrainedBranchConfig, windows: WindowSet, labels: Sequence[str]) -> tuple[TrainedBranchConfig, str]:
    if branch.backbone is None:
        return branch.model_copy(update={"regime": "head"}), "auto chose head: there is no backbone to train"
    label, amount = scarcest(windows, labels)
    regime = regime_for(amount, pretrained=branch.weights != "random")
    return branch.model_copy(update={"regime": regime}), (
        f"auto chose {regime}: the scarcest class, {label}, has {_told(amount)}; last_blocks begins at "
        f"{_told(MODERATE)}, full at {_told(MUCH)}" + ("" if branch.weights != "random" else AT_RANDOM)
    )


def _told(amount: Amount) -> str:
    """An amount in words.

    Example:
        >>> _told(Amount(12, 1))
        '12 signals of 1 part'
    """
    named = ((amount.signals, "signal"), (amount.specimens, "part"))
    return " of ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in named)
