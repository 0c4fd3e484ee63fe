"""What every stage promises: a batch in, a batch out; constants in buffers; no loop over the batch."""

from typing import ClassVar, Generic, NamedTuple, TypeVar

import torch
from pydantic import BaseModel, ConfigDict
from torch import Tensor, nn


class Batch(NamedTuple):
    """Windows, later images, with the facts that physics needs. Tensors only, so any collate or export carries it.

    Attributes:
        values: (batch, channel, time), later (batch, plane, row, column), float32.
        rate_hz: (batch,), NaN where unknown.
        speed_hz: (batch,), NaN where unknown.
        orders: (batch, 4) outer, inner, ball (2 BSF), cage in shaft orders; NaN where unknown.
    """

    values: Tensor
    rate_hz: Tensor
    speed_hz: Tensor
    orders: Tensor

    @classmethod
    def of(cls, values: Tensor, rate_hz: float = float("nan"), speed_hz: float = float("nan")) -> "Batch":
        """A batch whose facts are the same for every window, and whose orders are unknown.

        Example:
            >>> Batch.of(torch.zeros(2, 1, 8), rate_hz=100.0).rate_hz
            tensor([100., 100.])
        """
        count = values.shape[0]
        return cls(
            values,
            torch.full((count,), rate_hz),
            torch.full((count,), speed_hz),
            torch.full((count, 4), float("nan")),
        )

    def rows(self, chosen: slice | Tensor) -> "Batch":
        """Some windows of the batch, facts included."""
        return Batch(self.values[chosen], self.rate_hz[chosen], self.speed_hz[chosen], self.orders[chosen])


class Setting(NamedTuple):
    """What a stage can rely on when it is built.

    Attributes:
        rate_hz: the model's rate, None for models that know no rate.
        n_samples: length of a window.
    """

    rate_hz: float | None
    n_samples: int


class StageConfig(BaseModel):
    """A stage's options; frozen, and an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Options = TypeVar("Options", bound=StageConfig)


class Stage(nn.Module, Generic[Options]):
    """A thin coat over a pure function in the same file.

    Args:
        config: the stage's options.
        setting: rate and window length, for constants that depend on them.
    """

    Config: ClassVar[type[StageConfig]]
    needs: ClassVar[frozenset[str]] = frozenset()
    """Facts every window must bring, of rate_hz, speed_hz, orders."""

    def __init__(self, config: Options, setting: Setting) -> None:
        super().__init__()
        self.config = config
        self.setting = setting

    def band_hz(self) -> tuple[float, float] | None:
        """The band this stage reads, None for one that takes what it is given."""
        return None

    def forward(self, batch: Batch) -> Batch:
        """The batch with its `values` replaced."""
        raise TypeError(f"{type(self).__name__} cannot take {batch.values.shape}: it has no forward")
