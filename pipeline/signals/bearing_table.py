"""The bearing table: common bearings by name, each number with its publisher, and how people name a bearing."""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from pipeline.errors import FactError, did_you_mean
from pipeline.signals.bearing import Bearing
from pipeline.signals.notation import (
    looks_inline,
    looks_like_file,
    mapping_from_file,
    mapping_from_text,
    part_from_mapping,
)

TABLE = Path(__file__).with_name("bearings.yaml")

GEOMETRY = "{n_elements: 9, element_mm: 7.94, pitch_mm: 39.04}"
"""How geometry is given in place of a name: how many balls, their diameter, and that of the circle of their centres."""

ORDERS = "{stated_orders: [3.585, 5.415, 4.714, 0.398]}"
"""The same as a maker's sheet has it: BPFO, BPFI, 2 BSF and FTF, each per turn of the shaft."""


@cache
def bearing_table() -> Mapping[str, Bearing]:
    """The bearings known by name.

    Example:
        >>> bearing_table()["6205-2RS JEM"].orders.outer_race
        3.5848
    """
    rows = mapping_from_file(TABLE, "bearing table")
    return {name: part_from_mapping(Bearing, {"name": name} | fields, name) for name, fields in rows.items()}


def bearing_of(what: str | int | Mapping[str, Any] | Bearing | None) -> Bearing | None:
    """The bearing someone means.

    Args:
        what: a name of the table or the beginning of one of its words ("6205"; a number is taken as a name), a YAML
            file or YAML text with the fields of `Bearing`, such a mapping, a bearing, or None for an unknown one.

    Raises:
        FactError: when the name is unknown or fits several bearings, or the geometry is wrong.

    Example:
        >>> bearing_of("6205").name
        '6205-2RS JEM'
        >>> round(bearing_of("{n_elements: 9, diameter_ratio: 0.2}").orders.outer_race, 3)
        3.6
    """
    if what is None or isinstance(what, Bearing):
        return what
    if isinstance(what, Mapping):
        return part_from_mapping(Bearing, what, "bearing")
    text = str(what).strip()
    if looks_inline(text):
        return part_from_mapping(Bearing, mapping_from_text(text, "bearing"), "bearing")
    named = _named(text)
    if named is None and looks_like_file(text):
        return _from_file(Path(text))
    return named or _unknown(text)


def _from_file(path: Path) -> Bearing:
    fields = {"name": path.stem} | dict(mapping_from_file(path, "bearing"))
    return part_from_mapping(Bearing, fields, f"bearing {path}")


def _named(text: str) -> Bearing | None:
    """The one bearing of the table that has this name, or a word of whose name begins so."""
    table = bearing_table()
    wanted = _words(text)
    exact = [name for name in table if _words(name) == wanted]
    found = exact or [name for name in table if wanted and _begins(_words(name), wanted)]
    if len(found) > 1:
        raise FactError(f"bearing '{text}' fits {', '.join(found)}; name one of them")
    return table[found[0]] if found else None


def _words(name: str) -> list[str]:
    return re.findall(r"[a-z0-9.]+", name.casefold())


def _begins(words: list[str], wanted: list[str]) -> bool:
    """Whether `wanted` runs through `words`, its last word possibly cut short."""
    places = range(len(words) - len(wanted) + 1)
    return any(
        words[at : at + len(wanted) - 1] == wanted[:-1] and words[at + len(wanted) - 1].startswith(wanted[-1])
        for at in places
    )


def _unknown(text: str) -> Bearing:
    names = list(bearing_table())
    hint = did_you_mean(text, names) or "."
    raise FactError(
        f"unknown bearing '{text}'{hint} Known: {', '.join(names)}; of any other give its geometry, \"{GEOMETRY}\", or "
        f'BPFO, BPFI, 2 BSF and FTF per turn, "{ORDERS}", or a YAML file with either'
    )
