"""Anchored hashes: what a recording is recognised by, whatever its gain, offset, sign, rounding, or start.

A hash is taken around every anchor: a sample whose step from the one before is the steepest far and wide. Anchors are
found in the samples themselves, so a copy that starts later has the same ones. The hash is that of the signs of the
curvature around the anchor: curvature has no offset, its signs no gain, and signs seen from the anchor's own step no
sign of the signal. Rounding turns few signs: half of all hashes outlive a step as coarse as a fortieth of the standard
deviation of white noise.

Two independent stretches of noise share one hash with a chance of 2 ** -64. Signals that repeat themselves (a tone,
a flat line) do not vary so freely, which shows in the signal itself: a hash that one signal holds twice says nothing
and is left out.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.signals.recording import Samples

REACH = 64
"""An anchor's step is the steepest within so many samples before and after, so there is one in some 130 samples."""

SHAPE = 256
"""Signs in a hash, the anchor in their middle."""

LAG = 8
"""Curvature is taken over so many samples on both sides: short enough for a fault's ringing at 50 kHz, long enough for
its signs to outlive rounding."""

MARGIN = SHAPE // 2 + LAG
"""Samples before and after an anchor that it and its hash depend on: more than two reaches."""

MIXERS = tuple(
    np.uint64(odd) for odd in (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93)
)
"""Odd numbers with about as many ones as zeros, which carry every bit of a product upwards."""


class Anchored(NamedTuple):
    """Hashes of one signal.

    Attributes:
        hashes: one per anchor, shape (anchor,).
        places: sample of each anchor, counted from the start of what was read.
        n_anchors: how many there were before those that repeat were left out.
    """

    hashes: npt.NDArray[np.uint64]
    places: npt.NDArray[np.int64]
    n_anchors: int


def anchored(blocks: Iterable[Samples]) -> Anchored:
    """Hashes of a signal that is read piece by piece; only they are held: 16 bytes for some 130 samples.

    Args:
        blocks: shape (channel, time) each, in order.

    Returns:
        The hashes of all channels that occur once.

    Example:
        >>> samples = np.random.default_rng(0).standard_normal((1, 20000))
        >>> whole, later = anchored([samples]), anchored([1 - 3 * samples[:, 700:]])
        >>> shared = set(whole.hashes) & set(later.hashes)
        >>> len(shared) == len(later.hashes), len(shared) > 100
        (True, True)
    """
    found: list[tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]] = []
    held: Samples | None = None
    start = 0
    for block in blocks:
        held = block if held is None else np.concatenate([held, block], axis=1)
        found += [hashes_of(channel, start) for channel in held]
        keep = min(held.shape[1], 2 * MARGIN)
        start += held.shape[1] - keep
        held = held[:, held.shape[1] - keep :]
    hashes = np.concatenate([np.empty(0, np.uint64), *(hashes for hashes, _ in found)])
    places = np.concatenate([np.empty(0, np.int64), *(places for _, places in found)])
    _, first, counts = np.unique(hashes, return_index=True, return_counts=True)
    once = np.sort(first[counts == 1])
    return Anchored(hashes[once], places[once], len(hashes))


def hashes_of(samples: Samples, start: int) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """Hashes of one channel of one piece, and where they are; anchors whose surroundings are cut off are none."""
    doubles = samples.astype(np.float64)
    anchors = anchors_of(doubles)
    shapes = doubles[anchors[:, None] + np.arange(-MARGIN, MARGIN)]
    curvature = shapes[:, LAG:-LAG] - (shapes[:, : -2 * LAG] + shapes[:, 2 * LAG :]) / 2
    facing = np.sign(doubles[anchors] - doubles[anchors - 1])
    usable = np.isfinite(shapes).all(axis=1)
    words = np.packbits(curvature * facing[:, None] > 0, axis=1).view(np.uint64)
    return mixed(words)[usable], anchors[usable] + start


def anchors_of(samples: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """Samples whose step is the steepest within reach (the first of equals), with whole surroundings.

    Example:
        >>> samples = np.zeros(1000); samples[500:] = 1.0
        >>> anchors_of(samples).tolist()
        [500]
    """
    if len(samples) < 2 * MARGIN:
        return np.empty(0, np.int64)
    from scipy.ndimage import maximum_filter1d

    with np.errstate(invalid="ignore"):
        steep = np.nan_to_num(np.abs(np.diff(samples, prepend=samples[:1])), nan=0.0, posinf=0.0)
    found = np.flatnonzero((steep > 0) & (steep == maximum_filter1d(steep, 2 * REACH + 1, mode="constant")))
    found = found[np.diff(found, prepend=-REACH - 1) > REACH]  # of equals within reach, the first
    return found[(found >= MARGIN) & (found < len(samples) - MARGIN)]


def mixed(words: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Four words of 64 bits as one, every bit of them telling.

    Example:
        >>> int(np.diff(mixed(np.eye(2, 4, dtype=np.uint64)))[0]) != 0
        True
    """
    hashes = np.zeros(len(words), np.uint64)
    for word, mixer in zip(words.T, MIXERS, strict=True):
        hashes = (hashes ^ word) * mixer
        hashes ^= hashes >> np.uint64(29)
    return hashes
