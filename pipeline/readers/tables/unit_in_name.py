"""The unit in a column's name: in brackets at its end, or its last word where another says what is measured."""

import re

from pipeline.units import canonical, dimension_of

UNIT_BRACKETS = re.compile(r"[\[(]\s*([^\])]*?)\s*[\])]\s*$")

QUANTITIES = {
    "acc": "acceleration",
    "accel": "acceleration",
    "acceleration": "acceleration",
    "beschleunigung": "acceleration",
    "vel": "velocity",
    "velocity": "velocity",
}
"""Words that say what a channel measures -> the dimension that its unit must have."""

RUN_TOGETHER = {"ms2": "m/s2", "ms-2": "m/s2", "mps2": "m/s2", "mms": "mm/s", "mmps": "mm/s"}
"""Units whose slash a name could not hold; of the wrong dimension they are none, so `ms2` is never a time."""


def unit_of(name: str) -> str | None:
    """The unit in a column's name, None where it tells none.

    A last word such as `g` or `V` is a unit only behind one that says what is measured: `phase_A` is no current.

    Example:
        >>> unit_of("a1 (m/s2)"), unit_of("DE [g]"), unit_of("a1")
        ('m/s2', 'g', None)
        >>> unit_of("acc_g"), unit_of("DE accX ms2"), unit_of("phase_A"), unit_of("acc_x")
        ('g', 'm/s2', None, None)
    """
    found = UNIT_BRACKETS.search(name)
    if found:
        return found.group(1) or None
    *before, last = re.split(r"[_\s]+", name.strip())
    dimensions = {QUANTITIES.get(quantity_of(word)) for word in before} - {None}
    unit = canonical(last) or RUN_TOGETHER.get(last.lower())
    return unit if unit and dimensions == {dimension_of(unit)} else None


def quantity_of(word: str) -> str:
    """A word in small letters, without the axis and number behind it.

    Example:
        >>> quantity_of("AccX"), quantity_of("accel2"), quantity_of("acc")
        ('acc', 'accel', 'acc')
    """
    return re.sub(r"[xyz]?\d*$", "", word.lower())
