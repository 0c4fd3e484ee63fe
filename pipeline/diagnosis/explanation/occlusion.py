"""Occlusion: deleting what an explanation points at must hurt the score more than deleting as much elsewhere."""

import math
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from pipeline.diagnosis.explanation.explanation import Occlusion

Pieces = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]

SHARE = 0.1
"""Of the cells, deleted at a time."""

DRAWS = 99
"""Of other cells; the least p-value is then 0.01."""

LEVEL = 0.05

FEW_CELLS, PATCHES = 400, 16
"""An image of more rows x columns than this is deleted in patches, 16 along each side: single pixels of a smooth
picture are neighbours' copies, and scattered ones are a pattern of their own."""

AT_ONCE = 32


def occlusion_check(
    logit: Callable[[Tensor], Tensor],
    image: Tensor,
    relevance: Tensor,
    nothing: Tensor,
    *,
    planes_apart: bool = True,
    share: float = SHARE,
    draws: int = DRAWS,
    seed: int = 0,
) -> Occlusion:
    """Delete the most relevant cells, then as many others, again and again.

    Args:
        logit: images (batch, plane, row, column) to the label's logit, (batch,).
        image: (1, plane, row, column).
        relevance: (plane, row, column).
        nothing: what deleted cells become, shape of `image`.
        planes_apart: whether a cell is deleted in one plane, or in all at once.
        share: of the cells, at most; those that speak against the label are never among the most relevant.
        draws: of other cells.
        seed: of the draws.

    Source: Samek et al. (2017), IEEE TNNLS 28, 2660-2673: perturbation of regions, most relevant first.

    Example:
        >>> image = torch.zeros(1, 1, 5, 8)
        >>> image[0, 0, 2, :4] = 1.0
        >>> sums = lambda images: images.sum(dim=(1, 2, 3))
        >>> found = occlusion_check(sums, image, image[0], torch.zeros_like(image))
        >>> found.passed, found.drop, found.elsewhere, found.p_value
        (True, 4.0, 0.0, 0.01)
    """
    patch = patch_of(image.shape[2], image.shape[3])
    pieces = _summed(relevance if planes_apart else relevance.sum(dim=0, keepdim=True), patch)
    ranked, wanted = _ranked(pieces, share)
    if wanted < 1:
        return Occlusion(None, 0.0, 0.0, 1.0, 0.0, 0, patch)
    random = np.random.default_rng(seed)
    others = ranked[wanted:]
    enough = min(wanted, len(others))
    chosen = [ranked[:wanted], *(random.choice(others, enough, replace=False) for _ in range(draws))]
    whole = float(logit(image).detach())
    drops = []
    for images in _deleted(image, nothing, chosen, pieces.shape, patch):
        with torch.no_grad():
            drops += (whole - logit(images)).tolist()
    count = sum(drop >= drops[0] for drop in drops[1:])
    p_value = (1 + count) / (1 + draws)
    elsewhere = float(np.median(drops[1:])) if draws else 0.0
    # Where every deletion raises the score, to raise it least is no proof.
    passed = p_value <= LEVEL and drops[0] > 0
    return Occlusion(passed, drops[0], elsewhere, p_value, wanted / pieces.size, draws, patch)


def most_relevant(relevance: Tensor, planes_apart: bool = True, share: float = SHARE) -> Tensor:
    """The cells that the check deletes first.

    Args:
        relevance: (plane, row, column).
        planes_apart: whether a cell is chosen in one plane, or in all at once.
        share: of the cells, at most.

    Returns:
        True where a cell is among them, shape of `relevance`.

    Example:
        >>> most_relevant(torch.tensor([[[0.0, 5.0, -9.0, 1.0]]]), share=0.25)
        tensor([[[False,  True, False, False]]])
    """
    planes, rows, columns = relevance.shape
    patch = patch_of(rows, columns)
    pieces = _summed(relevance if planes_apart else relevance.sum(dim=0, keepdim=True), patch)
    ranked, wanted = _ranked(pieces, share)
    return _mask(ranked[:wanted], pieces.shape, patch)[:, :rows, :columns].expand(planes, -1, -1)


def _ranked(pieces: Pieces, share: float) -> tuple[Places, int]:
    """Patches, the most relevant first, and how many are the most relevant: only those that speak for the label."""
    wanted = min(max(1, round(share * pieces.size)), int((pieces > 0).sum()), pieces.size - 1)
    return np.argsort(-pieces.ravel(), kind="stable"), wanted


def patch_of(rows: int, columns: int) -> tuple[int, int]:
    """Rows and columns that are deleted together.

    Example:
        >>> patch_of(12, 5), patch_of(128, 224)
        ((1, 1), (8, 14))
    """
    if rows * columns <= FEW_CELLS:
        return 1, 1
    return math.ceil(rows / PATCHES), math.ceil(columns / PATCHES)


def _summed(relevance: Tensor, patch: tuple[int, int]) -> Pieces:
    """Relevance of every patch, (plane, patch row, patch column)."""
    planes, rows, columns = relevance.shape
    tall, wide = math.ceil(rows / patch[0]), math.ceil(columns / patch[1])
    room = torch.zeros(planes, tall * patch[0], wide * patch[1], dtype=torch.float64)
    room[:, :rows, :columns] = relevance
    summed: Pieces = room.reshape(planes, tall, patch[0], wide, patch[1]).sum(dim=(2, 4)).numpy()
    return summed


def _deleted(
    image: Tensor, nothing: Tensor, chosen: list[Places], shape: tuple[int, ...], patch: tuple[int, int]
) -> Iterator[Tensor]:
    """Images without some patches, a few at a time."""
    rows, columns = image.shape[2:]
    for start in range(0, len(chosen), AT_ONCE):
        masks = torch.stack([_mask(places, shape, patch) for places in chosen[start : start + AT_ONCE]])
        yield torch.where(masks[..., :rows, :columns], nothing, image)


def _mask(places: Places, shape: tuple[int, ...], patch: tuple[int, int]) -> Tensor:
    """True in the cells of some patches, (plane, row, column), the last patches whole."""
    mask = torch.zeros(math.prod(shape), dtype=torch.bool)
    mask[torch.from_numpy(places)] = True
    return mask.reshape(shape).repeat_interleave(patch[0], dim=1).repeat_interleave(patch[1], dim=2)
