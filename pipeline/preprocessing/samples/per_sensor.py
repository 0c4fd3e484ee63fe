"""Per sensor: each place of a sensor vector by that sensor's own mean and deviation over the training side."""

from typing import Self

import torch
from pydantic import Field, model_validator
from torch import Tensor

from pipeline.errors import StageError
from pipeline.preprocessing.base import Batch, Setting, Stage, StageConfig, TrainingSide


class PerSensorConfig(StageConfig):
    """Mean and deviation of every sensor; left out, they are learned from the training side and kept in the bundle."""

    mean: tuple[float, ...] | None = Field(None, description="one per sensor")
    deviation: tuple[float, ...] | None = Field(None, description="one per sensor")

    @model_validator(mode="after")
    def _together(self) -> Self:
        if (self.mean is None) != (self.deviation is None) or len(self.mean or ()) != len(self.deviation or ()):
            raise ValueError("mean and deviation go together, one of each per sensor; leave both out to learn them")
        return self


def per_sensor(vectors: Tensor, mean: Tensor, deviation: Tensor) -> Tensor:
    """Sensor vectors, each sensor in its own deviations from its own mean.

    Args:
        vectors: every sensor in its own unit, shape (..., sensor).
        mean, deviation: one of each per sensor, in that unit.

    Returns:
        Same shape, in deviations.

    Example:
        >>> per_sensor(torch.tensor([[2.0, 50.0]]), torch.tensor([1.0, 100.0]), torch.tensor([1.0, 50.0]))
        tensor([[ 1., -1.]])
    """
    return (vectors - mean) / deviation


class PerSensor(Stage[PerSensorConfig]):
    """`per_sensor` of every vector, with figures of the training side.

    Bar, degrees and litres share a vector, so that without this the sensor with the largest numbers is all a net sees.
    """

    Config = PerSensorConfig
    mean: Tensor
    deviation: Tensor

    def __init__(self, config: PerSensorConfig, setting: Setting) -> None:
        super().__init__(config, setting)
        if config.mean is not None and len(config.mean) != setting.n_samples:
            raise StageError(f"per_sensor: knows {len(config.mean)} sensors, a window has {setting.n_samples}")
        self.register_buffer("mean", torch.tensor(config.mean or (0.0,)), persistent=False)
        self.register_buffer("deviation", torch.tensor(config.deviation or (1.0,)), persistent=False)

    @classmethod
    def learned(cls, config: PerSensorConfig, side: TrainingSide) -> PerSensorConfig:
        """Each sensor's mean and deviation, in double precision; a sensor that never changes has deviation 1."""
        if config.mean is not None:
            return config
        values = torch.cat([batch.values.flatten(0, 1) for batch in side.batches()]).double()
        deviation, mean = torch.std_mean(values, dim=0, correction=0)
        deviation = torch.where(deviation > 0, deviation, 1.0)
        return PerSensorConfig(mean=tuple(mean.tolist()), deviation=tuple(deviation.tolist()))

    def unit(self, before: str) -> str:  # noqa: ARG002 - whatever it was
        """Deviations, whatever they were."""
        return "deviations"

    def values(self, batch: Batch) -> Tensor:
        """(batch, channel, sensor), in deviations."""
        return per_sensor(batch.values, self.mean, self.deviation)
