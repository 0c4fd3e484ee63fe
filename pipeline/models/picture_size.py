"""Picture size: whether what the stages make of a window is large enough for the net that reads it."""

import torch
from torch import Tensor

from pipeline.errors import ConfigError
from pipeline.models.backbone import Backbone
from pipeline.models.classifier import Classifier

SURELY_ENOUGH = 3
"""Any net reads pictures of a third of its usual size: a backbone is tried with one when it is built."""


@torch.no_grad()
def refuse_small_pictures(net: Classifier) -> None:
    """Nothing, where every backbone of a net can read what the stages before it make.

    Args:
        net: of any weights; left in the mode it was in.

    Raises:
        ConfigError: with the size that came, and the stage to add.
    """
    training = net.training
    net.eval()
    try:
        for branch in net.branches:
            if branch.backbone is not None:
                _refuse_small(branch.backbone, branch.image(net.shared(net.silence())))
    finally:
        net.train(training)


def _refuse_small(backbone: Backbone, image: Tensor) -> None:
    rows, columns = image.shape[-2:]
    usual = backbone.input_size
    if image.ndim < 4 or min(rows, columns) >= usual // SURELY_ENOUGH:
        return
    try:
        backbone(image.new_zeros(1, backbone.n_planes, rows, columns))
    except RuntimeError:  # what torch says of a feature map that has shrunk to nothing
        raise ConfigError(
            f"branches: {backbone.name} needs larger pictures than {rows} x {columns}, of which nothing is left after "
            "some of its blocks; put resize before to_imagenet in the branch's stages, "
            f"alone for {usual} x {usual}, or with more rows and columns than now"
        ) from None
