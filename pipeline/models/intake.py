"""Intake: a signal as recorded to the windows a model takes; the same for training and for diagnosis."""

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from pipeline.errors import UnusableError
from pipeline.preprocessing.base import MOST_WHEELS, Batch, OrdersOf
from pipeline.signals.conditioning.condition import condition
from pipeline.signals.conditioning.known_rate import rate_of
from pipeline.signals.conditioning.steps import StepSpec, apply_steps, parse_step
from pipeline.signals.fitness import Fitness, fitness_of
from pipeline.signals.recording import Samples
from pipeline.signals.signal import Signal
from pipeline.strict import Strict
from pipeline.units import rpm_from_hz
from pipeline.windows import WindowConfig

FLAGS = {"rate_hz": "--rate-hz", "speed_hz": "--speed-rpm"}

BATCH_BYTES = 1 << 25
"""Windows handed on at once take 32 MiB: more than any usual recording gives, so that its features are one entry of the
cache; a longer one comes in several batches."""

DOUBLE = 8
LONGEST_HELD = 1 << 27
"""A step of conditioning that cannot walk through a recording holds it several times: 128 MiB at most, 5 minutes at
51.2 kHz."""

SLOWEST_SURE_RPM = 100
"""What is stated below it is often a speed in turns per second, as of mains motors: 24.5 Hz for 1470 rpm."""


