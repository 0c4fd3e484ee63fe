"""Fold: consecutive samples row by row, so that what repeats lines up in columns (Cao et al. 2018)."""

from pydantic import Field
from torch import Tensor, nn

from pipeline.errors import StageError
from pipeline.preprocessing.base import Axis, Batch, ImageAxes, Setting, Stage, StageConfig
from pipeline.preprocessing.samples.order import EqualAngles
from pipeline.preprocessing.sampling import sampling_of

SIDE = 224
"""Rows and columns where nothing says how many."""


class FoldConfig(StageConfig):
    """How many rows an image has, and how long each is."""

    rows: int | None = Field(None, ge=1, le=16384, description="224, or after order its turns, if absent")
    columns: int | None = Field(None, ge=1, le=16384, description="224, or after order its samples per turn, if absent")
    per_turn: bool = Field(False, description="a row is one turn of the shaft, at whatever speed it turns")


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
    """`fold` for every channel of a batch: one plane per channel.

    Per turn, and after `order`, a row is a turn: what happens once per turn is an upright line at every speed.
    """

    Config = FoldConfig

    def __init__(self, config: FoldConfig, setting: Setting) -> None:
        super().__init__(config, setting)
        per_turn = setting.samples_per_turn
        columns = config.columns or (SIDE if per_turn is None else round(per_turn))
        self.columns = columns
        self.rows = config.rows or (SIDE if per_turn is None else max(1, setting.n_samples // columns))
        self.angles = self._angles() if config.per_turn else None

    def _angles(self) -> EqualAngles | None:
        """What brings samples to equal angles, None where they are there already."""
        per_turn, rate_hz = self.setting.samples_per_turn, self.setting.rate_hz
        if per_turn is not None:
            if self.columns != per_turn:
                told = f"after order a turn has {per_turn:g} samples, got columns {self.columns}"
                raise StageError(f"fold: per_turn draws one turn per row; {told}; leave columns out")
            return None
        if rate_hz is None:
            raise StageError("fold: per_turn needs the sampling rate; give rate_hz")
        return EqualAngles(rate_hz, self.setting.n_samples, self.rows, self.columns)

    @property
    def needs(self) -> frozenset[str]:
        """Nothing but samples; rate and speed per turn."""
        return frozenset() if self.angles is None else frozenset({"rate_hz", "speed_hz"})

    @property
    def fewest_turns(self) -> float:
        """Per turn, as many as there are rows."""
        return 0.0 if self.angles is None else float(self.rows)

    def band_hz(self) -> tuple[float, float] | None:
        """Everything a sample carries: up to Nyquist, where the rate is known."""
        return (0.0, self.setting.rate_hz / 2) if self.setting.rate_hz else None

    def axes(self) -> ImageAxes:
        """Where a row starts, and the time or angle since its start; in samples for a model that knows no rate."""
        sampling = sampling_of(self.setting)
        if self.config.per_turn:
            angle = Axis("angle", "turns", tuple(column / self.columns for column in range(self.columns)))
            return ImageAxes(Axis("turn", "", tuple(map(float, range(self.rows)))), angle)
        starts = sampling.places(row * self.columns for row in range(self.rows))
        return ImageAxes(starts._replace(name="start"), sampling.places(range(self.columns)))

    def unit(self, before: str) -> str:
        """As before."""
        return before

    def values(self, batch: Batch) -> Tensor:
        """(batch, channel, time) -> (batch, channel, row, column)."""
        samples = batch.values if self.angles is None else self.angles(batch.values, batch.speed_hz)
        return fold(samples, self.rows, self.columns)
