"""Inspect: what recordings hold, how they measure, and what is wrong with them; one pass over the samples of each."""

import json
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from pipeline.catalog.opening import facts_of, said, vars_of
from pipeline.errors import FactError, FaultprintError, ReadError
from pipeline.progress import Tick, unwatched
from pipeline.readers.base import ChannelHeader, Header
from pipeline.readers.choose import find_reader, read_blocks, read_header
from pipeline.readers.places import Place, content_hash, name_of
from pipeline.readers.side_file import SideFile, read_side_file
from pipeline.signals.facts import MergedFacts, merge_facts
from pipeline.signals.quality.checks import channel_findings, shaft_findings, statistics_of, step_of
from pipeline.signals.quality.finding import Finding
from pipeline.signals.quality.names import foreign_names, unlike_lengths
from pipeline.signals.quality.stated_lines import LINES, contradictions
from pipeline.signals.quality.survey import ChannelSurvey, survey
from pipeline.signals.quality.twins import equal_channels
from pipeline.signals.recording import pick_channel
from pipeline.signals.signal import checked_rate, checked_speed
from pipeline.whole_file import write_text, write_whole
from pipeline.workflow.given import checked_facts, files_in

BLOCK = 2**20
"""Samples read at once, of all channels together: 8 MiB."""


def inspect(
    sources: Place | Sequence[Place],
    *,
    header_only: bool = False,
    out: Path | str | None = None,
    tick: Tick = unwatched,
    **facts: Any,
) -> Iterator[dict[str, Any]]:
    """What recordings hold: channels, facts, statistics, and findings.

    Statistics and most findings come from every sample, in one pass that holds a few megabytes; spectra, the step and
    the shaft's lines from the first 2^20 samples of a channel, or from four evenly spread stretches of a longer one
    (`seen` says how many samples that were).

    Args:
        sources: files or folders, paths or URLs.
        header_only: whether samples are left alone; statistics are then None, and only names and lengths are checked.
        out: folder for `inspect.json` and a figure per channel; needs matplotlib.
        tick: told how many files are done.
        facts: what the user states: `rate_hz`, `speed_rpm`, `bearing`, `gear`, `channel` (several may fit), `unit`,
            `reader`.

    Yields:
        Per file: source, sha256, reader, channels (name, n_samples, duration_s, rate_hz, rate_from, unit, statistics,
        findings, seen, figure), facts, facts_from, warnings, findings, and the reason why it could not be read.

    Raises:
        FaultprintError: for facts that cannot be true, or a path that is not there.

    Example:
        >>> import tempfile, numpy as np
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     np.save(Path(folder) / "pump.npy", np.tile([0.5, -0.5, 0.25, -0.25], 1000))
        ...     (found,) = inspect(folder, rate_hz=1000)
        >>> found["channels"][0]["duration_s"], found["channels"][0]["statistics"]["peak"]
        (4.0, 0.5)
    """
    flags = checked_facts(facts)
    places = files_in([sources] if isinstance(sources, str | Path) else sources)
    folder = Path(out) if out is not None else None
    entries = []
    taken: set[str] = set()
    for done, place in enumerate(places):
        tick("inspecting", done, len(places))
        entry, file = _entry(place, flags, header_only)
        if folder is not None:
            if file is not None and not header_only:
                entry["channels"] = _drawn(file, folder, taken)
            entries.append(entry)
        yield entry
    tick("inspecting", len(places), len(places))
    if folder is not None:
        write_text(folder / "inspect.json", json.dumps(entries, allow_nan=False, indent=1))


@dataclass
class _Channel:
    """One channel on its way."""

    header: ChannelHeader
    merged: MergedFacts
    rate_hz: float | None
    findings: list[Finding] = field(default_factory=list)
    survey: ChannelSurvey | None = None
    statistics: dict[str, Any] | None = None
    figure: str | None = None

    @property
    def name(self) -> str:
        return self.header.name

    def to_dict(self) -> dict[str, Any]:
        n_samples = self.survey.n_samples if self.survey else self.header.n_samples
        return {
            "name": self.name,
            "n_samples": n_samples,
            "duration_s": n_samples / self.rate_hz if self.rate_hz else None,
            "rate_hz": self.rate_hz,
            "rate_from": self.merged.origins.get("rate_hz") if self.rate_hz else None,
            "unit": self.merged.values.get("unit"),
            "statistics": self.statistics,
            "findings": [_plain(finding.to_dict()) for finding in self.findings],
            "seen": sum(map(len, self.survey.stretches)) if self.survey else None,
            "figure": self.figure,
        }


