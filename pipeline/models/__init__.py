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
        "mobilenet_v3_small": "pipeline.models.backbones.torchvision_nets:mobilenet_v3_small",
        "shufflenet_v2_x1_0": "pipeline.models.backbones.torchvision_nets:shufflenet_v2_x1_0",
        "mnasnet1_0": "pipeline.models.backbones.torchvision_nets:mnasnet1_0",
        "alexnet": "pipeline.models.backbones.torchvision_nets:alexnet",
        "vgg16": "pipeline.models.backbones.torchvision_nets:vgg16",
        "vgg19": "pipeline.models.backbones.torchvision_nets:vgg19",
        "resnet18": "pipeline.models.backbones.torchvision_nets:resnet18",
        "resnet50": "pipeline.models.backbones.torchvision_nets:resnet50",
        "resnet152": "pipeline.models.backbones.torchvision_nets:resnet152",
        "resnext50_32x4d": "pipeline.models.backbones.torchvision_nets:resnext50_32x4d",
        "wide_resnet50_2": "pipeline.models.backbones.torchvision_nets:wide_resnet50_2",
        "densenet161": "pipeline.models.backbones.torchvision_nets:densenet161",
        "googlenet": "pipeline.models.backbones.torchvision_nets:googlenet",
        "inception_v3": "pipeline.models.backbones.torchvision_nets:inception_v3",
        "convnext_tiny": "pipeline.models.backbones.torchvision_nets:convnext_tiny",
        "efficientnet_b0": "pipeline.models.backbones.torchvision_nets:efficientnet_b0",
        "efficientnet_lite0": "pipeline.models.backbones.efficientnet_lite0:efficientnet_lite0",
        "small": "pipeline.models.backbones.small:small",
    },
    group="faultprint.backbones",
)

__all__ = ["BACKBONES"]
