"""High-pass: slow movements taken away without shifting anything in time."""

import math
from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt
from pydantic import Field

from pipeline.errors import UnusableError
from pipeline.signals.conditioning.known_rate import rate_of
from pipeline.signals.conditioning.step import Step
from pipeline.signals.long_samples import LongSamples, walked, with_margins
from pipeline.signals.recording import Samples
from pipeline.signals.signal import Signal

EDGE_PERIODS = 3
"""Periods of the cut-off by which a signal is continued at either end before it is filtered."""


FORGOTTEN = 1e-10
"""Share of a movement that may be left of it where a piece begins."""

LONGEST_MARGIN = 1 << 22
"""Samples around a piece; three times so many are held at once."""


def high_pass(samples: Samples, rate_hz: float, cutoff_hz: float, order: int = 4) -> npt.NDArray[np.float64]:
    """Butterworth high-pass, forwards and backwards, so that phases stay as they are.

    Gain at frequency f: 1 / (1 + (cutoff_hz / f)^(2 order)) up to the bilinear transform's bend, so half (-6 dB) at
    the cut-off. At either end the signal is continued by its own reflection through the end point, three periods of
    the cut-off long (or as long as it is); within about two periods of an end, slow movements are only partly removed.

    Args:
        samples: any unit, shape (..., time).
        rate_hz: sampling rate.
        cutoff_hz: between 0 and half the rate.
        order: of the filter in one direction.

    Returns:
        Same shape and unit, float64.

    Raises:
        UnusableError: when the cut-off is not below half the rate, or there are fewer than two samples.

    Source: Gustafsson (1996), Determining the initial states in forward-backward filtering, IEEE Trans. Signal
        Processing 44(4), 988-992.

    Example:
        >>> time_s = np.arange(12000) / 12000
        >>> slow, fast = np.sin(2 * np.pi * 1 * time_s), np.sin(2 * np.pi * 100 * time_s)
        >>> passed = high_pass(slow + fast, rate_hz=12000.0, cutoff_hz=20.0)
        >>> bool(np.abs(passed - fast)[1200:-1200].max() < 1e-3)
        True
    """
    from scipy.signal import butter, sosfiltfilt

    n_samples = samples.shape[-1]
    if not 0 < cutoff_hz < rate_hz / 2:
        told = f"a high-pass at {cutoff_hz:g} Hz needs a rate above {2 * cutoff_hz:g} Hz"
        raise UnusableError(f"{told}, the signal has {rate_hz:g} Hz; lower cutoff_hz")
    if n_samples < 2:
        raise UnusableError(f"a high-pass needs at least two samples, got {n_samples}")
    sections = butter(order, cutoff_hz, "highpass", fs=rate_hz, output="sos")
    edge = min(n_samples - 1, math.ceil(EDGE_PERIODS * rate_hz / cutoff_hz))
    passed: npt.NDArray[np.float64] = sosfiltfilt(sections, samples.astype(np.float64), axis=-1, padlen=edge)
    return passed


def high_passed(
    blocks: Iterable[Samples], rate_hz: float, cutoff_hz: float, order: int = 4
) -> Iterator[npt.NDArray[np.float64]]:
    """`high_pass` of a walk, piece by piece: each with so much around it that what lies beyond has died away.

    Args:
        blocks: pieces in order, each of shape (channel, time).
        rate_hz, cutoff_hz, order: as for `high_pass`.

    Raises:
        UnusableError: when the filter remembers more than a piece should hold.

    Source: the slowest pole of a Butterworth filter lies at 2 pi cutoff sin(pi / 2 order) from the imaginary axis
        (Oppenheim and Schafer, Discrete-Time Signal Processing, appendix B.1).

    Example:
        >>> pieces = [np.ones((1, 6000)), np.ones((1, 6000))]
        >>> float(max(np.abs(piece).max() for piece in high_passed(pieces, 1000.0, cutoff_hz=10.0))) < 1e-9
        True
    """
    memory_s = math.log(1 / FORGOTTEN) / (2 * math.pi * cutoff_hz * math.sin(math.pi / (2 * order)))
    margin = math.ceil(memory_s * rate_hz)
    if margin > LONGEST_MARGIN:
        raise UnusableError(
            f"a high-pass at {cutoff_hz:g} Hz remembers {memory_s:.3g} s, too much for so long a recording; "
            "raise cutoff_hz, or use detrend"
        )
    for held, first, end in with_margins(blocks, margin):
        yield high_pass(held, rate_hz, cutoff_hz, order)[:, first:end]


class HighPass(Step):
    """`high_pass` of a signal.

    Example:
        >>> HighPass(cutoff_hz=10).apply(Signal(np.ones(1000), rate_hz=1000.0)).history
        ('high-pass 10 Hz (Butterworth 4, zero phase)',)
    """

    in_pieces = True
    cutoff_hz: float = Field(gt=0, allow_inf_nan=False, description="what lies below is removed", examples=[10])
    order: int = Field(4, ge=1, le=12, description="of the Butterworth filter: how steep it is")

    def apply(self, signal: Signal) -> Signal:
        """The signal without what lies below the cut-off."""
        rate_hz = rate_of(signal, "a high-pass")
        samples = signal.samples
        passed = (
            walked(samples, lambda blocks: high_passed(blocks, rate_hz, self.cutoff_hz, self.order))
            if isinstance(samples, LongSamples)
            else high_pass(samples, rate_hz, self.cutoff_hz, self.order)
        )
        note = f"high-pass {self.cutoff_hz:g} Hz (Butterworth {self.order}, zero phase)"
        return signal.changed(note, samples=passed)
