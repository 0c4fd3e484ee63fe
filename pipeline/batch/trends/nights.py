"""Nights: how usual a night was among those before it, over all machines that a model listens to; small is strange.

A night is taken as a whole: which points were recorded, how often, and with what `outside_p`. Where nights are
exchangeable, drawn alike whatever their order, the rank of the last one among them all is even in [0, 1] and
independent of the ranks before it, by whatever figure of a night one ranks, if only all nights are given theirs anew
with all nights in view (full conformal prediction). That is a theorem, for any number of points, however they depend on
each other, and however strangeness decides what is recorded at all.

The figure is chosen for plants that are not quite so. Machines are odd each in its own way, and come and go; so a
point's recordings are compared with its own alone. Recordings of one point and night are one witness, and may be many
on one day and few on another; so they count by their middle, which rises and falls with them in any unit.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby, product
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

DECIMALS = 9
"""Of figures of nights: the same sum taken in another order is the same figure."""


class Heard(NamedTuple):
    """A diagnosis, as drift takes it.

    Attributes:
        diagnosis_id: of the store.
        at: when it was recorded.
        point: whose: site, machine, point, channel.
        content: of its file, by hash; decides between equals.
        outside_p: in (0, 1].
    """

    diagnosis_id: int
    at: datetime
    point: tuple[str, ...]
    content: str
    outside_p: float


class Night(NamedTuple):
    """All that was recorded in one day (UTC).

    Attributes:
        first: its first recording.
        rank: among the nights before it, in [0, 1]; small where it was stranger.
    """

    first: Heard
    rank: float


def nights_of(heard: Iterable[Heard]) -> Iterator[Night]:
    """Every night but the first, which has none before it.

    The rank is the smoothed conformal p-value (number below + u number equal) / number, the night itself being one of
    the equal ones; u is even in [0, 1) and comes from the hash of the night's first file, so that the same recordings
    always give the same ranks.

    Args:
        heard: in the order of their recordings.

    Source: Vovk, Gammerman, Shafer (2005), Algorithmic learning in a random world, chapter 2 (transductive, smoothed):
    such p-values are even, and independent of one another.

    Example:
        >>> from datetime import UTC
        >>> strange = [(1, 0.5), (2, 0.6), (3, 0.01)]
        >>> days = [Heard(day, datetime(2026, 5, day, tzinfo=UTC), ("pump",), f"{day}", p) for day, p in strange]
        >>> [night.rank < 1 / 3 for night in nights_of(days)]
        [False, True]
    """
    nights = [list(night) for _, night in groupby(heard, lambda one: one.at.date())]
    for (first, *_), usual in zip(nights, usual_nights(middles(nights)), strict=True):
        if len(usual) > 1:
            below, equal = int((usual < usual[-1]).sum()), int((usual == usual[-1]).sum())
            yield Night(first, (below + _even(first.content) * equal) / len(usual))


def middles(nights: Sequence[Sequence[Heard]]) -> Floats:
    """The two middle values of each point's night, one and the same where their number is odd; NaN of a silent point.

    Two, not their mean: by order alone they are as often above as below those of any other number of recordings.

    Returns:
        Lower and upper, shape (2, point, night), or (1, point, night) where they never differ.
    """
    places = {point: place for place, point in enumerate(dict.fromkeys(one.point for night in nights for one in night))}
    found = np.full((2, len(places), len(nights)), np.nan)
    for number, night in enumerate(nights):
        by_point: dict[tuple[str, ...], list[float]] = {}
        for one in night:
            by_point.setdefault(one.point, []).append(one.outside_p)
        for point, values in by_point.items():
            values.sort()
            found[:, places[point], number] = values[(len(values) - 1) // 2], values[len(values) // 2]
    return found[:1] if np.array_equal(found[0], found[1], equal_nan=True) else found


def usual_nights(middle: Floats) -> Iterator[Floats]:
    """After each night, how usual it and all before it are among each other.

    Of a point, that is how much oftener a night's middles are above than below those of the point's nights so far; of a
    night, the mean over the points that were recorded in it.

    Args:
        middle: as of `middles`; something in each night.

    Returns:
        As many arrays as nights, of shapes (1,), (2,) and so on, from -1 to 1; 0 is the middle.

    Example:
        >>> values = np.array([[[0.5, 0.1, 0.9], [np.nan, 0.3, 0.3]]])
        >>> [usual.tolist() for usual in usual_nights(values)][1:]
        [[0.5, -0.25], [0.0, -0.333333333, 0.333333333]]
    """
    heard = ~np.isnan(middle[0])
    n_points, n_pairs = heard.sum(axis=0), len(middle) ** 2 * np.maximum(heard.cumsum(axis=1), 1)
    above = np.zeros(heard.shape, dtype=np.int32)
    for night in range(heard.shape[1]):
        signs = np.zeros((len(heard), night + 1), dtype=np.int8)
        for mine, others in product(middle, middle):
            past, last = mine[:, : night + 1], others[:, night, None]
            signs += past > last
            signs -= past < last  # of silent points, NaN, neither is true
        above[:, : night + 1] += signs
        above[:, night] -= signs.sum(axis=1, dtype=np.int32)
        yield np.round((1.0 / n_pairs[:, night]) @ above[:, : night + 1] / n_points[: night + 1], DECIMALS)


def _even(content: str) -> float:
    """A number in [0, 1) that is a file's own."""
    return int.from_bytes(hashlib.sha256(content.encode("utf-8", "surrogatepass")).digest()[:6], "big") / 2**48
