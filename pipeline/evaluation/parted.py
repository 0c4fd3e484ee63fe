"""Parted: verdicts by what is known of each, such as load, speed or specimen."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from pipeline.evaluation.judged import Judged

MOST_GROUPS = 12
"""A condition of more values is parted into quarters where they are numbers, and left out where they are words."""


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
        and one of many words; many numbers become quarters; of several that part alike the first is taken.

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
            found[name] = {value: parted[value] for value in sorted(parted, key=natural)}
        seen.add(alike)
    return found


def natural(name: str) -> tuple[float, str]:
    """A key that sorts as people count: 2 before 10, numbers and spans of them before words.

    Example:
        >>> sorted(["10", "2", "idle", "800 to 900"], key=natural)
        ['2', '10', '800 to 900', 'idle']
    """
    try:
        return float(name.split(" to ")[0]), name
    except ValueError:
        return np.inf, name


def _groups(said: Mapping[str, str]) -> Mapping[str, str]:
    """Signal -> group: what is said of it, the quarter it lies in, or nothing."""
    if len(set(said.values())) <= MOST_GROUPS:
        return said
    try:
        values = np.array([float(value) for value in said.values()])
    except ValueError:
        return {}
    quarter = np.searchsorted(np.quantile(values, [0.25, 0.5, 0.75]), values).tolist()
    inside = {k: values[[k == other for other in quarter]] for k in set(quarter)}
    spans = {k: f"{those.min():.6g} to {those.max():.6g}" for k, those in inside.items()}
    return {signal: spans[k] for signal, k in zip(said, quarter, strict=True)}
