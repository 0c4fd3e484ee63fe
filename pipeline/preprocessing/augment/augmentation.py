"""Augmentation: a stage that changes windows at random while a net is trained, and does nothing in eval."""

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, Generic, TypeVar

import torch
from pydantic import AfterValidator, Field
from torch import Tensor, nn

from pipeline.preprocessing.base import Batch, Setting, Stage, StageConfig, float32_island


def _rising(given: tuple[float, float]) -> tuple[float, float]:
    if given[0] > given[1]:
        raise ValueError(f"a range goes from low to high, got {given[0]:g} and {given[1]:g}")
    return given


Range = Annotated[tuple[float, float], AfterValidator(_rising)]
"""Lowest and highest value; each window draws its own between them, all alike."""


class AugmentationConfig(StageConfig):
    """How many windows are touched; each augmentation adds how far it goes."""

    share: float = Field(1.0, ge=0, le=1, description="probability that a window is touched")


Drawn = TypeVar("Drawn", bound=AugmentationConfig)


def drawn(between: tuple[float, float], shape: tuple[int, ...], device: torch.device) -> Tensor:
    """Numbers between two bounds, all equally likely, from torch's generator of the device.

    Example:
        >>> found = drawn((2.0, 3.0), (100,), torch.device("cpu"))
        >>> bool(found.min() >= 2.0), bool(found.max() <= 3.0), bool(found.unique().numel() > 90)
        (True, True, True)
    """
    low, high = between
    return low + (high - low) * torch.rand(shape, device=device)


def only_where(touched: Tensor, changed: Batch, plain: Batch) -> Batch:
    """The changed windows where they were touched, the plain ones elsewhere, facts included.

    Args:
        touched: (batch,), true or false.
        changed, plain: batches of one shape.

    Example:
        >>> plain = Batch.of(torch.zeros(2, 1, 3), speed_hz=10.0)
        >>> changed = plain._replace(speed_hz=torch.tensor([11.0, 11.0]))
        >>> only_where(torch.tensor([True, False]), changed, plain).speed_hz
        tensor([11., 10.])
    """

    def chosen(new: Tensor, old: Tensor) -> Tensor:
        each = touched.reshape(-1, *[1] * (old.dim() - 1))
        return old if new is old else torch.where(each, new, old)

    return Batch(*(chosen(new, old) for new, old in zip(changed, plain, strict=True)))


class Augmentation(Stage[Drawn], Generic[Drawn]):
    """A stage that says in `changed` how windows may change.

    Every window draws by itself, from torch's generator of the device; the channels of a window share a draw,
    because what lies between them is physics. A fresh augmentation is in eval, like a net that is put to use: only
    training asks for changes (`train()`, or `augmenting` for the augmentations of a net alone).
    """

    augments = True

    def __init__(self, config: Drawn, setting: Setting) -> None:
        super().__init__(config, setting)
        self.eval()

    @property
    def slows(self) -> float:
        """The largest share of its turns that a window loses, 0 for a change that leaves the speed alone."""
        return 0.0

    @abstractmethod
    def changed(self, batch: Batch) -> Batch:
        """Every window changed, and every fact that changes with it."""

    def values(self, batch: Batch) -> Tensor:
        """What came in: whoever asks for values alone is not training."""
        return batch.values

    def unit(self, before: str) -> str:
        """As before."""
        return before

    def forward(self, batch: Batch) -> Batch:
        """The batch as it is in eval; in training, `share` of its windows changed, without gradients.

        Raises:
            StageError: when samples come where an image is wanted, or the other way round.
        """
        plain = super().forward(batch)
        if not self.training:
            return plain
        device = plain.values.device
        touched = drawn((0.0, 1.0), (len(plain.values),), device) < self.config.share
        with torch.no_grad(), float32_island(device):
            return only_where(touched, self.changed(plain), plain)


def turns_needed(stages: Sequence[Stage[Any]], behind: float = 0.0) -> float:
    """Shaft turns that a window must hold, so that every stage finds what it asks for, even in a slowed window.

    Args:
        stages: in their order.
        behind: turns that whoever comes after them asks for.

    Example:
        >>> turns_needed([], behind=10.0)
        10.0
    """
    for stage in reversed(stages):
        if isinstance(stage, Augmentation):
            behind /= 1.0 - stage.slows
        behind = max(behind, stage.fewest_turns)
    return behind


def augmentations(net: nn.Module) -> list[Stage[Any]]:
    """The stages of a net that change windows at random.

    Example:
        >>> augmentations(nn.Sequential(nn.Flatten()))
        []
    """
    return [module for module in net.modules() if isinstance(module, Stage) and module.augments]


@contextmanager
def augmenting(net: nn.Module) -> Iterator[None]:
    """Inside, the augmentations of a net change windows; all the rest (batch norms, dropout) stays as it is.

    Example:
        >>> net = nn.Sequential(nn.Dropout()).eval()
        >>> with augmenting(net):
        ...     net[0].training
        False
    """
    found = augmentations(net)
    before = [stage.training for stage in found]
    for stage in found:
        stage.train()
    try:
        yield
    finally:
        for stage, mode in zip(found, before, strict=True):
            stage.train(mode)
