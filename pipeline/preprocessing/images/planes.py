"""Planes: different images of the same window on top of one another, as the colours of one picture."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from pydantic import Field, field_validator
from torch import Tensor, nn

from pipeline.errors import ConfigError, StageError
from pipeline.preprocessing import STAGES
from pipeline.preprocessing.base import Axis, Batch, ImageAxes, OrdersOf, Setting, Stage, StageConfig, TrainingSide
from pipeline.preprocessing.chain import Chain, StageSpec, as_spec, one_band, one_kind_of_orders, parse_stage
from pipeline.preprocessing.learned_stages import learned_stages
from pipeline.preprocessing.scaling.resize import resize, resized_axes
from pipeline.preprocessing.unlearned import unlearned

SAME_AXIS = 0.02
"""Axes that differ by less than this share of their span are drawn as one: it is less than a tick is wide."""

THREE_VIEWS: tuple[list[StageSpec], ...] = (
    ["stft", "decibels", "standardise"],
    ["wavelet", "decibels", "standardise"],
    [{"fold": {"rows": 100, "columns": 120}}, "standardise"],
)
"""Levels at even frequencies, at frequencies even by ear, and a second at 12 kHz as it is."""


class PlanesConfig(StageConfig):
    """The images, each as a list of stages from samples on, and the size they are all brought to."""

    images: tuple[list[StageSpec], ...] = Field(
        THREE_VIEWS, validate_default=True, description="one list of stages per image, each from samples to image"
    )
    rows: int = Field(224, ge=1, le=4096, description="of every image; resized to it")
    columns: int = Field(224, ge=1, le=4096, description="of every image, as rows")

    @field_validator("images", mode="before")
    @classmethod
    def _lists(cls, images: Any) -> Any:
        if not (isinstance(images, list | tuple) and images and all(isinstance(image, list) for image in images)):
            raise ValueError("needs a list of stages for each image, such as [[stft, decibels], [wavelet, decibels]]")
        return images

    @field_validator("images")
    @classmethod
    def _written_out(cls, images: tuple[list[StageSpec], ...]) -> tuple[list[StageSpec], ...]:
        return tuple(_checked(stages, f"stages.planes.images.{place}") for place, stages in enumerate(images))


def _checked(stages: Sequence[StageSpec], where: str) -> list[StageSpec]:
    """The stages of one image with every option written out, complaints told with their place."""
    if not stages:
        raise ConfigError(f"{where}: names no stage; begin with one that draws, such as stft")
    try:
        parsed = [parse_stage(spec) for spec in stages]
    except ConfigError as error:
        raise ConfigError(where + str(error).removeprefix("stages")) from None
    random = [name for name, _ in parsed if STAGES[name].augments]
    if random:
        raise ConfigError(f"{where}: {random[0]} would change each image in its own way; put it before or after planes")
    return [as_spec(name, config) for name, config in parsed]


def stacked(images: Sequence[Tensor], rows: int, columns: int) -> Tensor:
    """Images of any sizes as planes of one.

    Args:
        images: each of shape (batch, plane, row, column), any unit.
        rows, columns: size they are brought to, anti-aliased.

    Returns:
        Image, shape (batch, plane, rows, columns): all planes of the first image, then those of the next.

    Example:
        >>> stacked([torch.zeros(1, 1, 4, 4), torch.ones(1, 1, 9, 3)], rows=1, columns=2)
        tensor([[[[0., 0.]],
        <BLANKLINE>
                 [[1., 1.]]]])
    """
    return torch.cat([resize(image, rows, columns) for image in images], dim=1)


class Planes(Stage[PlanesConfig]):
    """`stacked` images of every window, each made by stages of its own; one plane per image and channel.

    Three images give the red, green and blue of a picture (`to_imagenet`). Each should be brought to one scale by its
    own last stage, `standardise` or `decibels`, because all planes share what is black and white.
    """

    Config = PlanesConfig

    def __init__(self, config: PlanesConfig, setting: Setting) -> None:
        super().__init__(config, setting)
        self.chains: Sequence[Chain] = nn.ModuleList(  # type: ignore[assignment]
            Chain(stages, setting) for stages in config.images
        )
        for stages, chain in zip(config.images, self.chains, strict=True):
            planes = chain.after.axes.planes if chain.after.axes else ()
            if len(planes) > 1:
                told = ", ".join(planes)
                raise StageError(
                    f"planes: {_name(stages)} draws several planes ({told}); keep one of them with crop: {{planes: 1}}"
                )

    @property
    def needs(self) -> frozenset[str]:
        """What any of the images needs."""
        return frozenset().union(*(chain.needs for chain in self.chains))

    @property
    def orders_of(self) -> OrdersOf | None:
        """Whose orders the images need."""
        return one_kind_of_orders(chain.orders_of for chain in self.chains)

    @property
    def fewest_turns(self) -> float:
        """The most that any image asks for."""
        return max(chain.fewest_turns for chain in self.chains)

    def band_hz(self) -> tuple[float, float] | None:
        """From the lowest to the highest frequency that any image reads."""
        return one_band(chain.band_hz() for chain in self.chains)

    @property
    def names(self) -> tuple[str, ...]:
        """What each image is called: after its first stage that draws, and counted where two are called alike."""
        plain = [_name(stages) for stages in self.config.images]
        return tuple(
            name if plain.count(name) == 1 else f"{name} {plain[: place + 1].count(name)}"
            for place, name in enumerate(plain)
        )

    def own_axes(self) -> tuple[ImageAxes | None, ...]:
        """Per image, what its own rows and columns stand for, at the common size."""
        size = self.config.rows, self.config.columns
        return tuple(None if axes is None else resized_axes(axes, *size) for axes in map(Chain.axes, self.chains))

    def axes(self) -> ImageAxes:
        """What rows and columns stand for where all images agree on it; counted where they do not."""
        own = self.own_axes()
        rows = _common([axes and axes.rows for axes in own]) or _counted("row", self.config.rows)
        columns = _common([axes and axes.columns for axes in own]) or _counted("column", self.config.columns)
        return ImageAxes(rows, columns, self.names)

    @classmethod
    def learned(cls, config: PlanesConfig, side: TrainingSide) -> PlanesConfig:
        """What the stages of each image have to learn from the training side."""
        if not any(map(unlearned, config.images)):
            return config
        setting = side.setting()
        images = tuple(learned_stages(stages, setting, side.batches) for stages in config.images)
        return PlanesConfig(images=images, rows=config.rows, columns=config.columns)

    def unit(self, before: str) -> str:
        """What all images agree on."""
        each = {chain.unit(before) for chain in self.chains}
        return each.pop() if len(each) == 1 else ""

    def values(self, batch: Batch) -> Tensor:
        """(batch, channel, time) -> (batch, image and channel, row, column).

        Raises:
            StageError: when an image has not one plane per channel.
        """
        images = [chain(batch).values for chain in self.chains]
        channels = batch.values.shape[1]
        for name, image in zip(self.names, images, strict=True):
            if image.dim() != 4 or image.shape[1] != channels:
                came = f"{image.shape[1]} planes" if image.dim() == 4 else "samples"
                raise StageError(f"planes: {name} must give one plane per channel, {channels}, and gives {came}")
        return stacked(images, self.config.rows, self.config.columns)


def _name(stages: Sequence[StageSpec]) -> str:
    """The last stage that takes samples draws the image; samples before it are only prepared."""
    names = [spec if isinstance(spec, str) else next(iter(spec)) for spec in stages]
    return next((name for name in reversed(names) if STAGES[name].takes == "samples"), names[0])


def _counted(name: str, count: int) -> Axis:
    return Axis(name, "", tuple(float(place) for place in range(count)))


def _common(axes: Sequence[Axis | None]) -> Axis | None:
    """The first axis, where all others say the same to within what can be seen."""
    first, *others = axes
    if first is None or any(other is None or not _alike(first, other) for other in others):
        return None
    return first


def _alike(one: Axis, other: Axis) -> bool:
    if (one.name, one.unit, one.labels) != (other.name, other.unit, other.labels):
        return False
    values = np.array(one.values)
    return bool(np.allclose(values, other.values, rtol=0.0, atol=SAME_AXIS * np.ptp(values)))
