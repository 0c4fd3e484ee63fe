"""Workspace: named arrays, numbers and texts (MATLAB, NumPy, HDF5), understood as channels and facts."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.errors import FactError, ReadError
from pipeline.readers.base import ChannelHeader, Header, checked_part, few, recording_of, wanted_names
from pipeline.readers.stated import FACTS, agreed, stated_facts
from pipeline.readers.traces import SHORTEST, Trace, cut_traces, stacked
from pipeline.signals.long_samples import BLOCK
from pipeline.signals.recording import Recording, Samples

ATTRIBUTE = "attribute"
"""The kind of a leaf that only says something of the place it lies in; errors do not list it."""

REPEATED = re.compile(r"#\d+$")
"""What tells the second variable of one name from the first: `x#2`."""


@dataclass(frozen=True)
class Leaf:
    """One stored thing.

    Attributes:
        name: with the structs it lies in, such as `bearing.gs`.
        kind: what it is, in the words of the format, for errors.
        traces: its channels, none where it is no signal.
        value: of a single number or a text.
        array: anything that slices; may be None for a leaf whose samples nobody asked for.
        joint: what stands between the names of a place and of what lies in it; "/" in HDF5.
    """

    name: str
    kind: str
    traces: tuple[Trace, ...] = ()
    value: float | str | None = None
    array: Any = None
    joint: str = "."

    @property
    def place(self) -> str:
        """The struct it lies in; empty for the file itself."""
        return self.name.rpartition(self.joint)[0]

    @property
    def word(self) -> str:
        """Its name without the structs it lies in, and without the number of a repeated one."""
        return REPEATED.sub("", self.name.rpartition(self.joint)[2])


Said = dict[str, dict[str, Any]]
"""Place -> word -> what is stated there."""


def enclosing(place: str, joint: str = ".") -> Iterator[str]:
    """A place, then every place around it, the file last.

    Example:
        >>> list(enclosing("test.Y[1]"))
        ['test.Y[1]', 'test', '']
    """
    while place:
        yield place
        place = place.rpartition(joint)[0]
    yield ""


def facts_by_place(leaves: Sequence[Leaf]) -> Said:
    """What each struct, and the file itself, states.

    Example:
        >>> facts_by_place([Leaf("bearing.sr", "double", value=48828.0), Leaf("RPM", "double", value=900.0)])
        {'bearing': {'rate_hz': 48828.0}, '': {'speed_rpm': 900.0}}
    """
    inside: dict[str, list[Leaf]] = {}
    for leaf in leaves:
        inside.setdefault(leaf.place, []).append(leaf)
    return {place: stated_facts(values_of(here), beside={leaf.word for leaf in here}) for place, here in inside.items()}


def values_of(leaves: Sequence[Leaf]) -> dict[str, Any]:
    """Word -> number or text; a word that is repeated with another value says nothing.

    Example:
        >>> values_of([Leaf("fs", "double", value=1.0), Leaf("RPM", "double", value=2.0), Leaf("RPM#2", "", value=3.0)])
        {'fs': 1.0}
    """
    heard: dict[str, set[Any]] = {}
    for leaf in leaves:
        if leaf.value is not None:
            heard.setdefault(leaf.word, set()).add(leaf.value)
    return {word: next(iter(values)) for word, values in heard.items() if len(values) == 1}


def nearest(leaf: Leaf, word: str, said: Said) -> Any:
    """What is stated in the place nearest to a leaf, the leaf itself first (attributes lie in it); None for nothing."""
    return next((said[at][word] for at in enclosing(leaf.name, leaf.joint) if word in said.get(at, {})), None)


def facts_of(leaves: Sequence[Leaf], said: Said) -> dict[str, Any]:
    """What is stated of the machine nearest to some leaves, else anywhere in the file; never where two voices differ.

    Example:
        >>> leaves = [Leaf("a.x", "", value=None), Leaf("b.x", "", value=None)]
        >>> said = {"a": {"speed_rpm": 900.0}, "b": {"speed_rpm": 1800.0}}
        >>> facts_of(leaves[:1], said), facts_of(leaves, said)
        ({'speed_rpm': 900.0}, {})
    """
    found: dict[str, Any] = {}
    for word in FACTS:
        anywhere = [here[word] for here in said.values() if word in here]
        known = anywhere[0] if agreed(anywhere) else None
        near = [nearest(leaf, word, said) for leaf in leaves]
        heard = [known if each is None else each for each in near]
        if None not in heard and agreed(heard):
            found[word] = heard[0]
    return found


def workspace_header(leaves: Sequence[Leaf], path: Path) -> Header:
    """Channels with the rate and unit stated nearest to each, and the facts nothing in the file contradicts.

    Raises:
        ReadError: when nothing looks like a signal.
    """
    said = facts_by_place(leaves)
    signals = [leaf for leaf in leaves if leaf.traces]
    if not signals:
        held = few([f"{leaf.name} ({leaf.kind})" for leaf in leaves if leaf.kind != ATTRIBUTE]) or "nothing"
        raise ReadError(
            f"{path}: no signal; needed is a real vector or matrix of {SHORTEST} samples or more, it holds {held}"
        )
    channels: list[ChannelHeader] = []
    for leaf in signals:
        rate_hz, unit = nearest(leaf, "rate_hz", said), nearest(leaf, "unit", said) or None
        channels += [ChannelHeader(trace.channel, trace.n_samples, rate_hz, unit) for trace in leaf.traces]
    return Header(tuple(channels), facts_of(signals, said))


@dataclass(frozen=True)
class Chosen:
    """Some channels of a workspace: what is said of them, and where each lies."""

    header: Header
    names: tuple[str, ...]
    n_samples: int
    places: list[tuple[Any, Trace]]

    def cut(self, start: int, stop: int | None) -> Samples:
        """Samples [start, stop), shape (channel, time); a long part goes into its place piece by piece."""
        end = self.n_samples if stop is None else min(stop, self.n_samples)
        if end - start <= BLOCK:
            return stacked(list(cut_traces(self.places, start, end)))
        first = stacked(list(cut_traces(self.places, start, start + BLOCK)))
        samples = np.empty((len(self.places), end - start), first.dtype)
        samples[:, :BLOCK] = first
        for place in range(start + BLOCK, end, BLOCK):
            piece = samples[:, place - start : place - start + BLOCK]
            for row, cut in zip(piece, cut_traces(self.places, place, min(place + BLOCK, end)), strict=True):
                row[:] = cut
        return samples


def chosen_of(leaves: Sequence[Leaf], path: Path, channels: Sequence[str] | None) -> Chosen:
    """Some channels; the leaves they lie in must bring their arrays.

    Raises:
        ReadError: for an unknown channel, or channels of unlike length or rate.
    """
    header = workspace_header(leaves, path)
    names = wanted_names(header, channels, str(path))
    n_samples, _ = header.common(names, str(path))
    found = {trace.channel: (leaf, trace) for leaf in leaves for trace in leaf.traces}
    lying = list({id(leaf): leaf for leaf, _ in map(found.__getitem__, names)}.values())
    header = replace(header, facts=facts_of(lying, facts_by_place(leaves)))
    return Chosen(header, names, n_samples, [(leaf.array, trace) for leaf, trace in map(found.__getitem__, names)])


def workspace_recording(
    leaves: Sequence[Leaf], path: Path, channels: Sequence[str] | None, start: int, stop: int | None
) -> Recording:
    """Samples [start, stop) of some channels, with the facts stated nearest to them.

    Raises:
        ReadError: for an unknown channel, or channels of unlike length or rate.
    """
    start, stop = checked_part(start, stop, path)
    chosen = chosen_of(leaves, path, channels)
    samples = chosen.cut(start, stop)
    return recording_of(samples, chosen.names, chosen.header, path, whole=samples.shape[1] == chosen.n_samples)


def workspace_blocks(
    leaves: Sequence[Leaf], path: Path, channels: Sequence[str], size: int, start: int, stop: int | None
) -> Iterator[Samples]:
    """`Reader.blocks` over leaves that were looked up once.

    Raises:
        ReadError: for an unknown channel, or channels of unlike length or rate.
    """
    start, stop = checked_part(start, stop, path)
    chosen = chosen_of(leaves, path, channels)
    end = chosen.n_samples if stop is None else min(stop, chosen.n_samples)
    for first in range(start, end, size):
        yield chosen.cut(first, min(first + size, end))


def refuse_unholdable(recording: Recording, what: str) -> None:
    """Nothing, for a recording whose channels are found again when they are stored as named arrays.

    Args:
        recording: what is to be written.
        what: the format, for the error.

    Raises:
        FactError: for channels without samples enough, none at all, or two of one name.
    """
    if recording.n_samples < SHORTEST or not recording.channels:
        raise FactError(
            f"{what} needs one channel or more of {SHORTEST} samples or more to be read back, "
            f"got {len(recording.channels)} of {recording.n_samples}; write it as WAV or text"
        )
    doubled = [name for name in recording.channels if recording.channels.count(name) > 1]
    if doubled:
        raise FactError(f"{what} needs channels of different names, got '{doubled[0]}' twice; rename one")
