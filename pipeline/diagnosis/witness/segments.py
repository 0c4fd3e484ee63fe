"""Segments: which stretches of a signal are transformed and averaged, in turns of the shaft."""

import numpy as np

from pipeline.signals.signal import Signal

TURNS = 60.0
"""Of the shaft, in a segment: fine enough to tell a line from the shaft's, coarse enough for lines that slip smears."""
FEWEST_TURNS, SHORT_TURNS = 20.0, 30.0
"""Fewer in all, and lines run into one another; a short signal is halved down to segments of so many."""
MOST_SEGMENTS, OVERLAP = 40, 0.5
"""A longer signal is heard in so many segments, evenly spread."""
LONGEST = 1 << 20
"""Samples of a segment; slower shafts at higher rates get fewer turns."""


def segment_samples(signal: Signal, turns: float = TURNS) -> int:
    """Samples in a segment of so many turns; of a short signal half, so that two can be averaged, or all."""
    assert signal.rate_hz is not None
    of_turn = signal.rate_hz / signal.speed_hz
    wanted = min(turns, max(turns * SHORT_TURNS / TURNS, signal.n_samples / of_turn / 2))
    return min(signal.n_samples, LONGEST, round(wanted * of_turn))


def segment_starts(n_samples: int, segment: int) -> list[int]:
    """Where segments begin, half overlapping, or evenly spread over a long signal."""
    room = n_samples - segment
    count = min(MOST_SEGMENTS, 1 + int(room / (segment * (1 - OVERLAP))))
    return [round(start) for start in np.linspace(0, room, count)]
