"""Drawn: the image that a model draws of a window, before it is made into a net's picture."""

from torch import Tensor

from pipeline.models.branch import Branch
from pipeline.models.classifier import Classifier
from pipeline.preprocessing.base import Batch
from pipeline.preprocessing.chain import Chain
from pipeline.preprocessing.scaling.resize import Resize
from pipeline.preprocessing.scaling.to_imagenet import ToImagenet

FINISHING = (Resize, ToImagenet)
"""Stages that fit an image to a net, and show a person nothing new."""


def drawn_by(classifier: Classifier, window: Batch, branch: Branch | None = None) -> tuple[Tensor, Chain]:
    """What the shared stages draw; where they hand on samples, what a branch draws.

    Args:
        classifier: the net.
        window: one window or more.
        branch: which; the first if absent.

    Returns:
        The image, shape (batch, plane, row, column), samples being one row each where nothing draws; and the stages
        that say what its rows, columns and values are.
    """
    shared = classifier.shared(window)
    if shared.values.dim() == 4:
        return shared.values, classifier.shared
    own = (branch or classifier.branches[0]).chain.until(FINISHING)
    image: Tensor = own(shared).values
    return (image if image.dim() == 4 else image[:, :, None]), own
