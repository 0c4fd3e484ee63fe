"""Architectures built by torchvision, with its names, its picture sizes and its published weights."""

from collections.abc import Callable
from functools import partial

import torch
from torch import nn

from pipeline.models.backbones.succession import succession
from pipeline.models.recipe import Published, Recipe
from pipeline.models.torchvision_adapter import torchvision

BODY = ("features", "conv1", "bn1", "relu", "maxpool", "layer1", "layer2", "layer3", "layer4")
"""Children of torchvision's nets up to the last feature map."""


def _blocks(name: str) -> dict[str, nn.Module]:
    net = torchvision.models.get_model(name, weights=None)
    return succession(net.named_children(), BODY, containers=["features"])


def _blocks_without_memory_for_the_head(name: str) -> dict[str, nn.Module]:
    # The last layers of these nets are several times larger than all before them, and none of it is used.
    with torch.device("meta"):
        blocks = _blocks(name)
    for block in blocks.values():
        block.to_empty(device=torch.get_default_device())
        if isinstance(block, nn.Conv2d):
            block.reset_parameters()
    return blocks


def _vgg_blocks(name: str) -> dict[str, nn.Module]:
    blocks = _blocks_without_memory_for_the_head(name)
    for block in blocks.values():
        if isinstance(block, nn.Conv2d) and block.bias is not None:
            # As torchvision starts its VGGs: under the default the signal dies out over thirteen layers.
            nn.init.kaiming_normal_(block.weight, mode="fan_out", nonlinearity="relu")
            nn.init.zeros_(block.bias)
    return blocks


def _recipe(name: str, blocks: Callable[[str], dict[str, nn.Module]] = _blocks) -> Recipe:
    weights = torchvision.models.get_model_weights(name)["IMAGENET1K_V1"]
    preset = weights.transforms()
    published = Published.at(weights.url)
    return Recipe(
        name=name,
        blocks=partial(blocks, name),
        input_size=preset.crop_size[0],
        mean=tuple(preset.mean),
        std=tuple(preset.std),
        published=published,
        stems=(published.stem,),
    )


squeezenet1_0 = _recipe("squeezenet1_0")
squeezenet1_1 = _recipe("squeezenet1_1")
mobilenet_v2 = _recipe("mobilenet_v2")
alexnet = _recipe("alexnet", _blocks_without_memory_for_the_head)
vgg16 = _recipe("vgg16", _vgg_blocks)
resnet18 = _recipe("resnet18")
resnet50 = _recipe("resnet50")
efficientnet_b0 = _recipe("efficientnet_b0")
