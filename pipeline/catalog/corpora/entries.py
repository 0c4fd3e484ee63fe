"""Entries: how a manifest writes many recordings in few lines.

Lists in an entry are read side by side: `{number: [105, 106], load_hp: [0, 1]}` is two recordings. `{range: [1, 9]}`
is the list of the whole numbers from 1 to 9, `{spread: [0, 1]}` numbers evenly spread from 0 to 1, as many as the
entry's other lists have. Text in braces is filled with the values of a recording.
"""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from pipeline.errors import CatalogError

Values = dict[str, Any]

DIGITS = 6
"""Spread numbers are rounded to so many decimals: enough to tell ten thousand recordings apart."""


def recordings_in(entries: tuple[Values, ...], across: Values) -> Iterator[Values]:
    """Every recording of a manifest: each of its entries, with every combination of the lists in `across`.

    Args:
        entries: as the manifest writes them.
        across: name -> list or range; each recording was made once per combination.

    Example:
        >>> [values["name"] for values in recordings_in(({"name": "K001"},), {"run": {"range": [1, 3]}})]
        ['K001', 'K001', 'K001']
    """
    names = list(across)
    combinations = [dict(zip(names, chosen, strict=True)) for chosen in product(*map(listed, across.values()))]
    for entry in entries:
        for recording in side_by_side(entry):
            for combination in combinations:
                yield recording | combination


def side_by_side(entry: Values) -> Iterator[Values]:
    """The recordings of an entry: its lists in step, its other values in each.

    Raises:
        CatalogError: for lists of unlike length, or a spread beside no list.

    Example:
        >>> list(side_by_side({"fault": "IR", "number": [105, 106], "load_hp": [0, 1]}))
        [{'fault': 'IR', 'number': 105, 'load_hp': 0}, {'fault': 'IR', 'number': 106, 'load_hp': 1}]
        >>> [values["life"] for values in side_by_side({"n": {"range": [1, 5]}, "life": {"spread": [0, 1]}})]
        [0.0, 0.25, 0.5, 0.75, 1.0]
    """
    lists = {name: listed(value) for name, value in entry.items() if isinstance(value, list) or is_call(value, "range")}
    lengths = {len(value) for value in lists.values()}
    if len(lengths) > 1:
        told = ", ".join(f"{name} ({len(value)})" for name, value in lists.items())
        raise CatalogError(f"manifest: lists of one entry must be equally long, got {told}")
    count = lengths.pop() if lengths else 1
    lists |= {name: spread(value, count) for name, value in entry.items() if is_call(value, "spread")}
    for index in range(count):
        yield entry | {name: value[index] for name, value in lists.items()}


def is_call(value: Any, word: str) -> bool:
    """Whether a value is `{word: [first, last]}`."""
    return isinstance(value, Mapping) and set(value) == {word}


def listed(value: Any) -> list[Any]:
    """A list, or the whole numbers of a range, both ends in it.

    Raises:
        CatalogError: for anything else, or a range that is none.

    Example:
        >>> listed({"range": [8, 11]})
        [8, 9, 10, 11]
    """
    if isinstance(value, list):
        return value
    first, last = ends(value, "range")
    if not (isinstance(first, int) and isinstance(last, int) and first <= last):
        raise CatalogError(f"manifest: a range goes from a whole number up to another, got {value}")
    return list(range(first, last + 1))


def spread(value: Any, count: int) -> list[float]:
    """Numbers evenly spread over both ends.

    Raises:
        CatalogError: for fewer than two of them.
    """
    first, last = ends(value, "spread")
    if count < 2:
        raise CatalogError(f"manifest: {value} needs a list of two or more values beside it, got {count}")
    return [round(first + (last - first) * index / (count - 1), DIGITS) for index in range(count)]


def ends(value: Any, word: str) -> tuple[Any, Any]:
    """The two numbers of a `{word: [first, last]}`."""
    if is_call(value, word) and isinstance(value[word], list) and len(value[word]) == 2:
        return value[word][0], value[word][1]
    raise CatalogError(f"manifest: needs a list or {{{word}: [first, last]}}, got {value}")


def filled(template: Any, values: Values) -> Any:
    """A value with its braces filled in, lists too.

    Raises:
        CatalogError: for a name that the signal has no value for.

    Example:
        >>> filled("CWRU-{end}-{fault}{size_mil:03d}", {"end": "DE", "fault": "IR", "size_mil": 7})
        'CWRU-DE-IR007'
    """
    if isinstance(template, list):
        return [filled(item, values) for item in template]
    if not isinstance(template, str) or "{" not in template:
        return template
    try:
        return template.format(**values)
    except (KeyError, ValueError, IndexError) as error:
        raise CatalogError(f"manifest: '{template}' cannot be filled from {values}: {error}") from None
