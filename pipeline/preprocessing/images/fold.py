"""Fold: consecutive samples row by row, so that what repeats lines up in columns (Cao et al. 2018)."""

from pydantic import Field
from torch import Tensor, nn

from pipeline.preprocessing.base import Axis, Batch, ImageAxes, Stage, StageConfig


class FoldConfig(StageConfig):
    """How many rows an image has, and how long each is."""

    rows: int = Field(224, ge=1, le=16384)
    columns: int = Field(224, ge=1, le=16384)


def fold(samples: Tensor, rows: int, columns: int) -> Tensor:
    """Lay a signal out row by row.

    Args:
        samples: any unit, shape (..., time).
        rows, columns: size of the image; missing samples are zeros, samples past the last row are left out.

    Returns:
        Image, shape (..., row, column), in the unit of `samples`.

    Source: Cao, Zhang and Tang (2018), IEEE Access 6, section III: a signal [n, 1] becomes an image [x, y, 1].

    Example:
        >>> import torch
        >>> fold(torch.arange(5.0), rows=2, columns=3)
        tensor([[0., 1., 2.],
                [3., 4., 0.]])
    """
    wanted = rows * columns
    missing = max(0, wanted - samples.shape[-1])
    filled = nn.functional.pad(samples, (0, missing))[..., :wanted]
    return filled.reshape(*samples.shape[:-1], rows, columns)


class Fold(Stage[FoldConfig]):
    """`fold` for every channel of a batch: one plane per channel."""

    Config = FoldConfig

    def band_hz(self) -> tuple[float, float] | None:
        """Everything a sample carries: up to Nyquist, where the rate is known."""
        return (0.0, self.setting.rate_hz / 2) if self.setting.rate_hz else None

    def axes(self) -> ImageAxes:
        """Where a row starts, and the time since its start; in samples for a model that knows no rate."""
        unit, rate = ("s", self.setting.rate_hz) if self.setting.rate_hz else ("samples", 1.0)
        starts = tuple(row * self.config.columns / rate for row in range(self.config.rows))
        since = tuple(column / rate for column in range(self.config.columns))
        return ImageAxes(Axis("start", unit, starts), Axis("time", unit, since))

    def values(self, batch: Batch) -> Tensor:
        """(batch, channel, time) -> (batch, channel, row, column)."""
        return fold(batch.values, self.config.rows, self.config.columns)
