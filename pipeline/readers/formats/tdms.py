"""TDMS, the block format of LabVIEW loggers, through npTDMS; scaled as the file says, in parts.

Source: National Instruments, TDMS File Format Internal Structure; the waveform properties (`wf_increment`, ...) as
LabVIEW writes them.
"""

import logging
import struct
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from pipeline.errors import FactError, ReadError
from pipeline.readers.base import (
    ChannelHeader,
    Header,
    Reader,
    Writer,
    checked_part,
    damage_told,
    few,
    first_bytes,
    recording_of,
    wanted_names,
)
from pipeline.readers.faithful import write_faithful
from pipeline.readers.formats.tdms_properties import (
    clock_rates,
    is_bare_count,
    plain,
    rate_of,
    start_time,
    unapplied_scale,
    unit_of,
)
from pipeline.readers.stated import stated_facts
from pipeline.readers.time_column import time_unit
from pipeline.readers.traces import SHORTEST, stacked
from pipeline.signals.recording import Recording, Samples

MAGIC = b"TDSm"
LEAD_IN = struct.Struct("<4sI")
N_LEAD_IN = 28
BIG_ENDIAN = 1 << 6
UNKNOWN_LENGTH = 2**64 - 1
"""What a logger leaves in the last segment when its power fails; everything before that moment is whole."""

SECONDS = frozenset({"", "s", "sec", "second", "seconds"})
NAME_PROPERTY = "faultprint_channel"
"""Where a channel that lies in no group of its own keeps its name; TDMS knows no channel without a group."""

DEFAULT_GROUP = "Untitled"


class Track(NamedTuple):
    """One channel that is a signal.

    Attributes:
        stored: npTDMS's view of it.
        header: ours.
        unapplied: what keeps the file's scale from being applied; None where nothing does.
    """

    stored: Any
    header: ChannelHeader
    unapplied: str | None


class TdmsReader(Reader, Writer):
    """TDMS of LabVIEW, DAQmx and the loggers that write it; interleaved, big-endian and raw DAQmx data included.

    Channels are `group/channel`. The rate comes from the waveform's increment, else from a property such as
    `sampling_rate`, else from a time channel of the group. Raw data are handed out with the file's scale applied,
    and not at all where the scale is of a kind that cannot be applied. Texts, times and empty channels are no signals.
    """

    name = "tdms"
    suffixes = (".tdms",)
    extra = "formats"

    def can_read(self, path: Path) -> bool:
        """By the mark of the first segment."""
        return first_bytes(path, len(MAGIC)) == MAGIC

    def header(self, path: Path) -> Header:
        """Channels and facts from the segments' headers."""
        with opened(path) as file:
            return header_of(file, tracks_of(file, path), path)

    def read(
        self, path: Path, channels: Sequence[str] | None = None, start: int = 0, stop: int | None = None
    ) -> Recording:
        """Samples in the file's unit, its scale applied; only the part asked for is loaded."""
        with opened(path) as file:
            start, stop = checked_part(start, stop, path)
            tracks = tracks_of(file, path)
            header = header_of(file, tracks, path)
            names = wanted_names(header, channels, str(path))
            n_samples, _ = header.common(names, str(path))
            end = n_samples if stop is None else min(stop, n_samples)
            samples = part_of([tracks[name] for name in names], start, end, path)
            return recording_of(samples, names, header, path, whole=samples.shape[1] == n_samples)

    def blocks(
        self, path: Path, channels: Sequence[str], size: int, start: int = 0, stop: int | None = None
    ) -> Iterator[Samples]:
        """Pieces in order; the segments' headers, many in a long recording, are read once for all of them."""
        with opened(path) as file:
            tracks = tracks_of(file, path)
            header = header_of(file, tracks, path)
            names = wanted_names(header, channels, str(path))
            n_samples, _ = header.common(names, str(path))
            end = n_samples if stop is None else min(stop, n_samples)
            for first in range(start, end, size):
                yield part_of([tracks[name] for name in names], first, min(first + size, end), path)

    def write(self, recording: Recording, path: Path) -> None:
        """Write waveforms; `a/b` goes into group `a`, and where names do not fit into groups they become properties.

        Raises:
            FactError: for float16, a name used twice, or a recording without a rate that would be taken for a list of
                parameters.
        """
        if len(set(recording.channels)) < len(recording.channels):
            raise FactError(f"{path}: TDMS needs a name of its own for every channel, got {few(recording.channels)}")
        if recording.samples.dtype not in (np.float32, np.float64):
            raise FactError(f"{path}: TDMS has no {recording.samples.dtype}; convert to float32 first")
        nptdms = library(path)
        content = BytesIO()
        with nptdms.TdmsWriter(content) as writer:
            writer.write_segment([nptdms.RootObject(), *objects_of(recording)])
        write_faithful(self, recording, path, [content.getvalue()])


