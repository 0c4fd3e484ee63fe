"""File: one recording on its way through an inspection: its header with what others say, then its samples."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pipeline.catalog.opening import facts_of, said, vars_of
from pipeline.errors import FactError, ReadError
from pipeline.readers.base import NO_RATE, ChannelHeader, Header
from pipeline.readers.choose import find_reader, read_blocks, read_header
from pipeline.readers.places import Place, name_of
from pipeline.readers.side_file import SideFile
from pipeline.signals.facts import MergedFacts, merge_facts
from pipeline.signals.quality.checks import channel_findings, shaft_findings, statistics_of, step_of
from pipeline.signals.quality.finding import Finding
from pipeline.signals.quality.names import foreign_names, unlike_lengths
from pipeline.signals.quality.stated_lines import LINES, contradictions
from pipeline.signals.quality.survey import ChannelSurvey, survey
from pipeline.signals.quality.twins import equal_channels
from pipeline.signals.signal import checked_rate, checked_speed
from pipeline.workflow.inspection.channels import wanted_channels
from pipeline.workflow.inspection.plain_values import plain

if TYPE_CHECKING:
    from pipeline.diagnosis.witness.witness import Witness  # loads torch, which `inspect` alone does not need

BLOCK = 2**20
"""Samples read at once, of all channels together: 8 MiB."""


@dataclass
class InspectedChannel:
    """One channel on its way."""

    header: ChannelHeader
    merged: MergedFacts
    rate_hz: float | None
    findings: list[Finding] = field(default_factory=list)
    survey: ChannelSurvey | None = None
    statistics: dict[str, Any] | None = None
    figure: str | None = None
    witness: "Witness | None" = None

    @property
    def name(self) -> str:
        """As the file calls it."""
        return self.header.name

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it."""
        n_samples = self.survey.n_samples if self.survey else self.header.n_samples
        return {
            "name": self.name,
            "n_samples": n_samples,
            "duration_s": n_samples / self.rate_hz if self.rate_hz else None,
            "rate_hz": self.rate_hz,
            "rate_from": self.merged.origins.get("rate_hz") if self.rate_hz else None,
            "unit": self.merged.values.get("unit"),
            "statistics": self.statistics,
            "findings": [plain(finding.to_dict()) for finding in self.findings],
            "seen": sum(map(len, self.survey.stretches)) if self.survey else None,
            "figure": self.figure,
        } | ({"witness": plain(self.witness.to_dict())} if self.witness else {})


@dataclass
class InspectedFile:
    """One file on its way."""

    place: Place
    header: Header
    reader: str
    channels: list[InspectedChannel]
    findings: list[Finding] = field(default_factory=list)

    @property
    def facts(self) -> MergedFacts:
        """Of the whole file: speed, bearing and gear are the same for all channels."""
        return self.channels[0].merged

    @property
    def speed_rpm(self) -> float | None:
        """The speed, None where it is unknown or impossible."""
        return _possible(checked_speed, self.facts.values.get("speed_rpm"), str(self.place), [])


def opened(place: Place, flags: Mapping[str, Any], side: SideFile) -> InspectedFile:
    """What the header says, merged with what others say, and what names and lengths tell."""
    reader = flags.get("reader") or side.reader
    header = read_header(place, reader)
    findings: list[Finding] = []
    stated = [("flag", facts_of(flags)), ("side file", facts_of(vars_of(side)))]
    channels = []
    for name in wanted_channels(header.names, flags.get("channel"), str(place)):
        told = header.by_name[name]
        merged = merge_facts([*stated, ("file", said(header, name))])
        rate_hz = _possible(checked_rate, merged.values.get("rate_hz"), str(place), findings)
        channels.append(InspectedChannel(told, merged, rate_hz))
    _possible(checked_speed, channels[0].merged.values.get("speed_rpm"), str(place), findings)
    findings += [found for found in (foreign_names(name_of(place), header.names), _lengths(channels)) if found]
    lines_hz = {name: header.facts.get(f"{name.lower()}_hz") for name in LINES}
    if (why := header.facts.get(NO_RATE)) and channels[0].rate_hz is None:
        findings.append(Finding(NO_RATE, f"rate_hz: {why}; give --rate-hz"))
    findings += contradictions(lines_hz, channels[0].merged.values.get("speed_rpm"))
    return InspectedFile(place, header, find_reader(place, reader).name, channels, findings)


def _lengths(channels: Sequence[InspectedChannel]) -> Finding | None:
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


def measure(file: InspectedFile, reader: str | None) -> str | None:
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


def _together(channels: Sequence[InspectedChannel]) -> list[list[InspectedChannel]]:
    groups: dict[tuple[int, float | None], list[InspectedChannel]] = {}
    for channel in channels:
        groups.setdefault((channel.header.n_samples, channel.header.rate_hz), []).append(channel)
    return list(groups.values())


def _pass(file: InspectedFile, group: Sequence[InspectedChannel], reader: str | None) -> str | None:
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
