"""One suite for every backbone; the truth is the library's own net with the same weights."""

import copy
import functools
import math
import pickle
import re
import sys

import pytest
import torch
from safetensors.torch import load, save
from torch import nn

from pipeline.errors import ConfigError, RequestError
from pipeline.models import BACKBONES
from pipeline.models.backbone import Backbone, known_backbones, recipe_of
from pipeline.models.torchvision_adapter import torchvision

OF_TIMM = ("timm:resnet18", "timm:mobilenetv3_small_100", "timm:convnext_atto", "timm:ghostnet_050")
"""One of each kind: three known successions of blocks, and a net that is one block."""

OUR_OWN = ("small",)
ALL = (*known_backbones(), *OF_TIMM)
SIZE = 64
every_backbone = pytest.mark.parametrize("name", ALL)
every_librarys_net = pytest.mark.parametrize("name", [name for name in ALL if name not in OUR_OWN])


@functools.cache
def _built(name: str) -> Backbone:
    return Backbone(name)


def fresh(name: str) -> Backbone:
    return copy.deepcopy(_built(name))


def pictures(count: int = 2) -> torch.Tensor:
    plain = torch.randn(count, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(0))
    # As a backbone lays them out in memory, because another layout adds up in another order.
    return plain.contiguous(memory_format=torch.channels_last)


def timm_name(name: str) -> str | None:
    return {"efficientnet_lite0": "tf_efficientnet_lite0"}.get(
        name, name.removeprefix("timm:") if ":" in name else None
    )


def librarys_own(name: str) -> nn.Module:
    """The whole net as its library builds it; on the meta device, so that large last layers take no memory."""
    with torch.device("meta"):
        model = timm_name(name)
        if model is None:
            return torchvision.models.get_model(name, weights=None).eval()
        import timm

        return timm.create_model(model).eval()


def librarys_map(name: str, weights: dict[str, torch.Tensor], image: torch.Tensor) -> torch.Tensor:
    net = librarys_own(name)
    net.load_state_dict(weights, strict=False, assign=True)
    if timm_name(name):
        return net.forward_features(image)
    if hasattr(net, "features"):
        return net.features(image)
    net.avgpool = net.fc = nn.Identity()
    return net(image)  # flattened


def weighted(backbone: Backbone) -> list[nn.Module]:
    return [block for block in backbone.blocks if list(block.parameters())]


def buffers(module: nn.Module) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in module.named_buffers()}


def changed(module: nn.Module, before: dict[str, torch.Tensor]) -> bool:
    return any(not torch.equal(tensor, before[name]) for name, tensor in module.named_buffers())


def unwrapped(backbone: Backbone) -> dict[str, torch.Tensor]:
    return {key.removeprefix("features.net."): tensor for key, tensor in backbone.net.state_dict().items()}


@every_backbone
def test_a_feature_map_has_as_many_channels_as_promised(name):
    with torch.no_grad():
        found = fresh(name).eval()(pictures())
    assert found.shape[:2] == (2, _built(name).n_features)
    assert found.ndim == 4
    assert found.isfinite().all()


@every_librarys_net
def test_the_feature_map_is_the_librarys_own_bit_for_bit(name):
    backbone = fresh(name).eval()
    with torch.no_grad():
        own = librarys_map(name, unwrapped(backbone), pictures())
        assert torch.equal(backbone(pictures()).flatten(), own.flatten())


@every_librarys_net
def test_tensors_bear_their_published_names_and_only_the_head_is_missing(name):
    published = {key: tensor.shape for key, tensor in librarys_own(name).state_dict().items()}
    ours = {key: tensor.shape for key, tensor in unwrapped(fresh(name)).items()}
    assert ours.items() <= published.items()
    heads = {key.partition(".")[0] for key in published.keys() - ours.keys()}
    assert heads <= {"classifier", "fc", "conv_head", "head"}


@every_backbone
def test_a_backbone_says_what_pictures_it_was_trained_on(name):
    backbone = fresh(name)
    assert backbone.input_size >= 64
    assert len(backbone.mean) == len(backbone.std) == 3
    assert all(0.4 < mean < 0.51 for mean in backbone.mean)
    assert all(0.2 < std < 0.51 for std in backbone.std)


@pytest.mark.parametrize("name", [name for name in known_backbones() if name not in OUR_OWN])
def test_the_authors_file_promises_its_hash_in_its_name(name):
    published = recipe_of(name).published
    assert published is not None
    assert re.search(r"-[0-9a-f]{8}\.pth$", published.file_name)
    assert published.url.startswith("https://")


