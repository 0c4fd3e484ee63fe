"""To ImageNet: an image as the colour picture that a pretrained net expects."""

from typing import Literal, Self

import torch
from pydantic import Field, model_validator
from torch import Tensor

from pipeline.errors import StageError
from pipeline.preprocessing.base import Batch, Setting, Stage, StageConfig
from pipeline.preprocessing.scaling.rivals import questions

Colours = Literal["grey", "viridis", "jet"]
Triple = tuple[float, float, float]

VIRIDIS = (
    (0.2777273272234177, 0.005407344544966578, 0.3340998053353061),
    (0.1050930431085774, 1.404613529898575, 1.384590162594685),
    (-0.3308618287255563, 0.214847559468213, 0.09509516302823659),
    (-4.634230498983486, -5.799100973351585, -19.33244095627987),
    (6.228269936347081, 14.17993336680509, 56.69055060068105),
    (4.776384997670288, -13.74514537774601, -65.35303263337234),
    (-5.435455855934631, 4.645852612178535, 26.3124352495832),
)
"""Red, green, blue of viridis as powers of the grey value, to 0.013. Source: M. Zucker (2019), public domain (CC0)."""


class ToImagenetConfig(StageConfig):
    """What is black and white, the colours between, and the net's own normalisation."""

    low: float = Field(-3.0, description="what becomes black; after `standardise`, deviations")
    high: float = Field(3.0, description="what becomes white")
    colours: Colours = Field("grey", description="for one plane; three planes are red, green and blue as they are")
    mean: Triple = Field((0.485, 0.456, 0.406), description="of the pictures the net was trained on, red green blue")
    std: Triple = Field((0.229, 0.224, 0.225), description="deviation of those pictures, red green blue")

    @model_validator(mode="after")
    def _some_contrast(self) -> Self:
        if not self.low < self.high:
            raise ValueError(f"low must be below high, got {self.low} and {self.high}")
        if min(self.std) <= 0:
            raise ValueError(f"std must be above 0, got {self.std}")
        return self


def coloured(grey: Tensor, colours: Colours = "grey") -> Tensor:
    """One plane as red, green and blue, by a smooth formula, so that an explanation can be followed back through it.

    Args:
        grey: 0 to 1, shape (..., 1, row, column).
        colours: "grey" (three times the same), "viridis" or "jet" (blue, green, red as in MATLAB).

    Returns:
        0 to 1, shape (..., 3, row, column).

    Example:
        >>> coloured(torch.tensor([[[0.5]]]), "jet").flatten()
        tensor([0.5000, 1.0000, 0.5000])
    """
    if colours == "jet":
        peaks = torch.tensor([3.0, 2.0, 1.0], device=grey.device).reshape(3, 1, 1)
        return (1.5 - (4.0 * grey - peaks).abs()).clamp(0.0, 1.0)
    if colours == "grey":
        return torch.cat([grey, grey, grey], dim=-3)
    powers = torch.tensor(VIRIDIS, device=grey.device).reshape(-1, 3, 1, 1)
    colour = powers[-1]
    for power in powers[:-1].flip(0):
        colour = colour * grey + power
    return colour.clamp(0.0, 1.0)


def to_imagenet(
    image: Tensor,
    mean: Tensor,
    std: Tensor,
    low: float = -3.0,
    high: float = 3.0,
    colours: Colours = "grey",
    pictures: int = 1,
) -> Tensor:
    """An image as a normalised colour picture, or as several on top of one another.

    Args:
        image: shape (..., 1 or 3 x pictures, row, column); `low` becomes black, `high` white, beyond is cut off.
        mean, std: shape (3, 1, 1), of the net's training pictures on the scale 0 to 1.
        low, high: in the image's unit.
        colours: for an image of one plane; three planes are taken as red, green and blue.
        pictures: how many, each of three planes.

    Returns:
        Picture, shape (..., 3 x pictures, row, column).

    Raises:
        StageError: for any other number of planes.

    Example:
        >>> half = torch.full((3, 1, 1), 0.5)
        >>> to_imagenet(torch.tensor([[[-9.0, 0.0, 3.0]]]), half, half)[0]
        tensor([[-1.,  0.,  1.]])
    """
    planes = image.shape[-3]
    if planes != 3 * pictures and (planes != 1 or pictures > 1):
        raise StageError(
            f"to_imagenet: needs 1 or 3 planes, the image has {planes}; keep some with crop: {{planes: 1}}, draw three "
            "images with planes, or choose 1 or 3 channels"
        )
    unit = ((image - low) / (high - low)).clamp(0.0, 1.0)
    picture = coloured(unit, colours) if planes == 1 else unit
    return (picture - torch.cat([mean] * pictures)) / torch.cat([std] * pictures)


class ToImagenet(Stage[ToImagenetConfig]):
    """`to_imagenet` for every image of a batch; after `rivals` one picture per plane, of its three views."""

    Config = ToImagenetConfig
    takes = "image"
    mean: Tensor
    std: Tensor

    def __init__(self, config: ToImagenetConfig, setting: Setting) -> None:
        super().__init__(config, setting)
        self.pictures = len(questions(setting.axes)) or 1
        self.register_buffer("mean", torch.tensor(config.mean).reshape(3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor(config.std).reshape(3, 1, 1), persistent=False)

    def values(self, batch: Batch) -> Tensor:
        """(batch, 1 or 3 x picture, row, column) -> (batch, 3 x picture, row, column)."""
        low, high, colours = self.config.low, self.config.high, self.config.colours
        return to_imagenet(batch.values, self.mean, self.std, low, high, colours, self.pictures)
