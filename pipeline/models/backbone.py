"""Backbone: a pretrained net without its last layer, cut after any of its named blocks."""

from collections.abc import Mapping
from typing import Any, Self

import torch
from torch import Tensor, nn

from pipeline.errors import ConfigError, RequestError, did_you_mean
from pipeline.models import BACKBONES
from pipeline.models.backbones.timm_nets import timm_recipe
from pipeline.models.first_convolution import (
    COLOURS,
    FirstConvolution,
    adapted,
    drawn_anew,
    first_convolution_of,
    put_first_weight,
)
from pipeline.models.recipe import Recipe

TIMM = "timm:"
FOR_OTHER_PLANES = "add to_imagenet, or set first_convolution: summed or repeated on the branch"


def known_backbones() -> tuple[str, ...]:
    """Names a config may give, besides `timm:<name>`.

    Example:
        >>> "squeezenet1_1" in known_backbones()
        True
    """
    return tuple(BACKBONES)


def recipe_of(name: str) -> Recipe:
    """What is known of a backbone.

    Raises:
        RequestError: for an unknown name, with the nearest one; for a net of timm where timm is not installed.

    Example:
        >>> recipe_of("squeezenet1_1").input_size
        224
    """
    return timm_recipe(name.removeprefix(TIMM)) if name.startswith(TIMM) else BACKBONES[name]


def nested(blocks: Mapping[str, nn.Module]) -> nn.Module:
    """A module that holds blocks under their dotted names, so that its state dict has the published keys.

    Example:
        >>> list(nested({"features.0": nn.Conv2d(3, 8, 3, bias=False)}).state_dict())
        ['features.0.weight']
    """
    root = nn.Module()
    for name, block in blocks.items():
        place = root
        *path, last = name.split(".")
        for part in path:
            if part not in dict(place.named_children()):
                place.add_module(part, nn.Module())
            place = place.get_submodule(part)
        place.add_module(last, block)
    return root


def _up_to(layer: str | None, recipe: Recipe) -> dict[str, nn.Module]:
    blocks = dict(recipe.blocks())
    names = list(blocks)
    if layer is None:
        return blocks
    if layer not in blocks:
        hint = did_you_mean(layer, names) or "."
        raise RequestError(f"unknown layer '{layer}' of backbone {recipe.name}{hint} Known: {', '.join(names)}")
    return {name: blocks[name] for name in names[: names.index(layer) + 1]}


