"""Seen: one window as a net sees it, the image of its shared stages and the picture that each branch reads."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from pipeline.diagnosis.drawn import drawn_by
from pipeline.models.branch import Branch
from pipeline.models.classifier import Classifier
from pipeline.preprocessing.base import Batch, ImageAxes
from pipeline.preprocessing.chain import Chain, StageSpec
from pipeline.preprocessing.images.planes import Planes
from pipeline.preprocessing.scaling.rivals import questions
from pipeline.preprocessing.scaling.to_imagenet import ToImagenet

Array = npt.NDArray[np.float32]


class Plane(NamedTuple):
    """One plane of an image.

    Attributes:
        name: what it shows, empty where there is but one.
        values: (row, column), row 0 on top.
        axes: what rows and columns stand for, where the stages say.
    """

    name: str
    values: Array
    axes: ImageAxes | None


class Picture(NamedTuple):
    """What one branch reads.

    Attributes:
        branch: its number, from 1.
        reader: its backbone, or "a head on the image".
        colours: (row, column, 3) from 0 to 1 for a backbone's picture, its normalisation undone; None where the
            branch makes no picture.
        planes: the same as numbers, where it is no picture.
        axes: what rows and columns stand for.
        limits: what is black and what is white, in the unit of the image; None where it is no picture.
    """

    branch: int
    reader: str
    colours: Array | None
    planes: tuple[Plane, ...]
    axes: ImageAxes | None
    limits: tuple[float, float] | None


class Seen(NamedTuple):
    """One window as a net sees it.

    Attributes:
        planes: of the image after the shared stages; where they hand on samples, of the first branch's image.
        axes: what its rows and columns stand for, where the stages say.
        unit: of its values; empty where nobody can say.
        pictures: per branch; none where a branch is a head on the image as it is.
        stages: the shared ones by name, and per branch its own.
        shapes: per branch, (plane, row, column) of what it reads.
    """

    planes: tuple[Plane, ...]
    axes: ImageAxes | None
    unit: str
    pictures: tuple[Picture, ...]
    stages: tuple[tuple[str, ...], ...]
    shapes: tuple[tuple[int, ...], ...]

    @property
    def image(self) -> Array:
        """(plane, row, column)."""
        return np.stack([plane.values for plane in self.planes])


@torch.inference_mode()
def seen_by(classifier: Classifier, window: Batch, unit: str | None = None) -> Seen:
    """One window on its way to the heads.

    Args:
        classifier: the net; set to eval, as nothing is changed at random for a look.
        window: one window, as the intake cuts it.
        unit: of its samples.

    Raises:
        StageError: when a stage has something to learn, and nobody trained it.
    """
    classifier.eval()
    image: Batch = classifier.shared(window)
    read = [branch.image(image)[0] for branch in classifier.branches]
    numbered = enumerate(zip(classifier.branches, read, strict=True), start=1)
    drawn, stages = drawn_by(classifier, window)
    before = unit or "as recorded"
    return Seen(
        planes=named_planes(drawn[0].numpy(), stages),
        axes=stages.axes(),
        unit=stages.unit(before if stages is classifier.shared else classifier.shared.unit(before)),
        pictures=tuple(
            picture
            for number, (branch, values) in numbered
            if _draws(branch)
            for picture in _pictures(number, branch, values)
        ),
        stages=tuple(_names(chain.specs) for chain in (classifier.shared, *(b.chain for b in classifier.branches))),
        shapes=tuple(tuple(values.shape) for values in read),
    )


def named_planes(image: Array, chain: Chain) -> tuple[Plane, ...]:
    """The planes of an image, each with its name and axes; channels are counted where planes have no names."""
    axes = chain.axes()
    names = axes.planes if axes and len(axes.planes) == len(image) else _counted(len(image))
    own = _own_axes(chain, len(image))
    return tuple(Plane(*each) for each in zip(names, image, own, strict=True))


def _counted(count: int) -> tuple[str, ...]:
    return ("",) if count == 1 else tuple(f"plane {place + 1}" for place in range(count))


def _own_axes(chain: Chain, count: int) -> Sequence[ImageAxes | None]:
    """Different images as planes keep their own axes, unless a stage after them changes rows or columns."""
    axes = chain.axes()
    last = next((stage for stage in reversed(list(chain.stages)) if isinstance(stage, Planes)), None)
    if last is None or axes != last.axes() or count != len(last.names):
        return [axes] * count
    return last.own_axes()


def _names(specs: Sequence[StageSpec]) -> tuple[str, ...]:
    return tuple(spec if isinstance(spec, str) else next(iter(spec)) for spec in specs)


def _draws(branch: Branch) -> bool:
    return branch.backbone is not None or bool(branch.chain.specs)


def _pictures(number: int, branch: Branch, values: Tensor) -> list[Picture]:
    """What a branch reads: one picture, or one for each plane that it asks about."""
    last = next((stage for stage in reversed(list(branch.chain.stages)) if isinstance(stage, ToImagenet)), None)
    reader = branch.backbone.name if branch.backbone else "a head on the image"
    axes = branch.chain.axes()
    if last is None:
        return [Picture(number, reader, None, named_planes(values.numpy(), branch.chain), axes, None)]
    readers = [f"{reader}, {asked}" for asked in questions(axes)] or [reader]
    normalised = values.reshape(-1, 3, *values.shape[1:])
    colours = (normalised * last.std + last.mean).clamp(0.0, 1.0).permute(0, 2, 3, 1).numpy()
    limits = (last.config.low, last.config.high)
    return [Picture(number, one, picture, (), axes, limits) for one, picture in zip(readers, colours, strict=True)]
