"""Standardise: zero mean and unit deviation, by each image's own figures or by those of the training side."""

from collections.abc import Iterable
from typing import Any, Literal, Self

import torch
from pydantic import Field, model_validator
from torch import Tensor

from pipeline.errors import StageError
from pipeline.preprocessing.base import Batch, Setting, Stage, StageConfig, TrainingSide
from pipeline.preprocessing.engine.magnitude import root

FLAT = 1e-5
"""An image whose deviation is below this share of its largest value is flat: float32 has nothing else to say of it."""

STILL = 1e-9
"""The same of a plane over a corpus, whose sums are in double precision."""

Own = Literal["image", "plane", "row"]
OVER: dict[Own, tuple[int, ...]] = {"image": (-3, -2, -1), "plane": (-2, -1), "row": (-1,)}


class StandardiseConfig(StageConfig):
    """Over what mean and deviation are taken; those of the corpus are learned unless given, and kept in the bundle."""

    per: Literal["image", "plane", "row", "corpus"] = Field(
        "image", description="each image's own figures, its planes' or its rows'; or corpus: the training side's"
    )
    mean: tuple[float, ...] | None = Field(None, description="of the corpus: one for all planes, or one per plane")
    deviation: tuple[float, ...] | None = Field(None, description="of the corpus, as mean")

    @model_validator(mode="before")
    @classmethod
    def _figures_are_the_corpus_s(cls, options: Any) -> Any:
        """Given figures are those of a corpus, whether or not `per` says so."""
        if isinstance(options, dict) and options.get("mean") is not None and options.get("per", "image") == "image":
            return options | {"per": "corpus"}
        return options

    @model_validator(mode="after")
    def _both_or_neither(self) -> Self:
        if self.mean is not None and self.per != "corpus":
            raise ValueError(f"per: {self.per} takes each image's own figures; leave out mean and deviation")
        if (self.mean is None) != (self.deviation is None) or len(self.mean or ()) != len(self.deviation or ()):
            raise ValueError("mean and deviation go together: one of each for all planes, or one of each per plane")
        if self.deviation is not None and (not self.deviation or min(self.deviation) <= 0):
            raise ValueError("deviation must be above 0")
        return self

    @property
    def unlearned(self) -> bool:
        """Whether figures of the training side are wanted that nobody has told yet."""
        return self.per == "corpus" and self.mean is None


def standardise(image: Tensor, per: Own = "image") -> Tensor:
    """Subtract an image's mean and divide by its deviation.

    Args:
        image: any unit, shape (..., plane, row, column).
        per: "image" for one mean and deviation over all planes, "plane" for each plane's own, "row" for each row's:
            where rows are frequencies, what is left is how each of them swells and fades, whatever their levels.

    Returns:
        Same shape, in deviations; an image (plane, row) that is the same everywhere is 0 throughout.

    Source: "row" is Viikki and Laurila (1998), Speech Communication 25, over the window at hand.

    Example:
        >>> standardise(torch.tensor([[[1.0, 3.0], [3.0, 1.0]]]))
        tensor([[[-1.,  1.],
                 [ 1., -1.]]])
    """
    over = OVER[per]
    centred = image - image.mean(dim=over, keepdim=True)
    deviation = root(centred.square().mean(dim=over, keepdim=True))
    flat = deviation <= FLAT * image.abs().amax(dim=over, keepdim=True)
    return torch.where(flat, 0.0, centred / torch.where(flat, 1.0, deviation))


def corpus_figures(images: Iterable[Tensor]) -> tuple[Tensor, Tensor]:
    """Mean and deviation of every plane over many images, none of which is kept.

    Args:
        images: batches of any size, one shape (batch, plane, row, column) otherwise, any unit.

    Returns:
        Mean and deviation, shape (plane,), double precision; a plane that never changes has deviation 1.

    Raises:
        StageError: when there is no image.

    Source: Chan, Golub and LeVeque (1983), The American Statistician 37: sums of parts joined without loss.

    Example:
        >>> corpus_figures([torch.ones(1, 1, 2, 2), torch.full((3, 1, 2, 2), 5.0)])
        (tensor([4.], dtype=torch.float64), tensor([1.7321], dtype=torch.float64))
    """
    count, mean, squares, level = 0, torch.zeros(()), torch.zeros(()), torch.zeros(())
    for batch in images:
        cells = batch.double().transpose(0, 1).flatten(1)
        own, n = cells.mean(dim=1), cells.shape[1]
        away = own - mean if count else torch.zeros_like(own)
        squares = squares + (cells - own[:, None]).square().sum(dim=1) + away.square() * (count * n / (count + n))
        level = torch.maximum(level.to(own), cells.abs().amax(dim=1))
        mean = mean + away * (n / (count + n)) if count else own
        count += n
    if not count:
        raise StageError("standardise: no image to learn mean and deviation from; the training side is empty")
    deviation = (squares / count).sqrt()
    return mean, torch.where(deviation > STILL * level, deviation, 1.0)


class Standardise(Stage[StandardiseConfig]):
    """`standardise` of every image, or by the corpus's fixed mean and deviation, learned or given."""

    Config = StandardiseConfig
    takes = "image"
    mean: Tensor
    deviation: Tensor

    def __init__(self, config: StandardiseConfig, setting: Setting) -> None:
        super().__init__(config, setting)
        self.register_buffer("mean", torch.tensor(config.mean or (0.0,)).reshape(-1, 1, 1), persistent=False)
        self.register_buffer("deviation", torch.tensor(config.deviation or (1.0,)).reshape(-1, 1, 1), persistent=False)

    @classmethod
    def learned(cls, config: StandardiseConfig, side: TrainingSide) -> StandardiseConfig:
        """For `per: corpus`, each plane's mean and deviation over the training side, in one walk."""
        if not config.unlearned:
            return config
        mean, deviation = corpus_figures(batch.values for batch in side.batches())
        return StandardiseConfig(per="corpus", mean=tuple(mean.tolist()), deviation=tuple(deviation.tolist()))

    def unit(self, before: str) -> str:  # noqa: ARG002 - whatever it was
        """Deviations, whatever they were."""
        return "deviations"

    def values(self, batch: Batch) -> Tensor:
        """Same shape, in deviations.

        Raises:
            StageError: for another number of planes than was learned, or nothing learned yet.
        """
        if self.config.unlearned:
            return self._of_silence(batch.values)
        if self.config.per != "corpus":
            return standardise(batch.values, self.config.per)
        given, planes = len(self.mean), batch.values.shape[1]
        if given not in (1, planes):
            raise StageError(f"standardise: has mean and deviation for {given} planes, the image has {planes}")
        return (batch.values - self.mean) / self.deviation

    def _of_silence(self, image: Tensor) -> Tensor:
        """Zeros for an image that is flat, which is all that a net asks while it is built, before anything is learned.

        Raises:
            StageError: for any other.
        """
        if bool((image.amax(dim=(-2, -1)) > image.amin(dim=(-2, -1))).any()):
            raise StageError(
                "standardise per: corpus has not learned its mean and deviation; among a run's shared stages training "
                "does that: use the trained model, or write mean and deviation"
            )
        return torch.zeros_like(image)
