"""TickLog: a text header, then counts of 16 bits, one of every channel in turn."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pipeline.errors import ReadError
from pipeline.readers.base import (
    ChannelHeader,
    Header,
    Reader,
    checked_part,
    damage_told,
    first_bytes,
    recording_of,
    wanted_names,
)
from pipeline.signals.recording import Facts, Recording

MARK = b"TickLog 1\n"
END = b"[samples]\n"
LONGEST_HEADER = 65536


class Layout(NamedTuple):
    """What the text says, and where the counts begin."""

    rate_hz: float
    channels: list[tuple[str, str, float]]
    facts: Facts
    start: int


class TickLogReader(Reader):
    """Files of TickLog loggers; samples are scaled to the unit that the file states beside its scale."""

    name = "ticklog"
    suffixes = (".tick",)

    def can_read(self, path: Path) -> bool:
        """By the first line."""
        return first_bytes(path, len(MARK)) == MARK

    def header(self, path: Path) -> Header:
        """Channels and facts from the text; the length follows from the size of the file."""
        with damage_told(path, "TickLog"):
            return header_of(layout_of(path), path)

    def read(
        self, path: Path, channels: Sequence[str] | None = None, start: int = 0, stop: int | None = None
    ) -> Recording:
        """Counts times the scale in the file; only the part asked for is touched."""
        with damage_told(path, "TickLog"):
            start, stop = checked_part(start, stop, path)
            layout = layout_of(path)
            header = header_of(layout, path)
            names = wanted_names(header, channels, str(path))
            n_samples, _ = header.common(names, str(path))
            shape = (n_samples, len(layout.channels))
            counts = np.memmap(path, "<i2", "r", offset=layout.start, shape=shape)[start:stop]
            places = [header.names.index(name) for name in names]
            samples = np.stack([counts[:, k] * layout.channels[k][2] for k in places])
            return recording_of(samples, names, header, path, whole=len(counts) == n_samples)


def layout_of(path: Path) -> Layout:
    """The text of a file, understood."""
    text, end, _ = first_bytes(path, LONGEST_HEADER).partition(END)
    if not text.startswith(MARK) or not end:
        raise ReadError(f"{path}: a TickLog needs the line [samples] after its header, got none; copy it again")
    pairs = [line.partition("=")[::2] for line in text.removeprefix(MARK).decode("utf-8").splitlines()]
    said = {key.strip(): value.strip() for key, value in pairs}
    parts = [value.split(";") for key, value in pairs if key.strip() == "channel"]
    channels = [(name.strip(), unit.strip(), float(scale)) for name, unit, scale in parts]
    facts = {"speed_rpm": float(said["speed_rpm"])} if "speed_rpm" in said else {}
    return Layout(float(said["rate_hz"]), channels, facts, len(text) + len(END))


def header_of(layout: Layout, path: Path) -> Header:
    """What the text says, with the length that the file has."""
    n_bytes = path.stat().st_size - layout.start
    n_samples, left = divmod(n_bytes, 2 * len(layout.channels))
    if left:
        raise ReadError(f"{path}: {n_bytes} bytes are no whole number of samples; cut short? Copy it again")
    channels = [ChannelHeader(name, n_samples, layout.rate_hz, unit) for name, unit, _ in layout.channels]
    return Header(tuple(channels), layout.facts)
