"""Image ticks: where round values lie on the axes of an image, in rows and columns."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from matplotlib.ticker import MaxNLocator

if TYPE_CHECKING:
    from pipeline.preprocessing.base import Axis

Floats = npt.NDArray[np.float64]


def axis_label(axis: "Axis") -> str:
    """Name and unit of an axis; labels bring their own unit.

    Example:
        >>> from pipeline.preprocessing.base import Axis
        >>> axis_label(Axis("frequency", "Hz", (1.0, 2.0))), axis_label(Axis("harmonic", "", (1.0, 2.0)))
        ('frequency, Hz', 'harmonic')
    """
    return f"{axis.name}, {axis.unit}" if axis.unit and not axis.labels else axis.name


def image_ticks(axis: "Axis", count: int = 5, most_labels: int = 16) -> tuple[list[float], list[str]]:
    """About `count` round values of an axis, and the rows or columns where they lie; its labels where it has any.

    Args:
        axis: of an image; its values may grow or fall, evenly or by a factor.
        count: how many ticks are wanted.
        most_labels: how many labels there is room for; of more, every second, third, ... is written.

    Returns:
        Positions in rows or columns (0 is the centre of the first), and what to write there. Where the values are
        in no order, a few of them as they come.

    Example:
        >>> from pipeline.preprocessing.base import Axis
        >>> image_ticks(Axis("time", "s", (0.0, 0.25, 0.5, 0.75, 1.0)), count=2)
        ([0.0, 2.0, 4.0], ['0', '0.5', '1'])
    """
    if axis.labels:
        return _labelled(axis.labels, most_labels)
    values = np.asarray(axis.values, dtype=np.float64)
    steps = np.diff(values)
    if not (values.size > 1 and np.isfinite(values).all() and (np.all(steps > 0) or np.all(steps < 0))):
        return _as_they_come(values, count)
    growing = _grows_by_a_factor(values)
    chosen = _decades(values.min(), values.max(), count) if growing else _even(values.min(), values.max(), count)
    places = _places(np.log(values), np.log(chosen)) if growing else _places(values, chosen)
    return places.tolist(), [f"{value:.6g}" for value in chosen]


def _labelled(labels: Sequence[str], most: int) -> tuple[list[float], list[str]]:
    """One tick in the middle of each stretch of rows or columns that have one label."""
    starts = [place for place, label in enumerate(labels) if place == 0 or label != labels[place - 1]]
    middles = [(first + end - 1) / 2 for first, end in pairwise([*starts, len(labels)])]
    chosen = slice(None, None, -(-len(starts) // max(most, 1)))
    return middles[chosen], [labels[place] for place in starts][chosen]


def _as_they_come(values: Floats, count: int) -> tuple[list[float], list[str]]:
    chosen = range(0, values.size, max(1, -(-values.size // count)))
    return [float(index) for index in chosen], [f"{values[index]:.4g}" for index in chosen]


def _grows_by_a_factor(values: Floats) -> bool:
    if values.min() <= 0 or values.max() / values.min() < 5:
        return False
    steps, factors = np.diff(values), np.diff(np.log(values))
    return bool(np.std(factors) / abs(factors.mean()) < np.std(steps) / abs(steps.mean()))


def _even(low: float, high: float, count: int) -> Floats:
    found = MaxNLocator(nbins=count, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
    slack = 1e-9 * (high - low)
    return np.asarray([value for value in found if low - slack <= value <= high + slack])


def _decades(low: float, high: float, count: int) -> Floats:
    """1, 2, 5 of each decade if they are few enough, otherwise 1 only."""
    powers = 10.0 ** np.arange(np.floor(np.log10(low)), np.ceil(np.log10(high)) + 1)
    for leading in ((1.0, 2.0, 5.0), (1.0, 3.0), (1.0,)):
        found = np.outer(powers, leading).ravel()
        found = found[(found >= low * (1 - 1e-9)) & (found <= high * (1 + 1e-9))]
        if found.size <= count + 3:
            break
    return found


def _places(values: Floats, chosen: Floats) -> Floats:
    order = np.argsort(values)
    return np.interp(chosen, values[order], order.astype(np.float64))
