"""Windows: a fixed number of samples of a signal, and where they start.

A config writes the length in samples, seconds or shaft turns; it is resolved to samples once, at training,
and kept in the bundle, because a net must always see the same span.
"""

import math
from typing import Self

from pydantic import Field, model_validator

from pipeline.errors import ConfigError
from pipeline.strict import Strict
from pipeline.units import hz_from_rpm

LONGEST = 1 << 26
"""Samples of a window: 20 minutes at 51.2 kHz."""


class WindowConfig(Strict):
    """How long a window is (exactly one of samples, seconds, turns) and how many a signal gives.

    Example:
        >>> WindowConfig(seconds=1.0, per_signal=10).length(rate_hz=12000)
        12000
        >>> WindowConfig(turns=10).length(rate_hz=12000, slowest_rpm=600)
        12000
    """

    samples: int | None = Field(
        None, ge=2, description="its length in samples, at rate_hz where that is given", examples=[4096]
    )
    seconds: float | None = Field(None, gt=0, description="its length in seconds; needs rate_hz", examples=[1.0])
    turns: float | None = Field(
        None, gt=0, description="its length in turns of the slowest shaft; needs rate_hz", examples=[20]
    )
    per_signal: int | None = Field(
        None, ge=1, description="the first so many windows of each signal; all if absent", examples=[10]
    )
    overlap: float = Field(0.0, ge=0.0, lt=1.0, description="share of a window that the next one repeats")

    @model_validator(mode="after")
    def _one_length(self) -> Self:
        given = [name for name in ("samples", "seconds", "turns") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"give exactly one of samples, seconds, turns; got {', '.join(given) or 'none'}")
        return self

    def length(self, rate_hz: float | None = None, slowest_rpm: float | None = None) -> int:
        """The window in samples.

        Args:
            rate_hz: sampling rate of the model; needed unless the config is in samples.
            slowest_rpm: slowest shaft among the signals; needed for a config in turns.

        Raises:
            ConfigError: when a fact needed is missing, or the window is too long for any memory.
        """
        length = self._length(rate_hz, slowest_rpm)
        if length > LONGEST:
            raise ConfigError(f"window: {length} samples, and {LONGEST} are the most; shorten it")
        return length

    def _length(self, rate_hz: float | None, slowest_rpm: float | None) -> int:
        if self.samples is not None:
            return self.samples
        if rate_hz is None:
            raise ConfigError("window: seconds and turns need rate_hz; give rate_hz or window.samples")
        if self.seconds is not None:
            return round(self.seconds * rate_hz)
        if slowest_rpm is None:
            raise ConfigError("window.turns: needs the speed of every signal, and some have none; use seconds")
        assert self.turns is not None
        return math.ceil(self.turns / hz_from_rpm(slowest_rpm) * rate_hz - 1e-9)

    def hop(self, length: int) -> int:
        """Samples from the start of a window to that of the next.

        Example:
            >>> WindowConfig(samples=100, overlap=0.25).hop(100)
            75
        """
        return max(1, round(length * (1.0 - self.overlap)))

    def starts(self, n_samples: int, length: int) -> list[int]:
        """First sample of every window that fits whole into `n_samples`.

        Example:
            >>> WindowConfig(samples=100, overlap=0.5).starts(250, 100)
            [0, 50, 100, 150]
            >>> WindowConfig(samples=100, per_signal=2).starts(1000, 100)
            [0, 100]
        """
        starts = list(range(0, n_samples - length + 1, self.hop(length)))
        return starts[: self.per_signal] if self.per_signal else starts
