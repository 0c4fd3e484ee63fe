"""Cues: what a signal gives away besides its shape: how it was recorded, in five numbers."""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from pipeline.catalog.row import Row
from pipeline.signals.quality.moments import Moments
from pipeline.signals.quality.steps import find_step
from pipeline.signals.recording import Samples
from pipeline.signals.signal import Signal

CUES = ("rate", "gain", "DC offset", "quantisation step", "length")

ADVICE = {
    "rate": "bring every signal to one rate_hz",
    "gain": "standardise each image, and report level-free figures",
    "DC offset": "keep centre: true, which removes each signal's mean",
    "quantisation step": "add noise above the coarsest step, and see whether the figures hold",
    "length": "take the same number of windows of every signal (window.per_signal)",
}
"""What keeps a model from living on a cue."""

FEWEST = 64
"""A shorter signal is a row of sensor values, whose level is what it has to say."""

STEP_SAMPLES = 1 << 13
"""The step of quantisation is looked for in so many samples; a few hundred would do."""


@dataclass(frozen=True)
class Cues:
    """The cues of one signal, on scales where equal distances mean equally much.

    Attributes:
        rate, gain, length: natural logarithms of the rate in Hz, of the standard deviation, and of the number of
            samples of the whole recording.
        offset: the mean, in the unit of the samples.
        step: natural logarithm of the step between levels; `NO_STEP` for samples that have none.

    A cue that is not known is NaN.
    """

    rate: float
    gain: float
    offset: float
    step: float
    length: float

    def __iter__(self) -> Iterator[float]:
        return iter((self.rate, self.gain, self.offset, self.step, self.length))


NO_STEP = -100.0
"""Stands for continuous samples; no converter has a step of 1e-44."""


class Walk:
    """What the cues need of a walk through a signal's blocks, seen in passing, so that one walk serves several.

    Example:
        >>> walk = Walk()
        >>> for block in walk.watching([np.array([[1.0, 3.0]]), np.array([[5.0]])]):
        ...     pass
        >>> walk.moments.mean, round(walk.moments.std, 3)
        (3.0, 1.633)
    """

    def __init__(self) -> None:
        self.moments = Moments()
        self.start: Samples = np.empty(0)

    def watching(self, blocks: Iterable[Samples]) -> Iterator[Samples]:
        """The same blocks; samples that are no numbers are passed over."""
        for block in blocks:
            if not self.start.size:
                self.start = finite(block[0, :STEP_SAMPLES]).copy()
            self.moments = self.moments.joined(Moments.of(finite(block)))
            yield block


def finite(samples: Samples) -> Samples:
    """Those that are numbers, in one row."""
    good: Samples = samples[np.isfinite(samples)]
    return good


def cues_of(row: Row, signal: Signal, walk: Walk) -> Cues | None:
    """The cues of a signal whose blocks were watched; None for a row of sensor values, or without numbers.

    Example:
        >>> signal = Signal(np.arange(1000.0) % 10, rate_hz=math.e)
        >>> walk = Walk()
        >>> for block in walk.watching(signal.blocks()):
        ...     pass
        >>> [round(value, 2) for value in cues_of(Row("a", "a.wav"), signal, walk)]
        [1.0, 1.06, 4.5, 0.0, 6.91]
    """
    if walk.moments.n < FEWEST:
        return None
    step = find_step(walk.start)
    return Cues(
        rate=log(signal.rate_hz),
        gain=log(walk.moments.std),
        offset=walk.moments.mean,
        step=NO_STEP if step is None else log(step.size),
        # A protocol may cut a recording; how long the cut is says nothing of the recording.
        length=log(row.n_samples or signal.n_samples),
    )


def log(value: float | None) -> float:
    """Natural logarithm of what is there and above zero, otherwise NaN.

    Example:
        >>> log(1.0), log(0.0), log(None)
        (0.0, nan, nan)
    """
    return math.log(value) if value else math.nan
