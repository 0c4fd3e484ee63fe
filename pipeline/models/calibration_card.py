"""Calibration card: what a bundle tells of its calibration; the numbers it rests on are in `reference.safetensors`."""

from pydantic import Field

from pipeline.strict import Strict


class CalibrationCard(Strict):
    """How a model's scores become probabilities, sets and p-values.

    Attributes:
        level: share of sets that are promised to hold the truth; a diagnosis may ask for another.
        outside_level: signals whose p-value is no higher are OUTSIDE.
        temperature: of a multiclass model; None for multilabel.
        slopes, intercepts: of a multilabel model, per label.
        correlation: of the windows of one signal, per label; one number for multiclass.
        basis: whose answers it comes from.
        specimens, recordings: how many of them.
    """

    level: float = Field(gt=0, lt=1)
    outside_level: float = Field(ge=0, lt=1)
    temperature: float | None = Field(None, gt=0)
    slopes: tuple[float, ...] = ()
    intercepts: tuple[float, ...] = ()
    correlation: tuple[float, ...]
    basis: str
    specimens: int = Field(ge=1)
    recordings: int = Field(ge=1)
