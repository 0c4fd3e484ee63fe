"""Nets so small that an explanation of them can be written down: linear heads on images, one convolution of 1 x 1."""

import torch
from torch import Tensor, nn

from pipeline.models.branch import BranchConfig
from pipeline.models.bundle import Model, ModelCard
from pipeline.models.classifier import Classifier
from pipeline.models.intake import Intake
from pipeline.preprocessing.base import Batch, Setting
from pipeline.preprocessing.chain import StageSpec
from pipeline.windows import WindowConfig

SIDE = 24
N_SAMPLES = SIDE * SIDE
FOLD: StageSpec = {"fold": {"rows": SIDE, "columns": SIDE}}
PICTURE: StageSpec = {"to_imagenet": {"low": -3, "high": 3}}
LABELS = ("a", "b")


def window(seed: int = 0, n_channels: int = 1) -> Batch:
    """Noise, within black and white."""
    generator = torch.Generator().manual_seed(seed)
    return Batch.of(torch.rand(1, n_channels, N_SAMPLES, generator=generator) * 5 - 2.5)


def on_the_image(seed: int = 1) -> Classifier:
    """A linear head on the cells of a fold, its features standardised."""
    net = Classifier([FOLD], [BranchConfig(stages=[])], Setting(None, N_SAMPLES), LABELS).eval()
    _fill_head(net, seed)
    return net


def one_convolution(n_channels: int = 1, seed: int = 2, pool: str = "mean") -> Classifier:
    """A picture, one convolution of 1 x 1 with weights above 0 and no bias, its mean, a linear head."""
    config = BranchConfig(stages=[PICTURE], backbone="small", layer="block1", pool=pool)
    net = Classifier([FOLD], [config], Setting(None, N_SAMPLES), LABELS, n_channels)
    convolution = nn.Conv2d(3, 16, 1, bias=False)
    convolution.weight.data = torch.rand(convolution.weight.shape, generator=torch.Generator().manual_seed(seed))
    backbone = net.branches[0].backbone
    assert backbone is not None
    backbone.net.add_module("block1", convolution)
    _fill_head(net, seed)
    return net.eval()


def through(backbone: str, layer: str | None = None, size: int = 64, pool: str = "mean") -> Classifier:
    """A known backbone with random weights."""
    stages: list[StageSpec] = [{"resize": {"rows": size, "columns": size}}, PICTURE]
    config = BranchConfig(stages=stages, backbone=backbone, layer=layer, pool=pool)
    torch.manual_seed(0)
    net = Classifier([FOLD], [config], Setting(None, N_SAMPLES), LABELS)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            assert module.running_mean is not None
            assert module.running_var is not None
            module.running_mean.normal_(0, 0.1)
            module.running_var.uniform_(0.5, 1.5)
    _fill_head(net, 3)
    return net.eval()


def model(net: Classifier, name: str = "tiny", **card: object) -> Model:
    """The same as a model that takes signals without a rate."""
    intake = Intake(rate_hz=None, window=WindowConfig(samples=N_SAMPLES))
    made = ModelCard(name=name, task="multilabel", labels=LABELS, stages=[], branches=[], intake=intake, **card)
    return Model(made, net)


def _fill_head(net: Classifier, seed: int) -> None:
    generator = torch.Generator().manual_seed(seed)
    for branch in net.branches:
        head = branch.head
        weight, bias = (torch.randn(part.shape, generator=generator) for part in (head.linear.weight, head.linear.bias))
        centre = 0.1 * torch.randn(head.centre.shape, generator=generator)
        spread = 0.5 + torch.rand(head.spread.shape, generator=generator)
        head.set(weight, bias, centre, spread)


def in_figures(net: Classifier, place: int) -> Tensor:
    """A linear head's weight of every feature as it comes in."""
    head = net.branches[0].head
    return (head.linear.weight[place] / head.spread).detach()