@dataclass
class _File:
    """One file on its way."""

    place: Place
    header: Header
    reader: str
    channels: list[_Channel]
    findings: list[Finding] = field(default_factory=list)

    @property
    def facts(self) -> MergedFacts:
        """Of the whole file: speed, bearing and gear are the same for all channels."""
        return self.channels[0].merged

    @property
    def speed_rpm(self) -> float | None:
        """The speed, None where it is unknown or impossible."""
        return _possible(checked_speed, self.facts.values.get("speed_rpm"), str(self.place), [])


def _entry(place: Place, flags: Mapping[str, Any], header_only: bool) -> tuple[dict[str, Any], _File | None]:
    entry: dict[str, Any] = {"source": str(place), "sha256": None, "reader": None, "channels": [], "facts": {}}
    entry |= {"facts_from": {}, "warnings": [], "findings": [], "reason": None}
    try:
        side = read_side_file(place) or SideFile()
        file = _opened(place, flags, side)
        reason = None if header_only else _measure(file, flags.get("reader") or side.reader)
        if not header_only:
            entry["sha256"] = content_hash(place)
    except FaultprintError as error:
        return entry | {"reason": str(error)}, None
    warnings = dict.fromkeys(line for channel in file.channels for line in channel.merged.warnings)
    told = {name: value for name, value in file.facts.values.items() if name not in ("rate_hz", "unit")}
    entry |= {
        "reader": file.reader,
        "channels": [channel.to_dict() for channel in file.channels],
        "facts": _plain({**file.header.facts, **told}),
        "facts_from": {name: file.facts.origins[name] for name in told},
        "warnings": list(warnings),
        "findings": [_plain(finding.to_dict()) for finding in file.findings],
        "reason": reason,
    }
    return entry, file


def _opened(place: Place, flags: Mapping[str, Any], side: SideFile) -> _File:
    """What the header says, merged with what others say, and what names and lengths tell."""
    reader = flags.get("reader") or side.reader
    header = read_header(place, reader)
    findings: list[Finding] = []
    stated = [("flag", facts_of(flags)), ("side file", facts_of(vars_of(side)))]
    channels = []
    for name in wanted_channels(header.names, flags.get("channel"), str(place)):
        told = next(channel for channel in header.channels if channel.name == name)
        merged = merge_facts([*stated, ("file", said(header, name))])
        rate_hz = _possible(checked_rate, merged.values.get("rate_hz"), str(place), findings)
        channels.append(_Channel(told, merged, rate_hz))
    _possible(checked_speed, channels[0].merged.values.get("speed_rpm"), str(place), findings)
    findings += [found for found in (foreign_names(name_of(place), header.names), _lengths(channels)) if found]
    lines_hz = {name: header.facts.get(f"{name.lower()}_hz") for name in LINES}
    findings += contradictions(lines_hz, channels[0].merged.values.get("speed_rpm"))
    return _File(place, header, find_reader(place, reader).name, channels, findings)


def _lengths(channels: Sequence[_Channel]) -> Finding | None:
    return unlike_lengths([(channel.name, channel.header.n_samples) for channel in channels])


def _possible(check: Any, value: Any, source: str, findings: list[Finding]) -> float | None:
    """A rate or speed that can be true; one that cannot is a finding, and counts as unknown."""
    if value is None:
        return None
    try:
        checked: float = check(value, source)
    except FactError as error:
        if str(error) not in [finding.message for finding in findings]:
            findings.append(Finding("impossible", str(error)))
        return None
    return checked


