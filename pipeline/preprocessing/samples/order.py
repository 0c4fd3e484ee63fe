"""Order: samples at equal shaft angles in place of equal times, so that the shaft's lines stand still at any speed."""

from typing import Self

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn

from pipeline.errors import StageError
from pipeline.preprocessing.base import Batch, Setting, Stage, StageConfig
from pipeline.preprocessing.engine.respacing import Respacing

LONGEST = 1 << 22
"""Samples at equal angles that a window may become."""


class OrderConfig(StageConfig):
    """How many turns, and how finely."""

    turns: int = Field(10, ge=1, le=65536, description="whole turns handed on; a window must hold them")
    samples_per_turn: int = Field(
        512, ge=8, le=65536, description="reads orders below half of it; nothing above folds back"
    )

    @model_validator(mode="after")
    def _fits_into_memory(self) -> Self:
        if self.turns * self.samples_per_turn > LONGEST:
            told = f"{self.turns} turns of {self.samples_per_turn} samples are {self.turns * self.samples_per_turn}"
            raise ValueError(f"{told} samples a window, and {LONGEST} are the most; ask for fewer")
        return self


class EqualAngles(nn.Module):
    """`at_equal_angles` for windows of one length, its constants kept.

    Args:
        rate_hz: of the samples.
        n_samples: length of a window.
        turns, samples_per_turn: wanted.
    """

    def __init__(self, rate_hz: float, n_samples: int, turns: int, samples_per_turn: int) -> None:
        super().__init__()
        self.rate_hz, self.n_samples, self.samples_per_turn = rate_hz, n_samples, samples_per_turn
        self.respacing = Respacing(n_samples, turns * samples_per_turn)

    def forward(self, samples: Tensor, speed_hz: Tensor) -> Tensor:
        """(batch, channel, time) and (batch,) -> (batch, channel, angle); zeros for a window of unknown speed."""
        known = speed_hz > 0
        spacing = self.rate_hz / (self.samples_per_turn * torch.where(known, speed_hz, 1.0))
        turned: Tensor = self.respacing(samples, spacing.clamp(max=float(self.n_samples)))
        return turned * known[:, None, None]


def at_equal_angles(samples: Tensor, rate_hz: float, speed_hz: Tensor, turns: int, samples_per_turn: int) -> Tensor:
    """Windows sampled at equal angles of a shaft that turns evenly, from their first sample on.

    Each window has its own speed. Where it varies within a window, `order_track` among the steps of conditioning
    follows a tacho instead. Building the constants takes longer than using them: a stage builds them once.

    Args:
        samples: any unit, shape (batch, channel, time).
        rate_hz: sampling rate.
        speed_hz: turns per second, (batch,).
        turns: how many.
        samples_per_turn: how fine.

    Returns:
        Shape (batch, channel, turns * samples_per_turn), in the unit of `samples`: flat to 0.8 of the highest order,
        samples_per_turn / 2, and nothing above it folds back. Turns past the window's end are zeros.

    Source: Fyfe and Munck (1997), Analysis of computed order tracking, MSSP 11(2), 187-205.

    Example:
        >>> time_s = torch.arange(1000) / 1000
        >>> third = torch.stack([torch.sin(2 * torch.pi * 3 * hz * time_s) for hz in (20, 25)])[:, None]
        >>> turned = at_equal_angles(third, 1000.0, torch.tensor([20.0, 25.0]), turns=10, samples_per_turn=16)
        >>> torch.fft.rfft(turned[:, 0]).abs().argmax(dim=-1) / 10  # both at order 3
        tensor([3., 3.])
    """
    module = EqualAngles(rate_hz, samples.shape[-1], turns, samples_per_turn).to(samples.device)
    turned: Tensor = module(samples, speed_hz)
    return turned


class Order(Stage[OrderConfig]):
    """`at_equal_angles` of every channel: what follows counts in orders and turns."""

    Config = OrderConfig

    def __init__(self, config: OrderConfig, setting: Setting) -> None:
        super().__init__(config, setting)
        if setting.samples_per_turn is not None:
            raise StageError("order: the samples are at equal shaft angles already; name it once")
        if setting.rate_hz is None:
            raise StageError("order: needs the sampling rate, to tell how many samples a turn takes; give rate_hz")
        self.angles = EqualAngles(setting.rate_hz, setting.n_samples, config.turns, config.samples_per_turn)

    @property
    def needs(self) -> frozenset[str]:
        """Rate and speed."""
        return frozenset({"rate_hz", "speed_hz"})

    @property
    def fewest_turns(self) -> float:
        """As many as are handed on."""
        return float(self.config.turns)

    def after(self) -> Setting:
        """Samples at equal angles, which have no rate."""
        per_turn = self.config.samples_per_turn
        return Setting(None, self.config.turns * per_turn, samples_per_turn=per_turn)

    def unit(self, before: str) -> str:
        """As before."""
        return before

    def values(self, batch: Batch) -> Tensor:
        """(batch, channel, time) -> (batch, channel, angle)."""
        turned: Tensor = self.angles(batch.values, batch.speed_hz)
        return turned
