"""Carrier mean: all carriers of a fault-order image as one row; a fault rings in bands that nobody knows beforehand."""

import torch
from torch import Tensor

from pipeline.errors import StageError
from pipeline.preprocessing.base import Batch, ImageAxes, Setting, Stage, StageConfig


class CarrierMeanConfig(StageConfig):
    """Nothing to set."""


def carrier_mean(image: Tensor) -> Tensor:
    """The mean of all rows but the last, and the last row, which is the whole band.

    Args:
        image: any unit, shape (..., row, column).

    Returns:
        Shape (..., 2, column), unit as before.

    Example:
        >>> carrier_mean(torch.tensor([[1.0], [3.0], [7.0]])).flatten()
        tensor([2., 7.])
    """
    return torch.cat([image[..., :-1, :].mean(dim=-2, keepdim=True), image[..., -1:, :]], dim=-2)


class CarrierMean(Stage[CarrierMeanConfig]):
    """`carrier_mean` of every plane of a fault-order image."""

    Config = CarrierMeanConfig
    takes = "image"

    def __init__(self, config: CarrierMeanConfig, setting: Setting) -> None:
        super().__init__(config, setting)
        if setting.axes is not None and len(setting.axes.rows.values) < 2:
            raise StageError(
                "carrier_mean: needs rows of carriers and of the whole band, got one; put fault_order first"
            )

    def axes(self) -> ImageAxes | None:
        """The columns that came in; two rows."""
        before = self.setting.axes
        if before is None:
            return None
        whole = before.rows.labels[-1] if before.rows.labels else "all"
        return before._replace(rows=before.rows._replace(values=(0.0, 1.0), labels=("mean", whole)))

    def unit(self, before: str) -> str:
        """As before."""
        return before

    def values(self, batch: Batch) -> Tensor:
        """(batch, plane, 2, column)."""
        return carrier_mean(batch.values)