class Backbone(nn.Module):
    """Pictures to feature maps; random weights until `load_weights` fills it.

    Args:
        name: of `known_backbones()`, or `timm:<name>`.
        layer: the last block to run; the net's last one by default.
        n_planes: of the images it reads.
        first_convolution: how the first convolution reads planes that are no colours; None for pictures.

    Attributes:
        net: the blocks, nested so that its state dict has the published keys.
        block_names: in the order they run; `layer` is the last of them.
        n_features: channels of the feature map.
        input_size, mean, std: how the net was trained; mean and deviation of pixels scaled to 0..1.
        n_frozen: how many blocks, from the first, are frozen.

    Raises:
        RequestError: for an unknown backbone or layer, or a net that gives no feature map.
        ConfigError: for other than three planes without `first_convolution`.

    Example:
        >>> backbone = Backbone("squeezenet1_1", layer="features.4")
        >>> backbone(torch.zeros(2, 3, 64, 64)).shape, backbone.n_features
        (torch.Size([2, 128, 15, 15]), 128)
        >>> grey = Backbone("squeezenet1_1", "features.4", n_planes=1, first_convolution="summed")
        >>> grey(torch.zeros(2, 1, 64, 64)).shape
        torch.Size([2, 128, 15, 15])
    """

    def __init__(
        self,
        name: str,
        layer: str | None = None,
        n_planes: int = COLOURS,
        first_convolution: FirstConvolution | None = None,
    ) -> None:
        super().__init__()
        recipe = recipe_of(name)
        blocks = _up_to(layer, recipe)
        self.name = name
        self.block_names = tuple(blocks)
        self.layer = self.block_names[-1]
        self.input_size, self.mean, self.std = recipe.input_size, recipe.mean, recipe.std
        self.n_frozen = 0
        self.net = nested(blocks)
        self.n_planes, self.first_convolution = n_planes, first_convolution
        if first_convolution is None and n_planes != COLOURS:
            raise ConfigError(
                f"{name} needs pictures of {COLOURS} planes, the image has {n_planes}; {FOR_OTHER_PLANES}"
            )
        if first_convolution is not None:
            first_name, first = first_convolution_of(self.net, name)
            self._first_key = f"{first_name}.weight"
            put_first_weight(first, adapted(first.weight.detach(), n_planes, first_convolution))
        self.n_features = self.eval()._count_features()
        self.train()

    @property
    def blocks(self) -> tuple[nn.Module, ...]:
        """The blocks, in the order they run."""
        return tuple(self.net.get_submodule(name) for name in self.block_names)

    def forward(self, image: Tensor) -> Tensor:
        """(batch, plane, row, column), pictures normalised by `mean` and `std` -> (batch, channel, row, column)."""
        found = self.run(self._checked(image))
        feature_map: Tensor = found if isinstance(found, Tensor) else found[0]
        return feature_map

    def run(self, handed_on: Any, first: int = 0, stop: int | None = None) -> Any:
        """What some of the blocks make of what those before them hand on.

        Args:
            handed_on: the image, or what block `first - 1` gave.
            first, stop: from which block, up to and without which, counted from 0.

        Returns:
            A feature map, or in some nets a tuple of two, the newest first, because the next block reads both.
        """
        for block in self.blocks[first:stop]:
            handed_on = block(handed_on)
        return handed_on

    def _checked(self, image: Tensor) -> Tensor:
        if image.ndim != 4 or image.shape[1] != self.n_planes:
            came = " x ".join(str(size) for size in image.shape)
            kind, advice = "pictures", FOR_OTHER_PLANES
            if self.first_convolution:
                kind, advice = "images", "the number of planes is that of the images it was built for"
            raise ConfigError(
                f"{self.name} needs {kind}, batch x {self.n_planes} x rows x columns, got {came}; {advice}"
            )
        # Channels last in memory: on a CPU these nets then run twice as fast.
        return image.contiguous(memory_format=torch.channels_last)

    @torch.no_grad()
    def _count_features(self) -> int:
        # A third of the usual size is enough for any CNN, and a ninth of the work.
        size = self.input_size // 3
        try:
            feature_map: Tensor = self(torch.zeros(1, self.n_planes, size, size))
        except (RuntimeError, AssertionError) as error:
            said = str(error).splitlines()[0]
            raise RequestError(f"{self.name} takes no pictures of {size} x {size}: {said}; name a CNN") from None
        if feature_map.ndim != 4 or feature_map.shape[-1] != feature_map.shape[-2]:
            came = " x ".join(str(size) for size in feature_map.shape[1:])
            raise RequestError(f"{self.name} gives no feature map channel x row x column but {came}; name a CNN")
        return int(feature_map.shape[1])

    def freeze(self, last: int | None) -> Self:
        """Keep the first blocks as they are: no gradients, and batch norms stay in eval also under `train()`.

        Args:
            last: how many of the last blocks that have weights go on learning: 0 freezes all, None none.

        Raises:
            RequestError: for more blocks than there are, or fewer than none.
        """
        weighted = [place for place, block in enumerate(self.blocks) if any(True for _ in block.parameters())]
        if last is None:
            self.n_frozen = 0
        elif 0 <= last <= len(weighted):
            self.n_frozen = weighted[-last] if last else len(self.block_names)
        else:
            raise RequestError(
                f"{self.name} up to {self.layer} has {len(weighted)} blocks with weights, and last_blocks asks for "
                f"{last}; give 0 to {len(weighted)}"
            )
        for place, block in enumerate(self.blocks):
            block.requires_grad_(place >= self.n_frozen)
        return self.train(self.training)

    def train(self, mode: bool = True) -> Self:
        """Train or eval mode; frozen blocks stay in eval, batch norm and dropout included."""
        super().train(mode)
        for block in self.blocks[: self.n_frozen]:
            block.eval()
        return self

    def randomise(self, seed: int) -> Self:
        """Fresh weights, drawn as the architecture's authors draw them; the global random state stays as it is."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            fresh = nested(_up_to(self.layer, recipe_of(self.name)))
            if self.first_convolution is not None:
                _, first = first_convolution_of(fresh, self.name)
                put_first_weight(first, drawn_anew(first.weight.detach(), self.n_planes))
        self.net.load_state_dict(fresh.state_dict())
        return self

    def for_planes(self, state: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Weights for colour pictures, by name, as those for this backbone's planes.

        Args:
            state: of the net as published.
        """
        if self.first_convolution is None:
            return dict(state)
        weight = adapted(state[self._first_key], self.n_planes, self.first_convolution)
        return {**state, self._first_key: weight}
