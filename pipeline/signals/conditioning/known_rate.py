"""Known rate: the sampling rate for whoever cannot do without, or why nobody states it."""

from pipeline.errors import UnusableError
from pipeline.signals.signal import Signal


def rate_of(signal: Signal, what: str) -> float:
    """The signal's rate in hertz.

    Args:
        signal: as recorded.
        what: who needs it, for the error.

    Raises:
        UnusableError: when it is unknown; with the reason, where the file holds times that state none.

    Example:
        >>> import numpy as np
        >>> rate_of(Signal(np.zeros((1, 8)), no_rate="some of its times are missing"), "the model")
        Traceback (most recent call last):
        ...
        pipeline.errors.UnusableError: the model needs the sampling rate, which nothing states (some of its times are
        missing); give --rate-hz (or rate_hz in a side file)
    """
    if signal.rate_hz is None:
        why = f" ({signal.no_rate})" if signal.no_rate else ""
        raise UnusableError(
            f"{what} needs the sampling rate, which nothing states{why}; give --rate-hz (or rate_hz in a side file)"
        )
    return signal.rate_hz
