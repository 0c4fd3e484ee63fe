"""Leaks: what two sides of a split have in common."""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from pipeline.catalog.row import Row


class SharedPart(NamedTuple):
    """A specimen on both sides, by one signal of each; the specimen is "" where a side does not say its own."""

    specimen: str
    train: Row
    test: Row


class SharedSamples(NamedTuple):
    """Samples [start, stop) of one channel on both sides; `stop` is None where both go on to an unknown end."""

    train: Row
    test: Row
    start: int
    stop: int | None


def shared_parts(train: Sequence[Row], test: Sequence[Row]) -> list[SharedPart]:
    """Specimens on both sides, each once.

    A signal that does not say its specimen may be of any, so it counts as shared, once, under "".

    Example:
        >>> a, b = Row("a", "a.wav", specimen="pump 7"), Row("b", "b.wav", specimen="pump 7")
        >>> [part.specimen for part in shared_parts([a], [b])]
        ['pump 7']
    """
    if not (train and test):
        return []
    first = {row.specimen: row for row in reversed(train)}
    found = {row.specimen: SharedPart(row.specimen, first[row.specimen], row) for row in test if row.specimen in first}
    if "" not in found and (unsaid := next((row for row in (*train, *test) if not row.specimen), None)):
        in_train = unsaid in train
        found[""] = SharedPart("", unsaid if in_train else train[0], test[0] if in_train else unsaid)
    return list(found.values())


def shared_samples(train: Sequence[Row], test: Sequence[Row]) -> Iterator[SharedSamples]:
    """Every pair of signals that holds the same samples on both sides.

    One recording heard through two channels is not two times the same samples; see `shared_recordings`.

    Example:
        >>> row = Row("a", "a.wav", n_samples=100)
        >>> [(pair.start, pair.stop) for pair in shared_samples([row.part(0, 60)], [row.part(40, 100)])]
        [(40, 60)]
    """
    by_recording: dict[str, list[Row]] = {}
    for row in train:
        for name in names_of(row):
            by_recording.setdefault(name, []).append(row)
    for row in test:
        met = {id(other): other for name in names_of(row) for other in by_recording.get(name, [])}
        for other in met.values():
            if same_channel(other.channel, row.channel) and (both := common(other, row)):
                yield SharedSamples(other, row, *both)


def names_of(row: Row) -> tuple[str, ...]:
    """What a recording is known by: its file, and the file's content where its hash is known."""
    return (row.recording, f"sha256:{row.sha256}") if row.sha256 else (row.recording,)


def same_channel(one: str | None, other: str | None) -> bool:
    """Whether two ways to name a channel of one file can mean the same channel.

    Example:
        >>> same_channel("*DE_time", "X105_DE_time"), same_channel(None, "a1"), same_channel("a1", "a10")
        (True, True, False)
    """
    return one is None or other is None or one == other or fnmatchcase(one, other) or fnmatchcase(other, one)


def common(one: Row, other: Row) -> tuple[int, int | None] | None:
    """The samples two parts of one recording share, None where they share none."""
    ends = [row.stop if row.stop is not None else row.n_samples for row in (one, other)]
    known = [end for end in ends if end is not None]
    start, stop = max(one.start, other.start), min(known, default=None)
    return (start, stop) if stop is None or start < stop else None


def shared_recordings(train: Sequence[Row], test: Sequence[Row]) -> tuple[str, ...]:
    """Recordings with channels or parts on both sides, sorted."""
    return tuple(sorted({row.recording for row in train} & {row.recording for row in test}))
