"""What every stage promises: a batch in, a batch out; constants in buffers; no loop over the batch.

Pictures are laid out as they are drawn: row 0 is the top. Where rows are frequencies (`stft`, `wavelet`), row 0 is
the highest frequency and the last row the lowest; columns run forward in time. `Stage.axes` says what each row and
column stands for.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import ClassVar, Generic, Literal, NamedTuple, Protocol, TypeVar

import torch
from torch import Tensor, nn

from pipeline.errors import StageError
from pipeline.strict import Strict


class Batch(NamedTuple):
    """Windows, later images, with the facts that physics needs. Tensors only, so any collate or export carries it.

    Attributes:
        values: (batch, channel, time), later (batch, plane, row, column), float32.
        rate_hz: (batch,), NaN where unknown.
        speed_hz: (batch,), NaN where unknown.
        orders: (batch, 4) outer, inner, ball (2 BSF), cage in shaft orders; in a model for gears the turns of up to
            four wheels; NaN where unknown.
    """

    values: Tensor
    rate_hz: Tensor
    speed_hz: Tensor
    orders: Tensor

    @classmethod
    def of(
        cls,
        values: Tensor,
        rate_hz: float = math.nan,
        speed_hz: float = math.nan,
        orders: Sequence[float] = (math.nan,) * 4,
    ) -> "Batch":
        """A batch whose facts are the same for every window.

        Example:
            >>> Batch.of(torch.zeros(2, 1, 8), rate_hz=100.0).rate_hz
            tensor([100., 100.])
        """
        count = values.shape[0]
        return cls(
            values,
            torch.full((count,), rate_hz),
            torch.full((count,), speed_hz),
            torch.tensor(tuple(orders)).repeat(count, 1),
        )

    def rows(self, chosen: slice | Tensor) -> "Batch":
        """Some windows of the batch, facts included."""
        return Batch(self.values[chosen], self.rate_hz[chosen], self.speed_hz[chosen], self.orders[chosen])


class Axis(NamedTuple):
    """What the rows, or the columns, of an image stand for.

    Attributes:
        name: "frequency", "time" and the like.
        unit: "Hz", "s", "samples" and the like.
        values: one per row or column, at its centre, in image order.
        labels: one per row or column, where a number alone does not say it; empty otherwise.
    """

    name: str
    unit: str
    values: tuple[float, ...]
    labels: tuple[str, ...] = ()


class ImageAxes(NamedTuple):
    """Both axes of an image; its size is `(len(rows.values), len(columns.values))`.

    Attributes:
        planes: what each plane shows, where planes differ in kind; empty where each is a channel of the signal.
    """

    rows: Axis
    columns: Axis
    planes: tuple[str, ...] = ()


class Setting(NamedTuple):
    """What a stage can rely on when it is built.

    Attributes:
        rate_hz: of the samples that come in, the model's to begin with; None for models that know no rate, and for
            samples at equal shaft angles.
        n_samples: length of the window that comes in.
        axes: of the image that comes in; None where samples come in, or nobody said.
        samples_per_turn: of samples at equal shaft angles; None for samples at equal times.
    """

    rate_hz: float | None
    n_samples: int
    axes: ImageAxes | None = None
    samples_per_turn: float | None = None


OrdersOf = Literal["bearing", "gear"]
"""Whose orders a batch carries: outer, inner, ball, cage of a bearing, or the turns of a gear stage's wheels."""


MOST_WHEELS = 4
"""Wheels of a gear stage whose turns a batch can carry."""


class TrainingSide(Protocol):
    """What a stage may look at before it is used for the first time: the training side as it reaches the stage."""

    def batches(self) -> Iterator[Batch]:
        """All of it, a batch at a time; as often as it is asked for."""

    def setting(self) -> Setting:
        """What the stage will be built for."""


class StageConfig(Strict):
    """A stage's options; frozen, and an unknown key is an error."""


Options = TypeVar("Options", bound=StageConfig)


