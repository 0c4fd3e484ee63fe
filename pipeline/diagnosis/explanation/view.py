"""View: one window as a branch draws and reads it, from its image to the logit of one label."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor

from pipeline.diagnosis.drawn import drawn_by
from pipeline.models.branch import Branch
from pipeline.models.classifier import Classifier
from pipeline.preprocessing.base import Batch, ImageAxes, Stage

HARMONIC = "harmonic"
"""What columns of a fault-order image are called."""


class Relevance(NamedTuple):
    """What a method found.

    Attributes:
        values: of every cell, (plane, row, column), above 0 where a cell speaks for the label.
        tells_planes: whether planes differ; a method that looks at a feature map says the same of all.
        grid: rows and columns that the method itself tells apart, None for the image's own.
        off_by: how far the sum is from what the method promises it to be, as a share of the relevance that was moved;
            None where it promises nothing.
    """

    values: Tensor
    tells_planes: bool = True
    grid: tuple[int, int] | None = None
    off_by: float | None = None


@dataclass(frozen=True)
class View:
    """One window as one branch reads it.

    Attributes:
        branch: which reads it.
        number: of that branch, from 1.
        place: of the label among the logits.
        image: what the model draws, (1, plane, row, column); samples are one row where nothing draws.
        axes: what its rows, columns and planes stand for, where the stages say.
        unit: of its values; empty where nobody can say.
        finishing: the stages between the image and what the branch reads.
        scale: what the branch's logit is divided by before it is summed with those of others.

    Example:
        >>> from pipeline.models.branch import BranchConfig
        >>> from pipeline.preprocessing.base import Setting
        >>> fold = {"fold": {"rows": 2, "columns": 3}}
        >>> net = Classifier([fold], [BranchConfig(stages=[])], Setting(None, 6), labels=["a", "b"]).eval()
        >>> view = view_of(net, Batch.of(torch.ones(1, 1, 6)), place=1)
        >>> view.image.shape, view.logit(view.image).shape
        (torch.Size([1, 1, 2, 3]), torch.Size([1]))
    """

    branch: Branch
    number: int
    place: int
    image: Tensor
    axes: ImageAxes | None
    unit: str
    finishing: Sequence[Stage[Any]]
    scale: float = 1.0

    def nothing(self) -> Tensor:
        """An image of the same shape in which nothing is to be seen: the median of each plane throughout.

        In an image of fault lines, a strong fault fills its own plane: there it is the median of all planes. Cells
        that hold 0, since nothing can be read there, stay so.
        """
        if self.axes is None or self.axes.columns.name != HARMONIC:
            return self.image.flatten(2).nanmedian(dim=2).values[..., None, None].expand_as(self.image).contiguous()
        read = self.image != 0
        typical = torch.where(read, self.image, torch.nan).nanmedian().nan_to_num()
        return torch.where(read, typical, 0.0)

    def picture(self, images: Tensor) -> Tensor:
        """What the branch reads of images like this one, (batch, plane, row, column)."""
        of_samples = bool(self.finishing) and self.finishing[0].takes == "samples"
        batch = Batch.of(images[:, :, 0] if of_samples else images)
        for stage in self.finishing:
            batch = stage(batch)
        return batch.values

    def logit(self, images: Tensor) -> Tensor:
        """The label's logit of each of some images, (batch,), as it enters the sum of branches."""
        logits: Tensor = self.branch.head(self.branch.features_of(self.picture(images)))
        return logits[:, self.place] / self.scale


Method = Callable[[View, Tensor], Relevance]
"""A view, and an image of the same shape in which nothing is to be seen."""


def explained_place(classifier: Classifier) -> int:
    """Which branch is explained: the first with a backbone, else the first.

    Example:
        >>> from pipeline.models.branch import BranchConfig
        >>> from pipeline.preprocessing.base import Setting
        >>> branches = [BranchConfig(stages=[]), BranchConfig(stages=["resize", "to_imagenet"], backbone="small")]
        >>> fold = {"fold": {"rows": 8, "columns": 8}}
        >>> explained_place(Classifier([fold], branches, Setting(None, 64), labels=["a"]))
        1
    """
    with_backbone = (place for place, branch in enumerate(classifier.branches) if branch.backbone is not None)
    return next(with_backbone, 0)


def view_of(classifier: Classifier, window: Batch, place: int) -> View:
    """One window as the explained branch reads it.

    Args:
        classifier: the net, in eval.
        window: one window.
        place: of the label to explain.
    """
    number = explained_place(classifier)
    branch = classifier.branches[number]
    with torch.no_grad():
        image, stages = drawn_by(classifier, window, branch)
    drew = len(stages.stages) if stages is not classifier.shared else 0
    several = len(classifier.branches) > 1
    scale = float(classifier.branch_spread[number, place]) if several else 1.0
    unit = stages.unit("as recorded")
    finishing = tuple(branch.chain.stages)[drew:]
    return View(branch, number + 1, place, image, stages.axes(), unit, finishing, scale)
