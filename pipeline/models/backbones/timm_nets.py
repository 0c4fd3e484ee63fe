"""Architectures built by timm: any convolutional net, by `timm:<name>`."""

import importlib
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any

import torch
from torch import Tensor, nn

from pipeline.errors import RequestError, did_you_mean
from pipeline.models.backbones import nasnet
from pipeline.models.backbones.succession import succession
from pipeline.models.recipe import Published, Recipe, same_key

SUCCESSIONS = (
    ("conv_stem", "bn1", "blocks", "conv_head", "bn2"),
    ("conv_stem", "bn1", "blocks"),
    ("conv1", "bn1", "act1", "maxpool", "layer1", "layer2", "layer3", "layer4"),
    ("stem", "stages", "norm_pre"),
    ("features",),
)
"""Children before the pooling that timm's `forward_features` runs simply one after the other."""

CONTAINERS = ("blocks", "stages", "features")
POOLING = ("global_pool", "head")
WHOLE = "features"


def import_timm(wanted_by: str) -> Any:
    """timm, imported after torchvision's fault is mended.

    Raises:
        RequestError: when it is not installed.
    """
    importlib.import_module("pipeline.models.torchvision_adapter")
    try:
        return importlib.import_module("timm")
    except ImportError:
        raise RequestError(f"{wanted_by} needs timm, which is not installed; pip install 'faultprint[timm]'") from None


class WholeNet(nn.Module):
    """A net whose parts do not simply follow one another, as one block."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, image: Tensor) -> Tensor:
        """(batch, 3, row, column) -> the last feature map."""
        feature_map: Tensor = self.net.forward_features(image)  # type: ignore[operator]
        return feature_map


def timm_blocks(model: str, wanted_by: str) -> dict[str, nn.Module]:
    """The named blocks of a net of timm, with random weights; a single block where it is no plain succession."""
    net = import_timm(wanted_by).create_model(model, pretrained=False, num_classes=0)
    names = [name for name, _ in net.named_children()]
    end = min((names.index(name) for name in POOLING if name in names), default=len(names))
    body = tuple(names[:end])
    if body in SUCCESSIONS:
        return succession(net.named_children(), body, CONTAINERS)
    if body == nasnet.BODY:
        return nasnet.nasnet_blocks(net.named_children())
    return {WHOLE: WholeNet(net)}


def _whole_net_key(heads: tuple[str, ...], key: str) -> str:
    return key if key.startswith(heads) else f"{WHOLE}.net.{key}"


def _cell_key(key: str) -> str:
    block, _, rest = key.partition(".")
    return f"{block}.net.{rest}" if block in nasnet.BODY else key


def _renaming(blocks: Mapping[str, nn.Module], heads: tuple[str, ...]) -> Callable[[str], str]:
    if isinstance(blocks.get(WHOLE), WholeNet):
        return partial(_whole_net_key, heads)
    return _cell_key if tuple(blocks) == nasnet.BODY else same_key


def _published(model: str, cfg: Any) -> Published | None:
    if cfg.url and cfg.url.endswith((".pth", ".safetensors")):
        return Published.at(cfg.url)
    if cfg.hf_hub_id:
        url = f"https://huggingface.co/{cfg.hf_hub_id}/resolve/main/model.safetensors"
        return Published(url, f"{model}-timm.safetensors")
    return None


def _pretrained_cfg(model: str) -> Any:
    timm = import_timm(f"timm:{model}")
    if not timm.is_model(model):
        raise RequestError(f"unknown backbone: timm has no net '{model}'{did_you_mean(model, timm.list_models())}")
    try:
        return timm.get_pretrained_cfg(model)
    except RuntimeError as error:  # the part after the dot
        raise RequestError(f"unknown backbone 'timm:{model}': {error}") from None


@cache
def timm_recipe(model: str) -> Recipe:
    """How to build any net of timm; its picture size, mean and deviation are those timm gives for its weights.

    Args:
        model: timm's name, with or without a tag (`resnet18`, `resnet18.a1_in1k`).

    Raises:
        RequestError: when timm is not installed, or has no such net.
    """
    cfg = _pretrained_cfg(model)
    name, published = f"timm:{model}", _published(model, cfg)
    blocks = partial(timm_blocks, model, wanted_by=name)
    with torch.device("meta"):
        weightless = blocks()
    heads = (cfg.classifier,) if isinstance(cfg.classifier, str) else tuple(cfg.classifier or ())
    heads = tuple(f"{head}." for head in heads)
    return Recipe(
        name=name,
        blocks=blocks,
        input_size=cfg.input_size[-1],
        mean=tuple(cfg.mean),
        std=tuple(cfg.std),
        rename=_renaming(weightless, heads),
        published=published,
        stems=(model, published.stem) if published else (model,),
    )
