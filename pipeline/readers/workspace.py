"""Workspace: named arrays, numbers and texts, as MATLAB and NumPy store them, understood as channels and facts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import ReadError
from pipeline.readers.base import ChannelHeader, Header, checked_part, few, recording_of, wanted_names
from pipeline.readers.stated import agreed, stated_facts
from pipeline.readers.traces import SHORTEST, Trace, stacked
from pipeline.signals.recording import Recording


@dataclass(frozen=True)
class Leaf:
    """One stored thing.

    Attributes:
        name: with the structs it lies in, such as `bearing.gs`.
        kind: what it is, in the words of the format, for errors.
        traces: its channels, none where it is no signal.
        value: of a single number or a text.
        array: anything that slices; may be None for a leaf whose samples nobody asked for.
    """

    name: str
    kind: str
    traces: tuple[Trace, ...] = ()
    value: float | str | None = None
    array: Any = None

    @property
    def place(self) -> str:
        """The struct it lies in; empty for the file itself."""
        return self.name.rpartition(".")[0]


def enclosing(place: str) -> Iterator[str]:
    """A place, then every place around it, the file last.

    Example:
        >>> list(enclosing("test.Y[1]"))
        ['test.Y[1]', 'test', '']
    """
    while place:
        yield place
        place = place.rpartition(".")[0]
    yield ""


def facts_by_place(leaves: Sequence[Leaf]) -> dict[str, dict[str, Any]]:
    """What each struct, and the file itself, states.

    Example:
        >>> facts_by_place([Leaf("bearing.sr", "double", value=48828.0), Leaf("RPM", "double", value=900.0)])
        {'bearing': {'rate_hz': 48828.0}, '': {'speed_rpm': 900.0}}
    """
    places = dict.fromkeys(leaf.place for leaf in leaves)
    inside = {place: [leaf for leaf in leaves if leaf.place == place] for place in places}
    return {
        place: stated_facts(
            {leaf.name.rpartition(".")[2]: leaf.value for leaf in here if leaf.value is not None},
            beside={leaf.name.rpartition(".")[2] for leaf in here},
        )
        for place, here in inside.items()
    }


def workspace_header(leaves: Sequence[Leaf], path: Path) -> Header:
    """Channels with the rate and unit stated nearest to each, and the facts nothing in the file contradicts.

    Raises:
        ReadError: when nothing looks like a signal.
    """
    said = facts_by_place(leaves)

    def nearest(leaf: Leaf, word: str) -> Any:
        return next((said[at][word] for at in enclosing(leaf.place) if word in said.get(at, {})), None)

    channels = tuple(
        ChannelHeader(trace.channel, trace.n_samples, nearest(leaf, "rate_hz"), nearest(leaf, "unit"))
        for leaf in leaves
        for trace in leaf.traces
    )
    if not channels:
        held = few([f"{leaf.name} ({leaf.kind})" for leaf in leaves]) or "nothing"
        raise ReadError(
            f"{path}: no signal; needed is a real vector or matrix of {SHORTEST} samples or more, it holds {held}"
        )
    voices = {word: [here[word] for here in said.values() if word in here] for word in ("speed_rpm", "load")}
    return Header(channels, {word: heard[0] for word, heard in voices.items() if agreed(heard)})


def workspace_recording(
    leaves: Sequence[Leaf], path: Path, channels: Sequence[str] | None, start: int, stop: int | None
) -> Recording:
    """Samples [start, stop) of some channels; the leaves they lie in must bring their arrays.

    Raises:
        ReadError: for an unknown channel, or channels of unlike length or rate.
    """
    start, stop = checked_part(start, stop, path)
    header = workspace_header(leaves, path)
    names = wanted_names(header, channels, str(path))
    n_samples, _ = header.common(names, str(path))
    found = {trace.channel: (leaf.array, trace) for leaf in leaves for trace in leaf.traces}
    samples = stacked([trace.cut(array, start, stop) for array, trace in map(found.__getitem__, names)])
    return recording_of(samples, names, header, path, whole=samples.shape[1] == n_samples)
