"""Rivals: every plane beside the others, so that one head can ask each of them the same question.

"Is the fault of this plane there?" needs the plane itself, and what else shows in the same window: a line that stands
out in all planes belongs to none of them.
"""

import torch
from torch import Tensor

from pipeline.errors import StageError
from pipeline.preprocessing.base import Batch, ImageAxes, Setting, Stage, StageConfig

VIEWS = ("", ", best other", ", mean of others")
"""What is said of a plane in each of its three views: its name, followed by this."""


class RivalsConfig(StageConfig):
    """Nothing to set."""


def rivals(image: Tensor) -> Tensor:
    """Three views of every plane: itself, the highest and the mean of the other planes, pixel by pixel.

    Args:
        image: any unit, shape (batch, plane, row, column), two planes or more.

    Returns:
        Shape (batch, 3 x plane, row, column): the three views of the first plane, then those of the next.

    Example:
        >>> rivals(torch.tensor([1.0, 5.0, 2.0]).reshape(1, 3, 1, 1)).flatten()
        tensor([1.0000, 5.0000, 3.5000, 5.0000, 2.0000, 1.5000, 2.0000, 5.0000, 3.0000])
    """
    views = []
    for plane in range(image.shape[1]):
        others = torch.cat([image[:, :plane], image[:, plane + 1 :]], dim=1)
        views += [image[:, plane], others.amax(dim=1), others.mean(dim=1)]
    return torch.stack(views, dim=1)


def questions(axes: ImageAxes | None) -> tuple[str, ...]:
    """The planes whose views an image holds, in order; none for an image that `rivals` did not make.

    Example:
        >>> from pipeline.preprocessing.base import Axis
        >>> one = Axis("", "", (0.0,))
        >>> questions(ImageAxes(one, one, ("ball", "ball, best other", "ball, mean of others"))), questions(None)
        (('ball',), ())
    """
    names = axes.planes if axes else ()
    own = names[:: len(VIEWS)]
    return own if names == tuple(name + view for name in own for view in VIEWS) else ()


class Rivals(Stage[RivalsConfig]):
    """`rivals` of every image of a batch."""

    Config = RivalsConfig
    takes = "image"

    def __init__(self, config: RivalsConfig, setting: Setting) -> None:
        super().__init__(config, setting)
        if setting.axes is not None and len(setting.axes.planes) == 1:
            raise StageError("rivals: needs two planes or more, the image has one; put fault_order before it")

    def axes(self) -> ImageAxes | None:
        """The axes that came in, every plane with its views."""
        before = self.setting.axes
        return before and before._replace(planes=tuple(name + view for name in before.planes for view in VIEWS))

    def unit(self, before: str) -> str:
        """As before."""
        return before

    def values(self, batch: Batch) -> Tensor:
        """(batch, 3 x plane, row, column)."""
        return rivals(batch.values)
