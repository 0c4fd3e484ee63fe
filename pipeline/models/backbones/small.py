"""Small: four blocks of convolutions, trained from scratch where no pretrained weights can be had, and in tests."""

from itertools import pairwise

from torch import nn

from pipeline.models.recipe import Recipe, Triple

_HALF: Triple = (0.5, 0.5, 0.5)
_WIDTHS = (3, 16, 32, 64, 64)


def _block(n_in: int, n_out: int) -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(n_in, n_out, 3, padding=1, bias=False), nn.BatchNorm2d(n_out), nn.ReLU(), nn.MaxPool2d(2)
    )


def small_blocks() -> dict[str, nn.Module]:
    """The blocks, with random weights.

    Example:
        >>> list(small_blocks())
        ['block1', 'block2', 'block3', 'block4']
    """
    pairs = pairwise(_WIDTHS)
    return {f"block{place}": _block(n_in, n_out) for place, (n_in, n_out) in enumerate(pairs, start=1)}


small = Recipe(name="small", blocks=small_blocks, input_size=64, mean=_HALF, std=_HALF)
