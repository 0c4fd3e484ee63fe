"""Resampling: another sampling rate by a rational factor, without aliases."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from pipeline.signals.long_samples import with_margins
from pipeline.signals.recording import Samples

RATE_TOLERANCE = 1e-6
"""The rate reached may miss the one asked for by this share: a thousandth of a sample in a window of 1000."""

LARGEST_FACTOR = 10_000
"""Ratios are kept exact while their terms stay below this; filters grow with them."""

STOP_DB = 80.0
"""How far frequencies past the transition are pushed down before they can fold back."""

TRANSITION = 0.16
"""Width of the filter's slope, centred on the lower Nyquist: flat to 0.92 of it, and folds only above 0.92."""


def rate_ratio(old_hz: float, new_hz: float) -> Fraction:
    """Samples out per sample in, as a ratio of small whole numbers.

    Returns:
        The exact ratio if its terms are below 10000, otherwise the simplest one within 1e-6 of it; where even that has
        no small term (rates that differ by a few millionths), the nearest that has, which is within 1e-4.

    Example:
        >>> rate_ratio(51200, 12000), rate_ratio(48828, 12000)
        (Fraction(15, 64), Fraction(1000, 4069))
    """
    exact = Fraction(new_hz) / Fraction(old_hz)
    # Rates such as 4266.67 are decimal numbers that binary floats only come near to.
    decimal = Fraction(repr(float(new_hz))) / Fraction(repr(float(old_hz)))
    if max(decimal.numerator, decimal.denominator) <= LARGEST_FACTOR:
        return decimal
    slack = exact * Fraction(RATE_TOLERANCE)
    close = simplest_between(exact - slack, exact + slack)
    if min(close.numerator, close.denominator) <= LARGEST_FACTOR:
        return close
    return exact.limit_denominator(LARGEST_FACTOR) if exact > 1 else 1 / (1 / exact).limit_denominator(LARGEST_FACTOR)


def simplest_between(low: Fraction, high: Fraction) -> Fraction:
    """The fraction with the smallest terms from `low` to `high`, both above 0.

    Source: Graham, Knuth and Patashnik, Concrete Mathematics, section 6.7, on continued fractions and the Stern-Brocot
        tree.

    Example:
        >>> simplest_between(Fraction("3.14"), Fraction("3.15"))
        Fraction(22, 7)
    """
    whole = low.numerator // low.denominator
    if whole == low or whole + 1 <= high:
        return Fraction(whole if whole == low else whole + 1)
    return whole + 1 / simplest_between(1 / (high - whole), 1 / (low - whole))


@lru_cache(maxsize=16)
def _low_pass(up: int, down: int) -> npt.NDArray[np.float64]:
    """Kaiser-windowed sinc at the rate `up` times the input's, -6 dB at the lower of the two Nyquist rates."""
    from scipy.signal import firwin, kaiser_beta, kaiserord

    slowest = max(up, down)
    n_taps, _ = kaiserord(STOP_DB, TRANSITION / slowest)
    taps: npt.NDArray[np.float64] = firwin(n_taps | 1, 1.0 / slowest, window=("kaiser", kaiser_beta(STOP_DB)))
    return taps


def resample(samples: Samples, ratio: Fraction) -> npt.NDArray[np.float64]:
    """Change the sampling rate by a rational factor, without aliases.

    Args:
        samples: shape (..., time); mean removed, as zeros are assumed before and after.
        ratio: new rate over old rate.

    Returns:
        Shape (..., ceil(time * ratio)). Flat to 0.92 of the lower Nyquist rate; above 1.08 of it less than -80 dB.

    Example:
        >>> resample(np.ones((1, 48000)), Fraction(1, 4)).shape
        (1, 12000)
    """
    from scipy.signal import resample_poly

    up, down = ratio.numerator, ratio.denominator
    taps = _low_pass(up, down)  # documented by scipy, unknown to its stubs
    changed: npt.NDArray[np.float64] = resample_poly(samples, up, down, axis=-1, window=taps)  # type: ignore[call-overload]
    return changed


def resampled_blocks(blocks: Iterable[Samples], ratio: Fraction) -> Iterator[npt.NDArray[np.float64]]:
    """`resample` for a signal that comes in pieces; the pieces joined are what the whole would give, bit for bit.

    Every piece is filtered with the samples around it that its filter reaches.

    Args:
        blocks: pieces in order, each of shape (channel, time).
        ratio: new rate over old rate.

    Example:
        >>> pieces = [np.ones((1, 30000)), np.ones((1, 18000))]
        >>> sum(piece.shape[1] for piece in resampled_blocks(pieces, Fraction(1, 4)))
        12000
    """
    up, down = ratio.numerator, ratio.denominator
    reach = -(-len(_low_pass(up, down)) // (2 * up)) + 1
    # Only every `down`-th input sample falls together with an output sample; pieces are cut there.
    margin = -(-reach // down) * down
    for held, first, end in with_margins(blocks, margin, down):
        last = None if end == held.shape[1] else end // down * up
        yield resample(held, ratio)[:, first // down * up : last]