def wanted_channels(names: Sequence[str], wanted: str | None, source: str) -> list[str]:
    """The channels that fit a name, a glob or a part of a name; all where nothing is asked for.

    Raises:
        FactError: when none fits, with the candidates.

    Example:
        >>> wanted_channels(["X105_DE_time", "X105_FE_time", "i"], "*_time", "105.mat")
        ['X105_DE_time', 'X105_FE_time']
    """
    if wanted is None or wanted in names:
        return list(names) if wanted is None else [wanted]
    found = [name for name in names if fnmatchcase(name, wanted)] or [name for name in names if wanted in name]
    return found or [pick_channel(names, wanted, source)]


def _measure(file: _File, reader: str | None) -> str | None:
    """One pass over every set of channels that were recorded together; the reason if none could be read."""
    reason = None
    for group in _together(file.channels):
        reason = _pass(file, group, reader) or reason
    if not any(channel.survey for channel in file.channels):
        return reason
    for channel in file.channels:
        if channel.survey is not None:
            step = step_of(channel.survey)
            channel.statistics = statistics_of(channel.survey, step)
            channel.findings += channel_findings(channel.name, channel.survey, step, channel.rate_hz)
    return None


def _together(channels: Sequence[_Channel]) -> list[list[_Channel]]:
    groups: dict[tuple[int, float | None], list[_Channel]] = {}
    for channel in channels:
        groups.setdefault((channel.header.n_samples, channel.header.rate_hz), []).append(channel)
    return list(groups.values())


def _pass(file: _File, group: Sequence[_Channel], reader: str | None) -> str | None:
    """Survey some channels together; one by one where together they cannot be read."""
    n_samples = group[0].header.n_samples
    names = [channel.name for channel in group]
    blocks = read_blocks(file.place, names, max(BLOCK // len(group), 4096), 0, n_samples, reader)
    try:
        surveys, twins = survey(blocks, len(group), n_samples)
    except ReadError as error:
        if len(group) == 1:
            group[0].findings.append(Finding("unreadable", str(error), "unusable", group[0].name))
            return str(error)
        return [_pass(file, [channel], reader) for channel in group][-1]
    for channel, found in zip(group, surveys, strict=True):
        channel.survey = found
        if found.n_samples < n_samples:
            told = f"cut short: the header promises {n_samples} samples, {found.n_samples} are there"
            channel.findings.append(Finding("cut_short", told, "warning", channel.name))
    file.findings += equal_channels(names, twins)
    if file.speed_rpm is not None:
        file.findings += shaft_findings(surveys, group[0].rate_hz, file.speed_rpm)
    return None


def _drawn(file: _File, folder: Path, taken: set[str]) -> list[dict[str, Any]]:
    """The channels of an entry, with a figure of each that was read."""
    from pipeline.reporting.inspection import inspection_figure
    from pipeline.signals.portrait import fault_lines, portrait_of

    facts = file.facts.values
    lines_hz = fault_lines(facts.get("bearing"), facts.get("gear"), file.speed_rpm)
    for channel in file.channels:
        if channel.survey is None:
            continue
        unit = channel.merged.values.get("unit")
        drawn = portrait_of(channel.name, channel.survey, channel.rate_hz, unit, file.speed_rpm, lines_hz)
        if drawn is not None:
            channel.figure = _free(f"{name_of(file.place)}.{channel.name}", taken)
            write_whole(folder / channel.figure, [inspection_figure(drawn, name_of(file.place))])
    return [channel.to_dict() for channel in file.channels]


def _free(name: str, taken: set[str]) -> str:
    """A file name of its own, for a channel whose name may hold anything.

    Example:
        >>> _free("../pump 1.wav", {".._pump_1.wav.png"})
        '.._pump_1.wav-2.png'
    """
    safe = re.sub(r"[^\w.\-]+", "_", name, flags=re.ASCII)[:120]
    free, k = f"{safe}.png", 2
    while free in taken:
        free, k = f"{safe}-{k}.png", k + 1
    taken.add(free)
    return free


def _plain(value: Any) -> Any:
    """A value as JSON has it: numbers that are none become null, parts their names."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if value is None or isinstance(value, bool | str | int):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    item = value.item() if hasattr(value, "item") else None
    return _plain(item) if item is not None else getattr(value, "name", "") or str(value)
