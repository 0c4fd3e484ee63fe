"""Own over others: what a fault-order picture says by itself, the score that whatever is trained must beat."""

from collections.abc import Sequence

import torch
from torch import Tensor


def own_over_others(cells: Tensor, planes: Sequence[str], labels: Sequence[str]) -> Tensor:
    """Fault-order cells to scores without any training: a plane's mean less the best other plane's.

    Args:
        cells: (window, plane, row, column).
        planes: the label of each plane.
        labels: order of the scores; each has a plane.

    Returns:
        (window, label).

    Example:
        >>> cells = torch.tensor([4.0, 1.0, 2.0]).reshape(1, 3, 1, 1)
        >>> own_over_others(cells, ["outer_race", "inner_race", "ball"], ["ball", "inner_race", "outer_race"])
        tensor([[-2., -3.,  2.]])
    """
    means = cells.mean(dim=(-2, -1))
    places = [list(planes).index(label) for label in labels]
    others = [means[:, [other for other in range(len(planes)) if other != place]].amax(dim=1) for place in places]
    return means[:, places] - torch.stack(others, dim=1)
