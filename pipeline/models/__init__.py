"""Models: backbones, weights, branches, features and the bundle."""

from typing import TYPE_CHECKING

from pipeline.registry import Registry

if TYPE_CHECKING:
    from pipeline.models.recipe import Recipe

BACKBONES: "Registry[Recipe]" = Registry(
    "backbone",
    {
        "squeezenet1_0": "pipeline.models.backbones.torchvision_nets:squeezenet1_0",
        "squeezenet1_1": "pipeline.models.backbones.torchvision_nets:squeezenet1_1",
        "mobilenet_v2": "pipeline.models.backbones.torchvision_nets:mobilenet_v2",
        "alexnet": "pipeline.models.backbones.torchvision_nets:alexnet",
        "vgg16": "pipeline.models.backbones.torchvision_nets:vgg16",
        "resnet18": "pipeline.models.backbones.torchvision_nets:resnet18",
        "resnet50": "pipeline.models.backbones.torchvision_nets:resnet50",
        "efficientnet_b0": "pipeline.models.backbones.torchvision_nets:efficientnet_b0",
        "efficientnet_lite0": "pipeline.models.backbones.efficientnet_lite0:efficientnet_lite0",
        "small": "pipeline.models.backbones.small:small",
    },
    group="faultprint.backbones",
)

__all__ = ["BACKBONES"]
