"""Opening: from a file or a catalog row to a signal, with every fact from whoever may say it first.

Flags come first, then the side file, then the catalog row, then the file itself; a difference is a warning.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pipeline.catalog.catalog import INFERRED
from pipeline.catalog.row import Row
from pipeline.errors import FactError, FaultprintError, RequestError, did_you_mean
from pipeline.readers.base import NO_RATE, Header
from pipeline.readers.choose import read_blocks, read_header, read_recording, reader_named
from pipeline.readers.places import Place, content_hash, joined, place_of
from pipeline.readers.side_file import SideFile, read_side_file
from pipeline.signals.bearing_table import bearing_of
from pipeline.signals.conditioning.unit import in_unit
from pipeline.signals.facts import MergedFacts, merge_facts
from pipeline.signals.gear import gear_of
from pipeline.signals.long_samples import LONG_BYTES, LongSamples
from pipeline.signals.recording import Samples, pick_channel
from pipeline.signals.sensitivity import parse_sensitivity
from pipeline.signals.signal import Signal
from pipeline.signals.tacho_trace import TachoTrace

FLAGS = ("rate_hz", "speed_rpm", "bearing", "gear", "channel", "unit", "reader")
MERGED = ("rate_hz", "speed_rpm", "bearing", "gear", "unit")
"""Facts that several may speak of; who a signal is (point, machine, specimen, labels) the row says first."""

Facts = dict[str, Any]

DOUBLE = 8
"""Bytes of a sample in double precision."""


def open_row(row: Row, root: Place) -> Signal:
    """The signal of a catalog row, its part of the recording only.

    Args:
        row: what to open; its side file, if there is one, still speaks first on rate, speed, bearing, gear and unit.
        root: where the catalog's relative sources start.

    Raises:
        ReadError: when the file is missing or damaged.
        FactError: when the channel is not exactly one of the file's, or a fact is impossible.
    """
    return open_signal(joined(root, row.source), row=row)


def open_signal(path: Place, flags: Mapping[str, Any] | None = None, row: Row | None = None) -> Signal:
    """One channel of a file, with what is known of it.

    Args:
        path: the file.
        flags: any of rate_hz, speed_rpm, bearing, gear (name, YAML text, YAML file or mapping), channel (name, glob or
            unique part of a name), unit, reader; None is silence.
        row: what a catalog knows of it.

    Raises:
        RequestError: for an unknown flag.
        ReadError: when the file is missing or damaged.
        FactError: when the channel is not exactly one of the file's, or a fact is impossible.
    """
    flags, path = checked_flags(flags or {}), place_of(path)
    side = read_side_file(path) or SideFile()
    row = row or Row(str(path), str(path))
    reader = flags.get("reader") or side.reader or row.reader
    wanted = flags.get("channel") or row.channel or side.channel
    header = read_header(path, reader)
    channel = pick_channel(header.names, wanted, str(path))
    stated = said(header, channel)
    merged = merge_facts(
        [("flag", facts_of(flags)), ("side file", facts_of(vars_of(side))), *spoken(row, stated), ("file", stated)]
    )
    samples = samples_of(path, header, channel, row, reader)
    signal = signal_of(samples, channel, merged, row, side, content_hash(path))
    signal = signal.changed(no_rate=header.facts.get(NO_RATE) or "", recorded_at=recorded_at(header))
    signal = signal.changed(tacho=tacho_of(path, header, side, row, reader))
    signal = in_sensor_unit(signal, side.sensitivity)
    if wanted in (None, channel) or set(wanted) & set("*?["):
        return signal
    return signal.changed(warnings=(*signal.warnings, f"channel: '{wanted}' is taken as '{channel}'"))


def recorded_at(header: Header) -> datetime | None:
    """When a file says that it was recorded.

    Example:
        >>> recorded_at(Header((), {"time": "2026-05-04T12:00:00"})).isoformat()
        '2026-05-04T12:00:00+00:00'
    """
    try:
        moment = datetime.fromisoformat(str(header.facts.get("time")))
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def flags_for_each(place: Place, flags: Mapping[str, Any] | None = None, row: Row | None = None) -> list[Facts]:
    """The flags to open a file with: once, or once per channel where every channel is a recording of its own.

    Which formats those are, a reader says (`Reader.every_channel`); they are known by name only, so that any other
    file costs nothing here. A file that cannot be read is left for `open_signal` to complain of.
    """
    flags = dict(flags or {})
    try:
        side = read_side_file(place) or SideFile()
        name = flags.get("reader") or side.reader or (row.reader if row else None)
        if name is None or flags.get("channel") or side.channel or (row and row.channel):
            return [flags]
        reader = reader_named(name)
        if not reader.every_channel:
            return [flags]
        return [flags | {"channel": channel} for channel in read_header(place, name).names]
    except FaultprintError:
        return [flags]


def checked_flags(flags: Mapping[str, Any]) -> Facts:
    """Flags that say something.

    Raises:
        RequestError: for an unknown one, with the nearest.
    """
    for name in flags:
        if name not in FLAGS:
            raise RequestError(f"unknown flag '{name}'{did_you_mean(name, FLAGS) or ';'} known: {', '.join(FLAGS)}")
    return {name: value for name, value in flags.items() if value is not None}


def vars_of(side: SideFile) -> Facts:
    """A side file's facts by name."""
    return {name: getattr(side, name) for name in MERGED}