@contextmanager
def float32_island(device: torch.device) -> Iterator[None]:
    """Full float32 inside, whatever precision the net around it runs in: no autocast, no TF32, no bfloat16 products.

    Example:
        >>> with torch.autocast("cpu", torch.bfloat16), float32_island(torch.device("cpu")):
        ...     (torch.eye(2) @ torch.eye(2)).dtype
        torch.float32
    """
    with ExitStack() as undo:
        if torch.amp.is_autocast_available(device.type) and torch.is_autocast_enabled(device.type):
            undo.enter_context(torch.autocast(device.type, enabled=False))
        precision = torch.get_float32_matmul_precision()
        # Asked first, because exporters and compilers see no sense in setting what is set.
        if precision != "highest":
            torch.set_float32_matmul_precision("highest")
            undo.callback(torch.set_float32_matmul_precision, precision)
        yield


class Stage(nn.Module, Generic[Options], ABC):
    """A thin coat over a pure function in the same file: a new stage overrides `values`, and `axes` if it draws.

    Constants are buffers: they follow `.to()`, and are not saved (`persistent=False`), because config and setting
    make them again and an old model must load after an engine was improved.

    Args:
        config: the stage's options.
        setting: rate and window length, for constants that depend on them; axes of the image that comes in.

    Raises:
        StageError: when the stage takes samples and comes after an image.
    """

    Config: ClassVar[type[StageConfig]]
    takes: ClassVar[Literal["samples", "image"]] = "samples"
    augments: ClassVar[bool] = False
    """Whether it changes windows at random while a net is trained; it is then the identity in eval."""

    def __init__(self, config: Options, setting: Setting) -> None:
        super().__init__()
        if self.takes == "samples" and setting.axes is not None:
            raise StageError(f"stage {type(self).__name__} takes samples, but gets an image; move it to the front")
        self.config = config
        self.setting = setting

    @property
    def needs(self) -> frozenset[str]:
        """Facts every window must bring, of rate_hz, speed_hz, orders."""
        return frozenset()

    @property
    def orders_of(self) -> OrdersOf | None:
        """Whose orders it needs, None for one that needs none."""
        return None

    @property
    def most_wheels(self) -> int:
        """Wheels of a gear stage that it can tell apart; a signal from a gear with more is refused."""
        return MOST_WHEELS

    @property
    def highest_line_hz(self) -> float | None:
        """How far fault lines are read; a signal one of whose faults lies beyond is refused. None for no limit."""
        return None

    @property
    def fewest_turns(self) -> float:
        """Shaft turns that a window must hold, 0 for one that does not ask; a signal with fewer is refused."""
        return 0.0

    def band_hz(self) -> tuple[float, float] | None:
        """The band this stage reads, None for one that takes what it is given."""
        return None

    def unit(self, before: str) -> str:  # noqa: ARG002 - most stages make something else of what they are given
        """What the values are after this stage, given what they were; empty where no unit says it."""
        return ""

    def after(self) -> Setting:
        """What the next stage can rely on."""
        return self.setting._replace(axes=self.axes())

    def axes(self) -> ImageAxes | None:
        """What the rows and columns of the outcome stand for; None where it is no image, or nobody said."""
        return self.setting.axes

    @classmethod
    def learned(cls, config: Options, side: TrainingSide) -> Options:  # noqa: ARG003 - most have nothing to learn
        """The options, with what a stage has to know of the training side before it can be used.

        Args:
            config: as the user wrote them.
            side: the training side as it reaches this stage; not to be walked through for nothing.
        """
        return config

    @abstractmethod
    def values(self, batch: Batch) -> Tensor:
        """The new `values` of a batch, float32."""

    def forward(self, batch: Batch) -> Batch:
        """The batch with its `values` replaced, computed in full float32.

        Raises:
            StageError: when samples come where an image is wanted, or the other way round.
        """
        wanted = 3 if self.takes == "samples" else 4
        if batch.values.dim() != wanted:
            shape = "(batch, channel, time)" if wanted == 3 else "(batch, plane, row, column)"
            came = tuple(batch.values.shape)
            raise StageError(f"stage {type(self).__name__} takes {self.takes} {shape}, got {came}; order the stages so")
        if batch.values.dtype != torch.float32:
            batch = batch._replace(values=batch.values.float())
        with float32_island(batch.values.device):
            return batch._replace(values=self.values(batch))
