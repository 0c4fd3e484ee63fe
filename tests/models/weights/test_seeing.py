"""Real weights make the nets' own features, and see what is there."""

import importlib.util

import numpy as np
import pytest
import torch
from sklearn.datasets import load_sample_image
from weight_files import LITE0_PACKAGE, in_layout_of_backbones

from pipeline.models.backbone import Backbone
from pipeline.models.torchvision_adapter import torchvision
from pipeline.models.weights import WeightsFile, find_weights, load_weights


def photograph(name: str, bicubic: bool) -> torch.Tensor:
    """The usual middle of a photograph, 224 x 224, scaled to 0..1."""
    functional = torchvision.transforms.functional
    how = (
        torchvision.transforms.InterpolationMode.BICUBIC
        if bicubic
        else torchvision.transforms.InterpolationMode.BILINEAR
    )
    picture = functional.to_pil_image(np.asarray(load_sample_image(name)))
    return functional.to_tensor(functional.center_crop(functional.resize(picture, 256, how), 224))


def normalised(backbone: Backbone, image: torch.Tensor) -> torch.Tensor:
    mean, std = (torch.tensor(values).reshape(3, 1, 1) for values in (backbone.mean, backbone.std))
    return in_layout_of_backbones(((image - mean) / std)[None])


def with_weights(name: str) -> tuple[Backbone, WeightsFile]:
    backbone, file = Backbone(name).eval(), find_weights(name, download=False)
    load_weights(backbone, file)
    return backbone, file


@pytest.mark.parametrize(
    ("name", "china", "flower"),
    [("squeezenet1_1", "stupa", "brain coral"), ("mobilenet_v2", "palace", "honeycomb")],
)
def test_real_weights_make_the_nets_own_features_and_see_what_is_there(real_weights, monkeypatch, name, china, flower):
    monkeypatch.setenv("FAULTPRINT_WEIGHTS", str(real_weights))
    backbone, file = with_weights(name)
    net = torchvision.models.get_model(name, weights=None).eval()
    net.load_state_dict(torch.load(file.path, weights_only=True))
    in_layout_of_backbones(net)
    categories = torchvision.models.get_model_weights(name).IMAGENET1K_V1.meta["categories"]
    for picture, seen in (("china.jpg", china), ("flower.jpg", flower)):
        image = normalised(backbone, photograph(picture, bicubic=False))
        with torch.no_grad():
            assert torch.equal(backbone(image), net.features(image))
            assert categories[int(net(image).argmax())] == seen


@pytest.mark.skipif(importlib.util.find_spec(LITE0_PACKAGE) is None, reason=f"needs {LITE0_PACKAGE}")
def test_lite0_from_its_package_is_timms_net_tensor_by_tensor_and_sees_what_is_there(monkeypatch):
    import timm

    monkeypatch.delenv("FAULTPRINT_WEIGHTS", raising=False)
    backbone, file = with_weights("efficientnet_lite0")
    state = torch.load(file.path, weights_only=True)
    with torch.device("meta"):
        net = timm.create_model("tf_efficientnet_lite0").eval()
    # The two files list the same tensors in the same order: the one fact that needs no names.
    net.load_state_dict(dict(zip(net.state_dict(), state.values(), strict=True)), assign=True)
    in_layout_of_backbones(net)
    assert sum(not key.endswith("num_batches_tracked") for key in state) == 247
    for picture, seen in (("china.jpg", 698), ("flower.jpg", 985)):  # palace, daisy
        image = normalised(backbone, photograph(picture, bicubic=True))
        with torch.no_grad():
            assert torch.equal(backbone(image), net.forward_features(image))
            assert int(net(image).argmax()) == seen