class Intake(Strict):
    """What a model asks of a signal, and how it cuts windows.

    Attributes:
        rate_hz: every signal is brought to this rate; None for a model that knows no rate.
        window: length in samples at that rate, and how many a signal gives in training.
        n_channels: channels of a signal.
        band_hz: what the model reads; a signal whose rate cannot hold it is refused.
        needs: facts of rate_hz, speed_hz, orders that the model's stages use.
        orders_of: whose orders those are, a bearing's or a gear's.
        most_wheels: of a gear stage that the model can tell apart; a gear with more is refused.
        highest_line_hz: how far fault lines are read; a signal one of whose faults lies beyond is refused.
        fewest_turns: shaft turns a window must hold; a signal too slow for that is refused.
        centre: whether each signal's mean is removed; sensor vectors keep theirs.
        conditioning: steps done to every recording before anything else.
    """

    rate_hz: float | None
    window: WindowConfig
    n_channels: int = 1
    band_hz: tuple[float, float] | None = None
    needs: tuple[str, ...] = ()
    orders_of: OrdersOf = "bearing"
    fewest_turns: float = 0.0
    most_wheels: int = MOST_WHEELS
    highest_line_hz: float | None = None
    centre: bool = True
    conditioning: tuple[StepSpec, ...] = ()

    def take(self, signal: Signal) -> Batch:
        """The windows a signal gives in training, as one batch.

        Args:
            signal: as recorded.

        Returns:
            Windows, shape (window, channel, time).

        Raises:
            UnusableError: naming what is wrong or missing, and the flag to give.
        """
        conditioned = self.condition(signal)
        return joined(list(self.batches(conditioned, self.window.per_signal)))

    def condition(self, signal: Signal) -> Signal:
        """A signal as the model expects it; a long one stays in its file.

        Raises:
            UnusableError: naming what is wrong or missing, and the flag to give.
        """
        seen = usable(signal)
        if self.conditioning:
            refuse_unholdable(signal, self.conditioning)
            signal = apply_steps(signal, self.conditioning)
            seen = usable(signal)
        self._check(signal)
        conditioned = condition(signal, self.rate_hz, self.band_hz, seen.means * self.centre)
        length = self.window.length()
        if conditioned.n_samples < length:
            told = self._told(conditioned.n_samples)
            raise UnusableError(f"too short: {told}, and one window needs {self._told(length)}")
        return conditioned

    def batches(self, conditioned: Signal, limit: int | None = None) -> Iterator[Batch]:
        """The windows of a conditioned signal, some megabytes at a time.

        Args:
            conditioned: what `condition` gave.
            limit: the first so many windows; all where None, as a diagnosis takes them.

        Raises:
            UnusableError: when resampling has carried samples beyond single precision.
        """
        length = self.window.length()
        room = max(1, BATCH_BYTES // (4 * length * self.n_channels))
        hop = self.window.hop(length)
        cut = islice(windows_of(conditioned.blocks(), length, hop), limit)
        while taken := list(islice(cut, room)):
            values = np.stack(taken)
            if not np.isfinite(values).all():
                raise UnusableError("samples are beyond single precision; check the file and its unit")
            yield self._batch(values, conditioned)

    def _orders(self, signal: Signal) -> tuple[float, ...]:
        return signal.orders if self.orders_of == "bearing" else signal.wheel_orders

    def _batch(self, values: npt.NDArray[np.float32], signal: Signal) -> Batch:
        count = len(values)
        return Batch(
            torch.from_numpy(np.ascontiguousarray(values, dtype=np.float32)),
            torch.full((count,), signal.rate_hz if signal.rate_hz is not None else math.nan),
            torch.full((count,), signal.speed_hz),
            torch.tensor([self._orders(signal)] * count),
        )

    def _check(self, signal: Signal) -> None:
        if signal.n_channels != self.n_channels:
            raise UnusableError(f"the model takes {self.n_channels} channels, the signal has {signal.n_channels}")
        if self.rate_hz is not None:
            rate_of(signal, "the model")
        missing = [need for need in self.needs if need != "rate_hz" and self._unknown(signal, need)]
        if missing:
            flags = " and ".join(f"--{self.orders_of}" if need == "orders" else FLAGS[need] for need in missing)
            raise UnusableError(f"the model needs {', '.join(missing)}, which nothing states; give {flags}")
        if self.orders_of == "gear" and signal.gear is not None and len(signal.gear.teeth) > self.most_wheels:
            raise UnusableError(
                f"the gear has {len(signal.gear.teeth)} wheels and the model tells {self.most_wheels} apart; "
                "train one with more wheels (fault_order: wheels)"
            )
        self._check_turns(signal)
        self._check_reach(signal)

    def _check_reach(self, signal: Signal) -> None:
        """Refuse a signal one of whose faults would show only where nothing is read."""
        if self.highest_line_hz is None:
            return
        # The cage shows beside the others' lines; it has none of its own here.
        orders = self._orders(signal)[: 3 if self.orders_of == "bearing" else None]
        fastest_hz = float(np.nanmax(orders)) * signal.speed_hz
        if fastest_hz > self.highest_line_hz:
            raise UnusableError(
                f"a fault of this {self.orders_of} would show at {fastest_hz:.4g} Hz at {signal.speed_rpm:g} rpm, and "
                f"the model reads lines up to {self.highest_line_hz:g} Hz; train one with wider carriers "
                "(fault_order: carrier_hz)"
            )

    def _check_turns(self, signal: Signal) -> None:
        """Refuse a window that holds too few turns of the shaft to tell its faults apart."""
        rate_hz = self.rate_hz or signal.rate_hz
        if not self.fewest_turns or rate_hz is None:
            return
        turns = self.window.length() / rate_hz * signal.speed_hz
        if turns < self.fewest_turns - signal.speed_hz / rate_hz:  # less a sample, as windows are whole samples
            raise UnusableError(
                f"a window of {self._told(self.window.length())} holds {turns:.3g} turns of the shaft at "
                f"{signal.speed_rpm:g} rpm, and the model needs {self.fewest_turns:g}, "
                f"{self.fewest_turns / signal.speed_hz:.3g} s at this speed; use a model with windows as long"
                + in_hertz(rpm_from_hz(signal.speed_hz))
            )

    def _unknown(self, signal: Signal, need: str) -> bool:
        values = np.atleast_1d(self._orders(signal) if need == "orders" else getattr(signal, need))
        return bool(np.isnan(values).all())

    def _told(self, n_samples: int) -> str:
        if self.rate_hz is None:
            return f"{n_samples} samples"
        return f"{n_samples / self.rate_hz:.3g} s ({n_samples} samples at {self.rate_hz:g} Hz)"


def in_hertz(speed_rpm: float) -> str:
    """A question, where a speed is so low that it may have been meant in turns per second.

    Example:
        >>> in_hertz(24.5), in_hertz(600)
        (', or is the speed 24.5 Hz? That is 1470 rpm', '')
    """
    if speed_rpm >= SLOWEST_SURE_RPM:
        return ""
    return f", or is the speed {speed_rpm:g} Hz? That is {rpm_from_hz(speed_rpm):g} rpm"


def usable(signal: Signal) -> Fitness:
    """One walk through a signal.

    Raises:
        UnusableError: when what it sees cannot be used for anything.
    """
    seen = fitness_of(signal.blocks())
    if seen.reason:
        raise UnusableError(seen.reason)
    return seen


def refuse_unholdable(signal: Signal, steps: Sequence[StepSpec]) -> None:
    """Nothing, unless a step must hold all of a recording that is too long for that.

    Raises:
        UnusableError: naming the step.
    """
    if DOUBLE * signal.n_samples * signal.n_channels <= LONGEST_HELD:
        return
    for name, step in map(parse_step, steps):
        if not step.in_pieces:
            raise UnusableError(f"{name} holds all of a recording, and {signal.n_samples} samples are too many; cut it")


def windows_of(blocks: Iterable[Samples], length: int, hop: int) -> Iterator[npt.NDArray[Any]]:
    """Every window that fits whole, from a signal that comes in pieces.

    Example:
        >>> pieces = [np.arange(5.0)[None], np.arange(5.0, 9.0)[None]]
        >>> [window[0].tolist() for window in windows_of(pieces, length=4, hop=3)]
        [[0.0, 1.0, 2.0, 3.0], [3.0, 4.0, 5.0, 6.0]]
    """
    held: Samples | None = None
    for block in blocks:
        held = block if held is None else np.concatenate([held, block], axis=1)
        count = max(0, (held.shape[1] - length) // hop + 1)
        for start in range(0, count * hop, hop):
            yield held[:, start : start + length]
        held = held[:, count * hop :]


def joined(batches: Sequence[Batch]) -> Batch:
    """Batches one after the other as one."""
    return batches[0] if len(batches) == 1 else Batch(*(torch.cat(parts) for parts in zip(*batches, strict=True)))
