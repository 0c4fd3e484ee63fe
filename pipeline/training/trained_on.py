"""Trained on: what a bundle tells of its training side, and whether a signal was part of it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pipeline.catalog.row import Row
from pipeline.catalog.splitting.groups import part_of
from pipeline.training.regime import TrainedBranchConfig
from pipeline.training.taken_over import learned_elsewhere
from pipeline.training.window_set import WindowSet


def conditions_of(windows: WindowSet) -> dict[str, Any]:
    """What training saw: signals, windows, specimens, the span of speeds, rates and loads; and who they were, to know
    them again."""
    rows = windows.rows
    operating: dict[str, list[float]] = {}
    for row in rows:
        for name, value in row.operating.items():
            if isinstance(value, int | float):
                operating.setdefault(name, []).append(float(value))
    return {
        "signals": len(rows),
        "windows": len(windows.signal_of_window),
        "specimens": len({part_of(row) for row in rows}),
        "speeds_rpm": _span(row.speed_rpm for row in rows),
        "rates_hz": _span(row.rate_hz for row in rows),
        "operating": {name: _span(values) for name, values in sorted(operating.items())},
        "specimen_names": sorted({row.specimen for row in rows if row.specimen}),
        "recordings": sorted({recording_mark(row) for row in rows}),
    }


def _span(values: Iterable[float | None]) -> list[float] | None:
    known = [value for value in values if value is not None]
    return [min(known), max(known)] if known else None


def _with_those_of_bundles(known: dict[str, Any], branches: Sequence[TrainedBranchConfig]) -> dict[str, Any]:
    """Whom the branches that were taken over know, too: none of them is unseen to this model."""
    for theirs in learned_elsewhere(branches).values():
        for key in ("specimen_names", "recordings"):
            known[key] = sorted({*known[key], *theirs.get(key, ())})
    return known


def recording_mark(row: Row) -> str:
    """What tells a signal again in another catalog: the start of its file's hash, and its channel.

    Example:
        >>> recording_mark(Row("a", "a.wav", channel="DE", sha256="0123456789abcdef0123"))
        '0123456789abcdef/DE'
    """
    return f"{(row.sha256 or row.source)[:16]}/{row.channel or ''}"


def seen_in_training(row: Row, trained_on: Mapping[str, Any]) -> bool:
    """Whether a model learned from this very recording, or from another of the same part."""
    return row.specimen in trained_on.get("specimen_names", ()) or recording_mark(row) in trained_on.get(
        "recordings", ()
    )
