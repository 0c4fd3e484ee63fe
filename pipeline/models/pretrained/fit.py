"""Fit: whether the tensors of a weights file are those of a backbone, without building it."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from pipeline.models.backbone import nested
from pipeline.models.recipe import Recipe
from pipeline.models.state_dict import differences, left_out, no_numbers, read_state


class Fit(NamedTuple):
    """What a file is to a backbone.

    Attributes:
        state: its tensors, under their names in the backbone.
        differs: what keeps it from being that net's, in words; empty where nothing does.
        left_out: parts of the file that the backbone has no use for: its classifiers, of however many classes.
    """

    state: dict[str, Tensor]
    differs: str
    left_out: tuple[str, ...]


def fit_of(recipe: Recipe, path: Path, wanted: Mapping[str, Tensor] | None = None) -> Fit:
    """A file held against a backbone.

    Args:
        recipe: of the backbone.
        path: of the file.
        wanted: tensors that have to be there; all of the net up to its last feature map by default.

    Raises:
        WeightsError: when the file cannot be read as named tensors.
    """
    state = {recipe.rename(key): tensor for key, tensor in read_state(path).items()}
    with torch.device("meta"):
        body: dict[str, Tensor] = nested(recipe.blocks()).state_dict()
    differs = differences(state, wanted=body if wanted is None else wanted, known=body), no_numbers(state, body)
    found = ", ".join(filter(None, differs))
    return Fit(state, found, tuple(left_out(state, body)))


def cut_after(recipe: Recipe, state: Mapping[str, Tensor]) -> str | None:
    """The block up to which a file holds a net, as pretraining leaves it that a branch reads at a layer.

    Args:
        recipe: of the backbone.
        state: of a file, under the names of the backbone.

    Returns:
        None for a net that is whole, that has holes, or that is not there at all.

    Example:
        >>> from pipeline.models.backbone import recipe_of
        >>> net = recipe_of("small")
        >>> cut_after(net, nested(net.blocks()).state_dict())
        >>> blocks = dict(list(net.blocks().items())[:2])
        >>> cut_after(net, nested(blocks).state_dict())
        'block2'
    """
    with torch.device("meta"):
        blocks = {name: set(nested({name: block}).state_dict()) for name, block in recipe.blocks().items()}
    weighted = {name: keys for name, keys in blocks.items() if keys}
    there = [name for name, keys in weighted.items() if keys & state.keys()]
    whole = len(there) == len(weighted)
    return there[-1] if there and not whole and there == list(weighted)[: len(there)] else None