def library(path: Path) -> Any:
    """The npTDMS package, kept quiet.

    Raises:
        ReadError: where it is not installed.
    """
    try:
        import nptdms
    except ImportError as error:
        raise ReadError(f"{path}: TDMS needs npTDMS; pip install 'faultprint[formats]'") from error
    # It writes its doubts to stderr; ours are errors.
    nptdms.log.log_manager.set_level(logging.CRITICAL)
    return nptdms


@contextmanager
def opened(path: Path) -> Iterator[Any]:
    """The file in npTDMS with its headers read; whatever goes wrong inside is told as damage.

    Raises:
        ReadError: for a damaged file, or without npTDMS.
    """
    with damage_told(path, "TDMS"):
        nptdms = library(path)
        refuse_cut(path)
        # An open file, because beside a path npTDMS trusts any `.tdms_index`, however old.
        with path.open("rb") as stream, nptdms.TdmsFile.open(stream, raw_timestamps=True) as file:
            yield file


def refuse_cut(path: Path) -> None:
    """Nothing, for a file as long as its segments say; npTDMS reads what is left of a cut one without a word.

    Raises:
        ReadError: for a file that ends within a segment whose length it knows, or is no TDMS.
    """
    size, at = path.stat().st_size, 0
    with path.open("rb") as file:
        while at < size:
            file.seek(at)
            lead = file.read(N_LEAD_IN)
            if not lead.startswith(MAGIC):
                raise ReadError(f"{path}: no TDMS segment at byte {at}; damaged or of another format? Copy it again")
            n_bytes = segment_length(lead)
            if n_bytes == UNKNOWN_LENGTH and len(lead) == N_LEAD_IN:
                return
            at += N_LEAD_IN + n_bytes
    if at > size:
        raise ReadError(f"{path}: TDMS segments promise {at} bytes, the file holds {size}; cut short? Copy it again")


def segment_length(lead: bytes) -> int:
    """Bytes of a segment after its lead-in.

    Example:
        >>> segment_length(b"TDSm" + bytes([2, 0, 0, 0, 0x69, 0x12, 0, 0]) + (40).to_bytes(8, "little"))
        40
    """
    if len(lead) < N_LEAD_IN - 8:
        return 0
    _, contents = LEAD_IN.unpack_from(lead)
    return int.from_bytes(lead[12:20], "big" if contents & BIG_ENDIAN else "little")


def tracks_of(file: Any, path: Path) -> dict[str, Track]:
    """Every channel that is a signal, by its name.

    Raises:
        ReadError: for two channels of one name.
    """
    tracks: dict[str, Track] = {}
    for group in file.groups():
        clock = clock_rates(group)
        for channel in filter(is_signal, group.channels()):
            name = str(channel.properties.get(NAME_PROPERTY) or f"{group.name}/{channel.name}")
            if name in tracks:
                raise ReadError(f"{path}: holds channel '{name}' twice; rename one where it was recorded")
            places = (channel.properties, group.properties, file.properties)
            rate_hz = rate_of(places) or clock.get(len(channel))
            unit = None if is_bare_count(places) else unit_of(channel)
            tracks[name] = Track(
                channel, ChannelHeader(name, len(channel), rate_hz, unit), unapplied_scale(channel, places)
            )
    return tracks


