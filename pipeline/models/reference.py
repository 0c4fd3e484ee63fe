"""Reference: numbers that a bundle keeps beside its weights, taken only where they are what its card says."""

from collections.abc import Mapping

import torch
from torch import Tensor

from pipeline.errors import BundleError


def taken(named: Mapping[str, Tensor], name: str, shape: tuple[int | None, ...], kind: torch.dtype) -> Tensor:
    """A tensor by its name.

    Args:
        named: of `reference.safetensors`.
        name: of the tensor.
        shape: that it must have; None where any length of 1 or more will do.
        kind: of its numbers, all of which must be finite; a floating one stands for any.

    Raises:
        BundleError: when it is missing, or is not as it must be.

    Example:
        >>> taken({"part": torch.tensor([0, 1])}, "part", (2,), torch.int64)
        tensor([0, 1])
    """
    found = named.get(name)
    needed = f"{_words(shape)} finite numbers"
    if found is None:
        raise unfit(f"{name} is missing")
    fits = len(found.shape) == len(shape) and all(_fits(*each) for each in zip(found.shape, shape, strict=True))
    if not fits or (found.dtype != kind and not (found.is_floating_point() and kind.is_floating_point)):
        raise unfit(f"{name} needs {needed}, got {_words(tuple(found.shape))} of {str(found.dtype).split('.')[-1]}")
    if not found.isfinite().all():
        raise unfit(f"{name} needs {needed}, and some are not finite")
    return found


def unfit(why: str) -> BundleError:
    """The error for numbers that do not belong to their card."""
    return BundleError(f"reference.safetensors does not fit its model.yaml: {why}; copy the bundle again")


def _fits(length: int, wanted: int | None) -> bool:
    return length >= 1 if wanted is None else length == wanted


def _words(shape: tuple[int | None, ...]) -> str:
    return " x ".join("n" if length is None else str(length) for length in shape)
