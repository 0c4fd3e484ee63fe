"""Ends: the highest and lowest values of a signal and how often each occurs; a limit of the recorder piles them up."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from pipeline.signals.quality.finding import Finding
from pipeline.signals.quality.steps import Step

KEPT = 17
"""The extreme and sixteen values before it: enough to see whether the extreme is crowded."""

ROUNDING = 1e-6
"""Values in a bin so wide, relative to the extreme, are one: text and sampled tones repeat to rounding only."""

FEWEST_PILED = 3
CROWDED = 4.0
"""Times as many samples at the extreme as at any value just before it; a sine, crowded at its crests, has 2.4."""

SMALLEST_FULL_SCALE = 2**11
"""Counts; below this a peak at a power of two is too likely to be chance."""


class End(NamedTuple):
    """Values at one end, from the extreme inwards, and how often each occurs."""

    values: npt.NDArray[np.floating] = np.empty(0)
    counts: npt.NDArray[np.int64] = np.empty(0, dtype=np.int64)

    def joined(self, samples: npt.NDArray[np.floating], sign: int) -> "End":
        """With further samples.

        Args:
            samples: shape (time,), all finite.
            sign: 1 for the upper end, -1 for the lower.

        Example:
            >>> End().joined(np.array([1.0, 3.0, 3.0]), sign=1).counts
            array([2, 1])
        """
        if len(self.values) == KEPT:
            # A sort of all samples is needed once; afterwards only of those that reach the end.
            samples = samples[sign * samples >= sign * self.values[-1]]
        found, counted = np.unique(samples, return_counts=True)
        values, counts = np.concatenate([self.values, found]), np.concatenate([self.counts, counted])
        inwards = np.argsort(-sign * values, kind="stable")
        values, counts = values[inwards], counts[inwards]
        if not len(values):
            return self
        width = ROUNDING * np.abs(values[[0, -1]]).max() or 1.0
        # Equally wide bins from the extreme inwards: neighbours chained one to the next would swallow a sine's crest.
        with np.errstate(over="ignore"):
            bins = np.floor(np.abs(values - values[0]) / width)
        first = np.flatnonzero(np.concatenate([[True], bins[1:] != bins[:-1]]))
        return End(values[first][:KEPT], np.add.reduceat(counts, first)[:KEPT])

    @property
    def piled(self) -> bool:
        """Whether samples crowd at the extreme as they do nowhere before it."""
        if len(self.values) < KEPT:
            return False
        return bool(self.counts[0] >= FEWEST_PILED and self.counts[0] >= CROWDED * self.counts[1:].max())


def clipping(channel: str, lower: End, upper: End, step: Step | None) -> Finding | None:
    """Samples cut off at a limit.

    An amplifier or converter at its limit gives the same value again and again, so the histogram ends in a spike;
    an unclipped peak is alone at its height. Where the converter's step is known, an extreme at a power of two of
    counts is its full scale, however few samples reach it. A signal of a few values only (a switch, a tacho) ends
    abruptly by nature and is not judged.

    Args:
        channel: its name.
        lower, upper: both ends.
        step: of the samples, where there is one.

    Example:
        >>> sine = 3 * np.sin(np.arange(1000.0))
        >>> cut = np.clip(sine, -5.0, 2.5)
        >>> clipping("DE", End().joined(cut, -1), End().joined(cut, 1), step=None).message
        'clipped: 186 samples at the highest value 2.5'
        >>> clipping("DE", End().joined(sine, -1), End().joined(sine, 1), step=None) is None
        True
    """
    told, cut = [], 0
    for name, end in (("lowest", lower), ("highest", upper)):
        code = full_scale(end, step)
        if not end.piled and code is None:
            continue
        count = int(end.counts[0])
        cut += count
        at = f" ({code} counts, full scale)" if code is not None else ""
        told.append(f"{count} sample{'' if count == 1 else 's'} at the {name} value {end.values[0]:.6g}{at}")
    if not told:
        return None
    if cut == 1:
        return Finding("clipping", f"reaches full scale: {told[0]}", "info", channel, {"samples": 1})
    return Finding("clipping", f"clipped: {' and '.join(told)}", "warning", channel, {"samples": cut})


def full_scale(end: End, step: Step | None) -> int | None:
    """The extreme in counts, if it is a converter's last code: 2^k, or one below it.

    Example:
        >>> full_scale(End(np.array([3.2768]), np.array([1])), Step(1e-4, whole=True))
        32768
    """
    if step is None or not step.whole or not len(end.values):
        return None
    code = round(float(end.values[0]) / step.size)
    reached = abs(code)
    if reached < SMALLEST_FULL_SCALE - 1 or (reached & (reached - 1) and reached & (reached + 1)):
        return None
    return code