def header_of(file: Any, tracks: Mapping[str, Track], path: Path) -> Header:
    """Channels and facts of an open file.

    Raises:
        ReadError: when nothing in it is a signal.
    """
    if not tracks:
        every = [channel for group in file.groups() for channel in group.channels()]
        held = few([f"{each.group_name}/{each.name} ({len(each)} {each.dtype})" for each in every]) or "nothing"
        raise ReadError(
            f"{path}: no signal; needed is a channel of numbers, a waveform or {SHORTEST} samples or more, "
            f"it holds {held}"
        )
    stated = stated_facts(plain(file.properties))
    facts = {word: value for word, value in stated.items() if word in ("speed_rpm", "load")}
    began = next((time for track in tracks.values() if (time := start_time(track.stored))), None)
    return Header(tuple(track.header for track in tracks.values()), facts | ({"time": began} if began else {}))


def is_signal(channel: Any) -> bool:
    """Whether a channel holds samples over time: real numbers, a waveform or many of them, and no clock."""
    properties = channel.properties
    if channel.dtype.kind not in "iuf" or not len(channel):
        return False
    if str(properties.get("wf_xunit_string", "")).strip().lower() not in SECONDS:
        return False  # a spectrum: its increment is in hertz
    return "wf_increment" in properties or (len(channel) >= SHORTEST and time_unit(channel.name) is None)


def part_of(tracks: Sequence[Track], first: int, end: int, path: Path) -> Samples:
    """Samples [first, end) of some channels, shape (channel, time).

    Raises:
        ReadError: for a scale that cannot be applied, or fewer samples than the headers promise.
    """
    n_samples = max(0, end - first)
    rows = []
    for channel, header, unapplied in tracks:
        if unapplied:
            raise ReadError(
                f"{path}: channel '{header.name}' is stored unscaled and {unapplied}; "
                "export it scaled from LabVIEW or DIAdem"
            )
        row = channel.read_data(first, n_samples) if n_samples else np.empty(0, channel.dtype)
        if len(row) != n_samples:
            raise ReadError(f"{path}: channel '{header.name}' promises {n_samples} samples and holds {len(row)}")
        rows.append(row)
    return stacked(rows)


def objects_of(recording: Recording) -> Iterator[Any]:
    """What npTDMS writes: groups in their order, then one waveform per channel."""
    from nptdms import ChannelObject, GroupObject

    places = [(group, channel) for group, _, channel in (name.partition("/") for name in recording.channels)]
    groups = dict.fromkeys(group for group, _ in places)
    # Groups come back one after the other, so they serve only where the channels stand in that order.
    fits = all(group and channel for group, channel in places) and places == [
        place for group in groups for place in places if place[0] == group
    ]
    yield from (GroupObject(group) for group in (groups if fits else [DEFAULT_GROUP]))
    for (group, channel), name, unit, row in zip(
        places, recording.channels, recording.units, recording.samples, strict=True
    ):
        place = (group, channel) if fits else (DEFAULT_GROUP, name)
        properties = waveform(recording.rate_hz, unit) | ({} if fits else {NAME_PROPERTY: name})
        yield ChannelObject(*place, np.ascontiguousarray(row), properties)


def waveform(rate_hz: float | None, unit: str | None) -> dict[str, Any]:
    """The properties that state rate and unit.

    Example:
        >>> waveform(1000.0, "g")
        {'unit_string': 'g', 'wf_increment': 0.001, 'rate_hz': 1000.0}
    """
    stated = {} if unit is None else {"unit_string": unit}
    # The increment alone would not give every rate back to the last bit.
    return stated | ({} if rate_hz is None else {"wf_increment": 1.0 / rate_hz, "rate_hz": float(rate_hz)})
