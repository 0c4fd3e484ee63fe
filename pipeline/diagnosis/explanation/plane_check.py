"""Plane check: whether relevance lies in the plane that shows the label's own fault."""

import torch
from torch import Tensor

from pipeline.diagnosis.explanation.explanation import LineCheck
from pipeline.diagnosis.explanation.view import Relevance
from pipeline.preprocessing.base import Axis, ImageAxes


def plane_check(label: str, image: Tensor, found: Relevance, axes: ImageAxes) -> LineCheck:
    """Whether the most relevant cell belongs to the label's own plane.

    Where a method says the same of every plane, a cell belongs to the plane that is brightest there: what a person
    would take it to point at.

    Args:
        label: the name of a plane.
        image: (plane, row, column).
        found: relevance of the same shape.
        axes: with the names of planes.

    Example:
        >>> axes = ImageAxes(Axis("carrier", "Hz", (500.0,)), Axis("harmonic", "x fault", (1.0, 2.0)), ("ball", "cage"))
        >>> image = torch.tensor([[[3.0, 1.0]], [[1.0, 1.0]]])
        >>> checked = plane_check("ball", image, Relevance(torch.tensor([[[4.0, 0.0]], [[0.5, 0.5]]])), axes)
        >>> checked.agrees, checked.share, checked.chance
        ('yes', 0.8, 0.5)
    """
    own = axes.planes.index(label)
    if found.tells_planes:
        mine = torch.zeros_like(found.values, dtype=torch.bool)
        mine[own] = True
        speaks = found.values.clamp(min=0)
    else:
        mine = (image.argmax(dim=0) == own)[None]
        speaks = found.values[:1].clamp(min=0)
    total = float(speaks.sum())
    if total <= 0:
        return LineCheck("no", "no cell speaks for the label", "plane", 0.0, float(mine.float().mean()))
    share, chance = float((speaks * mine).sum()) / total, float(mine.float().mean())
    peak = int(speaks.argmax())
    hit = bool(mine.flatten()[peak])
    plane, row, column = (int(place) for place in torch.unravel_index(torch.tensor(peak), speaks.shape))
    shown = plane if found.tells_planes else int(image[:, row, column].argmax())
    told = (
        f"the most relevant cell shows {_spoken(axes.planes[shown])}, {_cell(axes.columns, column)} in "
        f"{_cell(axes.rows, row)}; {100 * share:.0f} % of the relevance lies in {_spoken(label)} cells, "
        f"{100 * chance:.0f} % of all cells"
    )
    return LineCheck("yes" if hit else "no", told, "plane", round(share, 4), round(chance, 4))


def _spoken(plane: str) -> str:
    return plane.replace("_", " ")


def _cell(axis: Axis, place: int) -> str:
    return f"{axis.name} {axis.labels[place] if axis.labels else f'{axis.values[place]:g} {axis.unit}'.strip()}"
