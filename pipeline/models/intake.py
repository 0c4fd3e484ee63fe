"""Intake: a signal as recorded to the windows a model takes; the same for training and for diagnosis."""

import math

import numpy as np
import torch

from pipeline.errors import UnusableError
from pipeline.preprocessing.base import Batch
from pipeline.signals.conditioning.condition import condition
from pipeline.signals.quality import unusable_reason
from pipeline.signals.signal import Signal
from pipeline.strict import Strict
from pipeline.windows import WindowConfig

FLAGS = {"rate_hz": "--rate-hz", "speed_hz": "--speed-rpm", "orders": "--bearing"}


class Intake(Strict):
    """What a model asks of a signal, and how it cuts windows.

    Attributes:
        rate_hz: every signal is brought to this rate; None for a model that knows no rate.
        window: length in samples at that rate, and how many a signal gives in training.
        n_channels: channels of a signal.
        band_hz: what the model reads; a signal whose rate cannot hold it is refused.
        needs: facts of rate_hz, speed_hz, orders that the model's stages use.
    """

    rate_hz: float | None
    window: WindowConfig
    n_channels: int = 1
    band_hz: tuple[float, float] | None = None
    needs: tuple[str, ...] = ()

    def take(self, signal: Signal, every_window: bool = False) -> tuple[Signal, Batch]:
        """Condition a signal and cut it into windows.

        Args:
            signal: as recorded.
            every_window: ignore the limit per signal, as a diagnosis does.

        Returns:
            The conditioned signal, and its windows, shape (window, channel, time).

        Raises:
            UnusableError: naming what is wrong or missing, and the flag to give.
        """
        self._check(signal)
        conditioned = condition(signal, self.rate_hz, self.band_hz)
        if not np.isfinite(conditioned.samples).all():
            largest = np.abs(signal.samples).max()
            raise UnusableError(f"samples up to {largest:.3g} are beyond single precision; check the file and its unit")
        return conditioned, self._windows(conditioned, every_window)

    def _check(self, signal: Signal) -> None:
        reason = unusable_reason(signal.samples)
        if reason:
            raise UnusableError(reason)
        if signal.samples.shape[0] != self.n_channels:
            raise UnusableError(f"the model takes {self.n_channels} channels, the signal has {signal.samples.shape[0]}")
        if self.rate_hz is not None and signal.rate_hz is None:
            raise UnusableError("the sampling rate is unknown; give --rate-hz (or rate_hz in a side file)")
        missing = [need for need in self.needs if need != "rate_hz" and self._unknown(signal, need)]
        if missing:
            flags = " and ".join(FLAGS[need] for need in missing)
            raise UnusableError(f"the model needs {', '.join(missing)}, which nothing states; give {flags}")

    @staticmethod
    def _unknown(signal: Signal, need: str) -> bool:
        values = np.atleast_1d(getattr(signal, need))
        return bool(np.isnan(values).all())

    def _windows(self, signal: Signal, every_window: bool) -> Batch:
        length = self.window.length()
        cutting = self.window.model_copy(update={"per_signal": None}) if every_window else self.window
        starts = cutting.starts(signal.n_samples, length)
        if not starts:
            raise UnusableError(f"too short: {self._told(signal.n_samples)}, and one window needs {self._told(length)}")
        cut = np.stack([signal.samples[:, start : start + length] for start in starts])
        count = len(starts)
        return Batch(
            torch.from_numpy(np.ascontiguousarray(cut, dtype=np.float32)),
            torch.full((count,), signal.rate_hz if signal.rate_hz is not None else math.nan),
            torch.full((count,), signal.speed_hz),
            torch.tensor([tuple(signal.orders)] * count),
        )

    def _told(self, n_samples: int) -> str:
        if self.rate_hz is None:
            return f"{n_samples} samples"
        return f"{n_samples / self.rate_hz:.3g} s ({n_samples} samples at {self.rate_hz:g} Hz)"
