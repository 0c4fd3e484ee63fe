"""A file fills every tensor of the net it is of, by whoever wrote it."""

import re

import pytest
import torch
from safetensors.torch import save_file
from weight_files import NET, as_file, in_layout_of_backbones, put

from pipeline.models.backbone import Backbone, nested, recipe_of
from pipeline.models.pretrained.at_hand import verify_weights
from pipeline.models.state_dict import differences
from pipeline.models.torchvision_adapter import torchvision
from pipeline.models.weights import load_weights


@pytest.mark.parametrize("layer", [None, "features.4"])
def test_a_file_fills_every_tensor_and_its_classifier_is_left_out(original, whole_net, layer):
    backbone = Backbone(NET, layer)
    load_weights(backbone, as_file(original))
    filled = backbone.net.state_dict()
    assert all(torch.equal(tensor, whole_net[key]) for key, tensor in filled.items())
    assert len(filled) == (len(whole_net) - 2 if layer is None else 14)


def test_safetensors_and_training_checkpoints_fill_as_well(tmp_path, whole_net):
    save_file(whole_net, tmp_path / "net.safetensors")
    torch.save({"epoch": 3, "state_dict": whole_net}, tmp_path / "checkpoint.pth")
    for name in ("net.safetensors", "checkpoint.pth"):
        backbone = Backbone(NET)
        load_weights(backbone, as_file(tmp_path / name))
        assert torch.equal(backbone.net.state_dict()["features.0.weight"], whole_net["features.0.weight"])


def test_a_file_from_before_batch_norms_counted_their_batches_fits(tmp_path):
    state = torchvision.models.resnet18(weights=None).state_dict()
    old = {key: tensor for key, tensor in state.items() if not key.endswith("num_batches_tracked")}
    torch.save(old, tmp_path / "old.pth")
    backbone = Backbone("resnet18")
    load_weights(backbone, as_file(tmp_path / "old.pth"))
    assert torch.equal(backbone.net.state_dict()["layer4.1.bn2.running_var"], state["layer4.1.bn2.running_var"])


def published(name: str, n_classes: int = 1000) -> dict[str, torch.Tensor]:
    """A file of the authors as far as names and shapes go: with classifiers, halfway too; all zeros."""
    kinds = {"googlenet": {"init_weights": False}, "inception_v3": {"init_weights": False}}
    with torch.device("meta"):
        net = torchvision.models.get_model(name, weights=None, num_classes=n_classes, **kinds.get(name, {}))
    return {key: torch.zeros(tensor.shape, dtype=tensor.dtype) for key, tensor in net.state_dict().items()}


@pytest.mark.parametrize(
    ("name", "beside"),
    [("googlenet", "aux1, aux2, fc"), ("mnasnet1_0", "classifier"), ("shufflenet_v2_x1_0", "fc")],
)
def test_classifiers_halfway_and_at_the_end_are_left_out_of_any_number_of_classes(tmp_path, name, beside):
    path = tmp_path / "seven-classes.pth"
    state = published(name, n_classes=7)
    marked = next(key for key in state if key.endswith("weight"))
    state[marked] += 3.0
    torch.save(state, path)
    backbone = Backbone(name)
    load_weights(backbone, as_file(path))
    assert (backbone.net.state_dict()[marked] == 3.0).all()
    (row,) = verify_weights(str(path), name)
    assert (row.fit, row.fine) == (f"fits; left out: {beside}", True)


def test_inception_fits_with_its_auxiliary_classifier():
    state = published("inception_v3")
    assert {key.partition(".")[0] for key in state} >= {"AuxLogits", "fc"}
    assert not differing("inception_v3", state)


def test_densenets_file_with_its_old_names_fits():
    # As torchvision's own loader reads it: norm.1 in the file is norm1 in the net.
    old = {re.sub(r"(norm|conv)([12])\.", r"\1.\2.", key): tensor for key, tensor in published("densenet161").items()}
    assert "features.denseblock1.denselayer1.norm.1.weight" in old
    assert not differing("densenet161", old)


def differing(name: str, state: dict[str, torch.Tensor]) -> str:
    recipe = recipe_of(name)
    with torch.device("meta"):
        body = nested(recipe.blocks()).state_dict()
    return differences({recipe.rename(key): tensor for key, tensor in state.items()}, body, body)


def test_nasnets_file_fits_tensor_by_tensor():
    import timm

    with torch.device("meta"):
        net = timm.create_model("nasnetalarge").state_dict()
    assert not differing("timm:nasnetalarge", net)
    assert "1 missing (conv0.net.bn.bias)" in differing(
        "timm:nasnetalarge", {key: tensor for key, tensor in net.items() if key != "conv0.bn.bias"}
    )


def test_weights_of_colours_fill_a_net_for_one_plane_with_their_sum(original, whole_net):
    backbone = Backbone(NET, n_planes=1, first_convolution="summed")
    load_weights(backbone, as_file(original))
    filled, colours = backbone.net.state_dict(), whole_net["features.0.weight"]
    assert torch.equal(filled["features.0.weight"], colours.sum(dim=1, keepdim=True))
    assert torch.equal(filled["features.12.expand3x3.weight"], whole_net["features.12.expand3x3.weight"])


def test_verifying_tells_a_file_of_another_net_and_knows_one_by_its_name(tmp_path, original):
    (own,) = verify_weights(str(original))
    assert (own.backbone, own.status, own.fit, own.fine) == (NET, "verified", "fits; left out: classifier", True)
    (other,) = verify_weights(str(original), "squeezenet1_0")
    assert other.fit.startswith("not a weights file of squeezenet1_0: 12 missing (features.5.squeeze.weight")
    assert not other.fine
    nameless = put(original, tmp_path, "mine.pth")
    (row,) = verify_weights(str(nameless))
    assert (row.backbone, row.fit, row.fine) == (None, None, True)


def test_a_file_of_a_net_that_is_one_block_fits_without_its_classifier(tmp_path):
    import timm

    net = timm.create_model("ghostnet_050")
    torch.save(net.state_dict(), tmp_path / "ghostnet_050.pth")
    backbone = Backbone("timm:ghostnet_050").eval()
    load_weights(backbone, as_file(tmp_path / "ghostnet_050.pth"))
    image = in_layout_of_backbones(torch.randn(1, 3, 64, 64))
    with torch.no_grad():
        assert torch.equal(backbone(image), in_layout_of_backbones(net.eval()).forward_features(image))
