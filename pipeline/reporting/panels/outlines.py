"""Outlines: cells of an image marked by their edges, readable on dark and on bright ground."""

from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

Mask = npt.NDArray[np.bool_]
Segments = npt.NDArray[np.float64]


def edges(mask: Mask) -> Segments:
    """Where cells that are marked border on cells that are not, or on the image's edge.

    Args:
        mask: (row, column).

    Returns:
        Lines from (column, row) to (column, row), shape (line, 2, 2); cell 0 reaches from -0.5 to 0.5.

    Example:
        >>> edges(np.array([[True]])).tolist()[0]
        [[-0.5, -0.5], [0.5, -0.5]]
        >>> len(edges(np.array([[True, True]])))
        6
    """
    room = np.pad(mask, 1)
    rows, columns = np.nonzero(room[1:, 1:-1] != room[:-1, 1:-1])
    level = [[[column - 0.5, row - 0.5], [column + 0.5, row - 0.5]] for row, column in zip(rows, columns, strict=True)]
    rows, columns = np.nonzero(room[1:-1, 1:] != room[1:-1, :-1])
    upright = [
        [[column - 0.5, row - 0.5], [column - 0.5, row + 0.5]] for row, column in zip(rows, columns, strict=True)
    ]
    return np.array([*level, *upright], dtype=np.float64).reshape(-1, 2, 2)


def outline(axes: Axes, mask: Mask) -> None:
    """A black line on a wider white one around the cells that are marked."""
    lines = edges(mask)
    look: dict[str, Any] = {"capstyle": "projecting", "clip_on": False}
    axes.add_collection(LineCollection(list(lines), colors="white", linewidths=2.4, zorder=3, **look), autolim=False)
    axes.add_collection(LineCollection(list(lines), colors="black", linewidths=1.0, zorder=4, **look), autolim=False)
