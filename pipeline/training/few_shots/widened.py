"""Widened: the same net with room for more labels."""

from collections.abc import Sequence

from torch import Tensor

from pipeline.errors import RequestError
from pipeline.models.branch import Branch
from pipeline.models.bundle import Model
from pipeline.models.classifier import Classifier
from pipeline.preprocessing.scaling.rivals import questions


def widened(model: Model, labels: Sequence[str]) -> Classifier:
    """A copy of a model's net that answers for more labels; what it says of the old ones stays the same.

    Args:
        model: as loaded.
        labels: the model's own, in its order, and new ones after them.

    Returns:
        The net in eval; rows of new labels mean nothing yet.

    Raises:
        RequestError: for a new label without a plane, in a branch with `planes: shared`, or for any new class there
            where classes exclude one another.
    """
    card = model.card
    shared = any(branch.shared for branch in model.classifier.branches)
    if shared and card.task == "multiclass" and len(labels) > len(card.labels):
        raise RequestError(
            f"{card.name} asks plane by plane (planes: shared) which of {', '.join(card.labels)} it is, and old "
            "recordings were never asked about another; train it anew with the new class, or as task: multilabel"
        )
    for branch in model.classifier.branches:
        _refuse_without_plane(card.name, branch, labels)
    net = Classifier(card.stages, card.branches, card.setting, labels, card.intake.n_channels)
    fresh = net.state_dict()
    known = model.classifier.state_dict()
    net.load_state_dict({name: _within(fresh[name], known[name]) for name in fresh if name in known}, strict=False)
    return net.eval()


def _refuse_without_plane(name: str, branch: Branch, labels: Sequence[str]) -> None:
    planes = questions(branch.chain.axes()) if branch.shared else tuple(labels)
    without = [label for label in labels if label not in planes]
    if without:
        raise RequestError(
            f"{name} has a plane of its image for each of {', '.join(planes)} (planes: shared), and none for "
            f"{', '.join(without)}; teach it to a model that was trained with planes: together"
        )


def _within(fresh: Tensor, known: Tensor) -> Tensor:
    """The known numbers in the corner of what may be larger.

    Example:
        >>> import torch
        >>> _within(torch.zeros(3), torch.ones(2))
        tensor([1., 1., 0.])
    """
    filled = fresh.clone()
    filled[tuple(slice(size) for size in known.shape)] = known
    return filled
