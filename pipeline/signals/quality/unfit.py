"""Unfit: what makes samples unfit for any diagnosis, one small check each."""

from collections.abc import Callable

import numpy as np

from pipeline.signals.recording import Samples


def _empty(samples: Samples) -> str | None:
    return "empty: the signal has no samples" if samples.size == 0 else None


def _not_finite(samples: Samples) -> str | None:
    bad = ~np.isfinite(samples)
    count = int(bad.sum())
    if not count:
        return None
    first = int(np.argmax(bad.any(axis=0)))
    verb = "is" if count == 1 else "are"
    return f"{count} of {samples.size} samples {verb} not a number (NaN or infinite), the first at index {first}"


def _constant(samples: Samples) -> str | None:
    if samples.size == 0 or np.any(samples != samples[:, :1]):
        return None
    return "constant: the samples never change; is the sensor connected?"


CHECKS: tuple[Callable[[Samples], str | None], ...] = (_empty, _not_finite, _constant)
"""Each looks for one flaw in (channel, time) samples and says it in one line, or None; add further ones here."""


def flaws(samples: Samples) -> list[str]:
    """Everything that makes samples unfit, one line each; empty where nothing is wrong.

    Args:
        samples: any unit, shape (channel, time) or (time,).

    Example:
        >>> flaws(np.array([[0.1, np.nan, 0.3]]))
        ['1 of 3 samples is not a number (NaN or infinite), the first at index 1']
        >>> flaws(np.zeros((1, 8)))
        ['constant: the samples never change; is the sensor connected?']
    """
    by_channel = np.atleast_2d(samples)
    return [flaw for check in CHECKS if (flaw := check(by_channel)) is not None]


def unusable_reason(samples: Samples) -> str | None:
    """All flaws as one line, or None for samples that can be used.

    Example:
        >>> unusable_reason(np.array([[1.0, 2.0]])) is None
        True
        >>> unusable_reason(np.empty((1, 0)))
        'empty: the signal has no samples'
    """
    return "; ".join(flaws(samples)) or None