@every_backbone
def test_freezing_leaves_the_last_blocks_with_weights_trainable(name):
    backbone = fresh(name)
    blocks = weighted(backbone)
    for last in {0, 1, len(blocks) // 2, len(blocks)}:
        backbone.freeze(last)
        free = {id(p) for block in blocks[len(blocks) - last :] for p in block.parameters()}
        assert {id(p) for p in backbone.parameters() if p.requires_grad} == free
    assert all(p.requires_grad for p in backbone.freeze(0).freeze(None).parameters())
    assert backbone.n_frozen == 0


@every_backbone
def test_a_training_step_moves_trainable_blocks_and_no_frozen_one(name):
    backbone = fresh(name).freeze(1).train()
    before = copy.deepcopy(backbone.state_dict())
    optimiser = torch.optim.SGD(backbone.parameters(), lr=0.1)
    backbone(pictures(4)).square().sum().backward()
    optimiser.step()
    moved = {key for key, tensor in backbone.state_dict().items() if not torch.equal(tensor, before[key])}
    last_weighted = [
        n for n, block in zip(backbone.block_names, backbone.blocks, strict=True) if list(block.parameters())
    ][-1]
    assert moved
    assert all(key.startswith(f"net.{last_weighted}.") for key in moved)


@every_backbone
def test_batch_norms_of_frozen_blocks_stay_as_they_are_in_training(name):
    backbone = fresh(name).freeze(0).train()
    assert not any(module.training for block in backbone.blocks for module in block.modules())
    before = buffers(backbone)
    backbone(pictures(4))
    assert not changed(backbone, before)
    backbone.freeze(None)
    assert all(module.training for module in backbone.modules())
    backbone(pictures(4))
    assert changed(backbone, before) == bool(before)


@every_backbone
def test_a_chosen_layer_gives_what_the_whole_net_has_there(name):
    whole = fresh(name).eval()
    layer = whole.block_names[len(whole.block_names) // 2]
    seen = []
    whole.net.get_submodule(layer).register_forward_hook(lambda _, __, found: seen.append(found.clone()))
    part = Backbone(name, layer).eval()
    part.net.load_state_dict({key: whole.net.state_dict()[key] for key in part.net.state_dict()})
    with torch.no_grad():
        whole(pictures())
        found = part(pictures())
    assert torch.equal(found, seen[0])
    assert part.layer == layer
    assert part.n_features == found.shape[1]


@every_backbone
def test_a_state_dict_goes_through_a_file_and_a_backbone_through_pickle(name):
    backbone = fresh(name).eval()
    other = fresh(name).randomise(seed=1).eval()
    with torch.no_grad():
        expected = backbone(pictures())
        assert not torch.equal(other(pictures()), expected)
        packed = {key: tensor.contiguous() for key, tensor in backbone.state_dict().items()}
        other.load_state_dict(load(save(packed)))
        assert torch.equal(other(pictures()), expected)
        assert torch.equal(pickle.loads(pickle.dumps(backbone))(pictures()), expected)


@every_backbone
def test_random_weights_follow_the_seed_alone(name):
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    one, same, other = (unwrapped(fresh(name).randomise(seed)) for seed in (3, 3, 4))
    assert torch.equal(torch.rand(1), expected)
    assert all(torch.equal(one[key], same[key]) for key in one)
    assert any(not torch.equal(one[key], other[key]) for key in one)


def test_every_registered_backbone_is_in_this_suite():
    assert set(ALL) >= set(BACKBONES)


def test_a_random_vgg_starts_as_its_authors_library_starts_it():
    # He et al. (2015): a deviation of sqrt(2 / fan out) keeps gradients alive; torchvision starts its VGGs so.
    convolutions = [block for block in fresh("vgg16").blocks if isinstance(block, nn.Conv2d)]
    assert len(convolutions) == 13
    for convolution in convolutions[1:]:
        expected = math.sqrt(2 / (9 * convolution.out_channels))
        assert convolution.weight.std().item() == pytest.approx(expected, rel=0.02)
        assert not convolution.bias.any()


def test_squeezenet_with_its_last_block_free_has_that_fire_modules_parameters():
    squeeze = 512 * 64 + 64
    expand = 64 * 256 + 256 + 9 * 64 * 256 + 256
    backbone = fresh("squeezenet1_1").freeze(1)
    assert sum(p.numel() for p in backbone.parameters() if p.requires_grad) == squeeze + expand


@pytest.mark.parametrize(("layer", "channels"), [("features.4", 128), ("features.7", 256), (None, 512)])
def test_squeezenets_layers_are_those_of_torchvision(layer, channels):
    assert Backbone("squeezenet1_1", layer).n_features == channels


def test_an_unknown_layer_is_answered_with_the_layers():
    with pytest.raises(RequestError, match=r"unknown layer 'features.99' of backbone squeezenet1_1.*features.12"):
        Backbone("squeezenet1_1", "features.99")


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("squeezenet1_2", "unknown backbone 'squeezenet1_2'; did you mean 'squeezenet1_"),
        ("timm:resnat18", "timm has no net 'resnat18'; did you mean 'resnet18'"),
        ("timm:resnet18.nowhere", "unknown backbone 'timm:resnet18.nowhere'"),
        ("timm:vit_tiny_patch16_224", "name a CNN"),
        ("timm:swin_tiny_patch4_window7_224", "name a CNN"),
    ],
)
def test_a_net_that_cannot_be_a_backbone_is_refused_with_advice(name, answer):
    with pytest.raises(RequestError, match=answer):
        Backbone(name)


@pytest.mark.parametrize("name", ["efficientnet_lite0", "timm:resnet10t"])
def test_a_net_of_timm_without_timm_says_what_to_install(name, monkeypatch):
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(RequestError, match=rf"{name} needs timm.*pip install 'faultprint\[timm\]'"):
        Backbone(name)


@pytest.mark.parametrize("last", [-1, 4])
def test_freezing_all_but_more_blocks_than_there_are_is_refused(last):
    with pytest.raises(RequestError, match=f"squeezenet1_1 up to features.4 has 3 blocks with weights.*{last}; give 0"):
        Backbone("squeezenet1_1", "features.4").freeze(last)


@pytest.mark.parametrize("shape", [(1, 1, SIZE, SIZE), (3, SIZE, SIZE)])
def test_an_image_that_is_no_colour_picture_is_refused_with_the_stage_that_makes_one(shape):
    with pytest.raises(ConfigError, match=r"squeezenet1_1 needs pictures.*add to_imagenet"):
        fresh("squeezenet1_1")(torch.zeros(shape))
