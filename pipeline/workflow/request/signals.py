"""Signals: what a user names, files, folders, signals or recordings, as signals that are still to be opened."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.opening import flags_for_each, open_signal
from pipeline.catalog.row import Row
from pipeline.errors import FaultprintError
from pipeline.readers.choose import read_header
from pipeline.readers.places import Place, joined
from pipeline.signals.bearing_table import bearing_of
from pipeline.signals.gear import gear_of
from pipeline.signals.recording import Recording, pick_channel
from pipeline.signals.signal import Signal
from pipeline.workflow.request.files import files_in

Facts = Mapping[str, Any]


def openers_of(
    sources: Sequence[Place | Signal | Recording], facts: Facts, catalog: Catalog | None
) -> Iterator[tuple[str, Callable[[], Signal], Row | None]]:
    """What to open, by the user's name for it, how, and the catalog's row of it; nothing is read yet.

    Args:
        sources: files, folders, signals or recordings.
        facts: what the user states of all of them.
        catalog: rows that state facts of files by name; a file with several rows is opened for each, or for those of
            the channel that `facts` names.
    """
    rows: Mapping[Place, Sequence[Row | None]] = rows_by_place(catalog) if catalog else {}
    for source in sources:
        if isinstance(source, Signal):
            yield source.source, lambda signal=source: signal, None  # type: ignore[misc]
        elif isinstance(source, Recording):
            yield source.source, lambda recording=source: _as_signal(recording, facts), None  # type: ignore[misc]
        else:
            for path in files_in([source]):
                for row in asked_for(path, rows.get(one_name(path), [None]), facts):
                    for told in flags_for_each(path, facts, row):
                        yield str(path), partial(open_signal, path, told, row), row


def asked_for(path: Place, rows: Sequence[Row | None], facts: Facts) -> Sequence[Row | None]:
    """Of several rows of a file those of the channel that a flag names, since each row knows its own channel's part.

    A channel that no row knows has none; what cannot be read is left for `open_signal` to complain of, once.
    """
    wanted = facts.get("channel")
    if wanted is None or len(rows) < 2:
        return rows
    known = [row for row in rows if row]
    try:
        names = read_header(path, facts.get("reader") or known[0].reader).names
        channel = pick_channel(names, wanted, str(path))
        return [row for row in known if pick_channel(names, row.channel, str(path)) == channel] or [None]
    except FaultprintError:
        return known[:1]


def rows_by_place(catalog: Catalog) -> dict[Place, list[Row]]:
    """What a catalog says of each file, by its `one_name`."""
    found: dict[Place, list[Row]] = {}
    for row in catalog:
        found.setdefault(one_name(joined(catalog.root, row.source)), []).append(row)
    return found


def one_name(place: Place) -> Place:
    """The same for every way to write a path; of links in a circle, too, which `Path.resolve` refuses."""
    return Path(os.path.realpath(place)) if isinstance(place, Path) else place


def _as_signal(recording: Recording, facts: Facts) -> Signal:
    one = recording.select(facts.get("channel"))
    return Signal(
        one.samples,
        rate_hz=facts.get("rate_hz") or one.rate_hz,
        speed_rpm=facts.get("speed_rpm") or one.facts.get("speed_rpm"),
        bearing=bearing_of(facts.get("bearing")),
        gear=gear_of(facts.get("gear")),
        source=one.source,
        channel=one.channels[0],
        unit=one.units[0],
        history=one.history,
    )
