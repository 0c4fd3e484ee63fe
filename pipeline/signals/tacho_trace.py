"""Tacho trace: what was recorded of the shaft itself, beside a signal."""

from typing import NamedTuple

from pipeline.signals.long_samples import LongSamples
from pipeline.signals.recording import Samples


class TachoTrace(NamedTuple):
    """The tacho channel that was recorded beside a signal.

    Attributes:
        samples: (time,), any unit, at the signal's rate and as long as the signal; those of a long recording stay in
            its file.
        pulses_per_turn: of the shaft whose speed is meant.

    Example:
        >>> import numpy as np
        >>> TachoTrace(np.array([0.0, 5.0, 0.0, 5.0])).pulses_per_turn
        1.0
    """

    samples: Samples | LongSamples
    pulses_per_turn: float = 1.0