def facts_of(told: Mapping[str, Any]) -> Facts:
    """The facts several may speak of, a bearing or gear as a part, whatever way it was named."""
    parts = {"bearing": bearing_of(told.get("bearing")), "gear": gear_of(told.get("gear"))}
    return {name: told.get(name) for name in MERGED} | parts


def said(header: Header, channel: str) -> Facts:
    """What the file itself says of a channel."""
    told = header.by_name[channel]
    return {name: header.facts.get(name) for name in MERGED} | {"rate_hz": told.rate_hz, "unit": told.unit}


def spoken(row: Row, stated: Facts) -> list[tuple[str, Facts]]:
    """What the catalog says, rate and speed each in the name of whoever told the catalog.

    A row may quote the file; where the file does not say the same, the row speaks for itself.
    """
    quotes = {"rate_hz": row.rate_from, "speed_rpm": row.speed_from}
    speakers = [
        ("catalog" if not speaker or (speaker == "file" and stated[name] != getattr(row, name)) else speaker, name)
        for name, speaker in quotes.items()
    ]
    told = [(speaker, {name: getattr(row, name)}) for speaker, name in speakers]
    return [*told, ("catalog", {"bearing": row.bearing, "gear": row.gear, "unit": row.unit})]


def samples_of(path: Place, header: Header, channel: str, row: Row, reader: str | None) -> Samples | LongSamples:
    """The samples of a row's part; those of a long one stay in the file."""
    n_samples, _ = header.common([channel], str(path))
    end = n_samples if row.stop is None else min(row.stop, n_samples)
    if DOUBLE * (end - row.start) <= LONG_BYTES:
        return read_recording(path, [channel], row.start, row.stop, reader).samples
    return LongSamples(
        (1, end - row.start),
        lambda size, start, stop: read_blocks(path, [channel], size, row.start + start, row.start + stop, reader),
    )


def tacho_of(place: Place, header: Header, side: SideFile, row: Row, reader: str | None) -> TachoTrace | None:
    """The tacho channel beside a signal, where the side file names one; the part that the row means, read if asked."""
    if side.tacho is None:
        return None
    channel = pick_channel(header.names, side.tacho.channel, str(place))
    samples = samples_of(place, header, channel, row, reader)
    return TachoTrace(samples if isinstance(samples, LongSamples) else samples[0], side.tacho.pulses_per_turn)


def in_sensor_unit(signal: Signal, sensitivity: str | None) -> Signal:
    """A signal in volts as what its sensor measures, where the side file states the sensitivity.

    Raises:
        FactError: for a sensitivity nobody understands, or samples that are not volts.
    """
    if sensitivity is None:
        return signal
    measured = parse_sensitivity(sensitivity).unit
    if signal.unit is None:
        raise FactError(
            f"{signal.source}: a sensitivity of {sensitivity} needs samples in volts; state unit: V beside it"
        )
    return in_unit(signal, measured, sensitivity)


def signal_of(
    samples: Samples | LongSamples, channel: str, merged: MergedFacts, row: Row, side: SideFile, sha256: str
) -> Signal:
    """The signal, who it is from the row, and from the side file where the row is silent."""
    facts: Facts = {name: merged.values.get(name) for name in MERGED}
    return Signal(
        samples,
        **facts,
        source=row.source,
        channel=channel,
        point=row.point or side.point or "",
        machine=row.machine or side.machine or "",
        specimen=row.specimen or side.specimen or "",
        labels=row.labels or side.labels,
        sha256=sha256,
        condition=row.operating,
        origins=merged.origins,
        warnings=(*merged.warnings, *warnings_of(merged, row, sha256)),
    )


def warnings_of(merged: MergedFacts, row: Row, sha256: str) -> list[str]:
    """What else a reader of the verdict must know."""
    told = []
    if merged.origins.get("rate_hz") == INFERRED:
        told.append(f"rate_hz: {merged.values['rate_hz']:g} Hz is inferred, not stated by its publisher")
    if row.sha256 and row.sha256 != sha256:
        told.append(f"sha256: the file is not the one the catalog knows ({row.sha256[:12]}...)")
    return told
