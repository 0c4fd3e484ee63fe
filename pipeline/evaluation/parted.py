"""Parted: verdicts by what is known of each, such as load, speed or specimen."""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from pipeline.catalog.splitting.groups import natural
from pipeline.evaluation.judged import Judged

MOST_GROUPS = 12
"""A condition of more values is parted into spans where they are numbers, and left out where they are words."""

SPANS = 4
"""So many, of equally many signals, where no value is that of many."""


def by(judged: Sequence[Judged], key: Callable[[Judged], str | None]) -> dict[str, list[Judged]]:
    """Verdicts by what a key says of each, in the order of their first; those of which it says nothing are left out.

    Example:
        >>> some = [Judged("a", "pump 7", "a.wav", ()), Judged("b", "pump 7", "b.wav", ())]
        >>> {name: len(those) for name, those in by(some, lambda one: one.specimen).items()}
        {'pump 7': 2}
    """
    found: dict[str, list[Judged]] = {}
    for one in judged:
        name = key(one)
        if name is not None:
            found.setdefault(name, []).append(one)
    return found


def by_condition(judged: Sequence[Judged]) -> dict[str, dict[str, list[Judged]]]:
    """Verdicts by each condition that parts them.

    Returns:
        Condition -> value -> verdicts, values in the order in which people count. A condition of one value is left out,
        and one of many words; many numbers become spans; of several that part alike the first is taken.

    Example:
        >>> some = [Judged(str(k), "a", "a.wav", (), condition={"load": str(k % 2), "rig": "A"}) for k in range(4)]
        >>> {name: {value: len(those) for value, those in parts.items()} for name, parts in by_condition(some).items()}
        {'load': {'0': 2, '1': 2}}
    """
    names = dict.fromkeys(name for one in judged for name in one.condition)
    found: dict[str, dict[str, list[Judged]]] = {}
    seen: set[frozenset[frozenset[str]]] = set()
    for name in names:
        groups = _groups({one.signal: one.condition[name] for one in judged if name in one.condition})
        parted = by(judged, lambda one, groups=groups: groups.get(one.signal))  # type: ignore[misc]
        alike = frozenset(frozenset(one.signal for one in those) for those in parted.values())
        if len(parted) > 1 and alike not in seen:
            found[name] = {value: parted[value] for value in sorted(parted, key=_of_span)}
        seen.add(alike)
    return found


def _of_span(name: str) -> tuple[float, str]:
    """The order of a value, or of the first one of a span."""
    return natural(name.partition(" to ")[0])


def _groups(said: Mapping[str, str]) -> Mapping[str, str]:
    """Signal -> group: what is said of it, the span it lies in, or nothing."""
    if len(set(said.values())) <= MOST_GROUPS:
        return said
    try:
        values = {signal: float(value) for signal, value in said.items()}
    except ValueError:
        return {}
    if not all(map(math.isfinite, values.values())):
        return {}
    names = spans(Counter(values.values()))
    return {signal: names[value] for signal, value in values.items()}


def spans(counts: Mapping[float, int]) -> dict[float, str]:
    """Numbers -> the span each lies in, of about a quarter of the signals; one number is never parted.

    Args:
        counts: how many signals have each number.

    Returns:
        Five spans at most, none of fewer than an eighth of the signals.

    Example:
        >>> spans({0.0: 30, 1.0: 3, 2.5: 4, 7.0: 4})
        {0.0: '0', 1.0: '1 to 7', 2.5: '1 to 7', 7.0: '1 to 7'}
    """
    parted = _parted(counts)
    texts = _distinct([one for some in parted for one in (some[0], some[-1])])
    return {one: " to ".join(dict.fromkeys((texts[some[0]], texts[some[-1]]))) for some in parted for one in some}


def _parted(counts: Mapping[float, int]) -> list[list[float]]:
    """Numbers in order: a new group where the last has its share of what was left, and before a number of very many."""
    left = sum(counts.values())
    quarter = left / SPANS
    found: list[list[float]] = [[]]
    held = 0
    for number in sorted(counts):
        too_many = held >= quarter / 2 and counts[number] > quarter
        enough = held >= left / max(1, round(left / quarter)) and left - held >= quarter / 2
        if too_many or enough:
            found.append([])
            left, held = left - held, 0
        found[-1].append(number)
        held += counts[number]
    return found


def _distinct(numbers: Sequence[float]) -> dict[float, str]:
    """Numbers in six digits, or in as many more as tell them apart."""
    found: dict[float, str] = {}
    for digits in range(6, 18):
        found = {number: f"{number:.{digits}g}" for number in numbers}
        if len(set(found.values())) == len(found):
            break
    return found
