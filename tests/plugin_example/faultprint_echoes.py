"""Echoes: how alike the energy of a signal is to itself a moment later; what repeats stands upright."""

import torch
from pydantic import Field
from torch import Tensor

from pipeline.errors import StageError
from pipeline.preprocessing.base import Axis, Batch, ImageAxes, Setting, Stage, StageConfig
from pipeline.preprocessing.engine.fourier import irfft, power_of_two, rfft
from pipeline.preprocessing.engine.magnitude import energy
from pipeline.preprocessing.sampling import sampling_of


class EchoesConfig(StageConfig):
    """How many stretches, and how far to listen back."""

    rows: int = Field(8, ge=1, description="stretches that a window is cut into")
    columns: int = Field(224, ge=1, description="samples to listen back")


def echoes(samples: Tensor, rows: int, columns: int) -> Tensor:
    """Autocorrelation of the energy, stretch by stretch.

    Args:
        samples: any unit, shape (..., time).
        rows, columns: of the image.

    Returns:
        Shape (..., row, column), 1 where a stretch repeats exactly.

    Example:
        >>> knocks = torch.tensor([1.0, 0.0, 0.0, 0.0]).repeat(100)
        >>> echoes(knocks, rows=1, columns=6)[0].argmax().item() + 1
        4
    """
    length = samples.shape[-1] // rows
    stretches = samples[..., : rows * length].unflatten(-1, (rows, length)).square()
    stretches = stretches - stretches.mean(dim=-1, keepdim=True)
    padded = power_of_two(2 * length)  # zeros behind a stretch, so that its end does not meet its beginning
    power = energy(rfft(stretches, padded))
    found = irfft(torch.stack([power, torch.zeros_like(power)], dim=-1), padded)
    return found[..., 1 : columns + 1] / found[..., :1].clamp(min=1e-20)


class Echoes(Stage[EchoesConfig]):
    """`echoes` of every channel: one plane per channel."""

    Config = EchoesConfig

    def __init__(self, config: EchoesConfig, setting: Setting) -> None:
        super().__init__(config, setting)
        if config.columns >= setting.n_samples // config.rows:
            raise StageError(f"echoes: {config.columns} columns do not fit into a stretch; take fewer, or fewer rows")

    def axes(self) -> ImageAxes:
        """Rows are the middles of stretches, columns how long ago."""
        sampling = sampling_of(self.setting)
        length = self.setting.n_samples // self.config.rows
        rows = sampling.places((row + 0.5) * length for row in range(self.config.rows))
        columns = sampling.places(range(1, self.config.columns + 1))
        return ImageAxes(rows, Axis("delay", columns.unit, columns.values))

    def values(self, batch: Batch) -> Tensor:
        """(batch, channel, time) -> (batch, channel, row, column)."""
        return echoes(batch.values, self.config.rows, self.config.columns)
