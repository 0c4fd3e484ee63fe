"""Frozen prefix: the blocks of a backbone that do not learn, as steps of their own, and what comes after them.

What they make of a window is the same in every epoch, as long as nothing before them changes the window.
"""

import torch
from torch import Tensor, nn

from pipeline.models.branch import Branch, pooled, views_of
from pipeline.preprocessing.base import Batch


def each(block: nn.Module, values: Tensor) -> Tensor:
    """A block run on every picture or feature map, whatever lies before (plane, row, column).

    Example:
        >>> each(nn.MaxPool2d(2), torch.zeros(4, 3, 1, 8, 8)).shape
        torch.Size([4, 3, 1, 4, 4])
    """
    maps = values.flatten(0, -4).contiguous(memory_format=torch.channels_last)
    found: Tensor = block(maps)
    return found.reshape(*values.shape[:-3], *found.shape[1:])


class Shown(nn.Module):
    """Image to what the backbone is shown: itself, or with shared planes the views of every label's plane.

    (batch, plane, row, column), or (batch, label, plane, row, column).
    """

    place_of_label: Tensor

    def __init__(self, branch: Branch) -> None:
        super().__init__()
        self.shared = branch.shared
        self.register_buffer("place_of_label", branch.place_of_label, persistent=False)

    def forward(self, batch: Batch) -> Batch:
        """Values changed, facts as they are."""
        return batch._replace(values=views_of(batch.values, self.place_of_label)) if self.shared else batch


class FrozenBlock(nn.Module):
    """A block that does not learn, as a step on batches."""

    def __init__(self, block: nn.Module) -> None:
        super().__init__()
        self.block = block

    def forward(self, batch: Batch) -> Batch:
        """Values changed, facts as they are."""
        return batch._replace(values=each(self.block, batch.values))


def frozen_prefix(branch: Branch) -> list[nn.Module]:
    """The steps from an image to what the last frozen block makes of it; none where the first block learns."""
    if branch.backbone is None or branch.backbone.n_frozen == 0:
        return []
    blocks = branch.backbone.blocks[: branch.backbone.n_frozen]
    return [Shown(branch), *(FrozenBlock(block) for block in blocks)]


class Reading(nn.Module):
    """The rest of a branch: from an image, or from what its frozen prefix made of it, to logits.

    Args:
        branch: the branch.
        n_run: how many blocks were run already; 0 where images come in.
    """

    def __init__(self, branch: Branch, n_run: int) -> None:
        super().__init__()
        self.branch, self.n_run = branch, n_run

    def forward(self, values: Tensor) -> Tensor:
        """Logits, (batch, label)."""
        features = self._features(values) if self.n_run else self.branch.features_of(values)
        logits: Tensor = self.branch.head(features)
        return logits

    def _features(self, values: Tensor) -> Tensor:
        assert self.branch.backbone is not None
        for block in self.branch.backbone.blocks[self.n_run :]:
            values = each(block, values)
        found = pooled(values.flatten(0, -4), self.branch.config.pool)
        return self.branch.placed(found, len(values)) if self.branch.shared else found
