"""Architectures built by torchvision, with its names, its picture sizes and its published weights."""

from collections.abc import Callable
from functools import partial
from typing import Any

import torch
from torch import nn

from pipeline.models.backbones.succession import succession
from pipeline.models.recipe import Published, Recipe, Triple, same_key
from pipeline.models.torchvision_adapter import torchvision

AFTER = ("avgpool", "dropout", "classifier", "fc")
"""Children of torchvision's nets behind the last feature map."""

AUXILIARY = ("aux1", "aux2", "AuxLogits")
"""Further classifiers halfway, there to help a training from scratch along; left out."""

CONTAINERS = ("features", "layers")
"""Children whose own children are the blocks."""

_HALF: Triple = (0.5, 0.5, 0.5)


def _blocks(name: str, **options: Any) -> dict[str, nn.Module]:
    net = torchvision.models.get_model(name, weights=None, **options)
    body = [child for child, _ in net.named_children() if child not in AFTER + AUXILIARY]
    return succession(net.named_children(), body, CONTAINERS)


def _inception_blocks(name: str) -> dict[str, nn.Module]:
    # Asked for in so many words, because torchvision warns that it may draw other ones some day.
    return _blocks(name, aux_logits=False, init_weights=True)


def _densenet_blocks(name: str) -> dict[str, nn.Module]:
    # torchvision keeps this last step in the forward pass of the net, before the pooling.
    return _blocks(name) | {"features.relu5": nn.ReLU(inplace=True)}


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


def densenet_key(key: str) -> str:
    """A tensor's name in a published file of a DenseNet, older than its net, -> its name in the net.

    Example:
        >>> densenet_key("features.denseblock1.denselayer2.norm.1.weight")
        'features.denseblock1.denselayer2.norm1.weight'
    """
    for part in ("norm", "conv"):
        for number in ("1", "2"):
            key = key.replace(f".{part}.{number}.", f".{part}{number}.")
    return key


def _recipe(
    name: str,
    blocks: Callable[[str], dict[str, nn.Module]] = _blocks,
    rename: Callable[[str], str] = same_key,
    normalisation: tuple[Triple, Triple] | None = None,
) -> Recipe:
    weights = torchvision.models.get_model_weights(name)["IMAGENET1K_V1"]
    preset = weights.transforms()
    mean, std = normalisation or (tuple(preset.mean), tuple(preset.std))
    published = Published.at(weights.url)
    return Recipe(
        name=name,
        blocks=partial(blocks, name),
        input_size=preset.crop_size[0],
        mean=mean,
        std=std,
        rename=rename,
        published=published,
        stems=(published.stem,),
    )


def _inception(name: str) -> Recipe:
    # The weights were trained by others on pixels of -1 to 1. torchvision's preset tells its usual mean and deviation,
    # and its net takes that back before the first layer (`transform_input`).
    return _recipe(name, _inception_blocks, normalisation=(_HALF, _HALF))


alexnet = _recipe("alexnet", _blocks_without_memory_for_the_head)
vgg16 = _recipe("vgg16", _vgg_blocks)
vgg19 = _recipe("vgg19", _vgg_blocks)
resnet18 = _recipe("resnet18")
resnet50 = _recipe("resnet50")
resnet152 = _recipe("resnet152")
resnext50_32x4d = _recipe("resnext50_32x4d")
wide_resnet50_2 = _recipe("wide_resnet50_2")
squeezenet1_0 = _recipe("squeezenet1_0")
squeezenet1_1 = _recipe("squeezenet1_1")
densenet161 = _recipe("densenet161", _densenet_blocks, rename=densenet_key)
inception_v3 = _inception("inception_v3")
googlenet = _inception("googlenet")
shufflenet_v2_x1_0 = _recipe("shufflenet_v2_x1_0")
mobilenet_v2 = _recipe("mobilenet_v2")
mobilenet_v3_small = _recipe("mobilenet_v3_small")
mnasnet1_0 = _recipe("mnasnet1_0")
efficientnet_b0 = _recipe("efficientnet_b0")
convnext_tiny = _recipe("convnext_tiny")
