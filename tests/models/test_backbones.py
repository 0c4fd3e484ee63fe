"""One suite for every backbone; the truth is the library's own net with the same weights."""

import copy
import functools
import math
import pickle
import re
import sys
from collections import OrderedDict

import pytest
import torch
from torch import nn

from pipeline.errors import ConfigError, RequestError
from pipeline.models import BACKBONES
from pipeline.models.backbone import Backbone, known_backbones, recipe_of
from pipeline.models.branch import BranchConfig
from pipeline.models.bundle import Model, ModelCard, load_bundle, save_bundle
from pipeline.models.classifier import Classifier
from pipeline.models.export import Graph, write_onnx
from pipeline.models.intake import Intake
from pipeline.models.torchvision_adapter import torchvision
from pipeline.preprocessing.base import Batch, Setting
from pipeline.windows import WindowConfig

OF_TIMM = (
    *("timm:resnet18", "timm:mobilenetv3_small_100", "timm:convnext_atto", "timm:ese_vovnet19b_slim_dw"),
    *("timm:tf_efficientnet_lite0", "timm:inception_v4", "timm:nasnetalarge"),
)
"""One of each kind (three known successions of blocks, a net that is one block), and those that papers use."""

OUR_OWN = ("small",)
ALL = (*known_backbones(), *OF_TIMM)
BUILT_BY_TIMM = ("efficientnet_lite0", *OF_TIMM)
GIANTS = ("resnet152", "wide_resnet50_2", "timm:nasnetalarge")

LARGE_ENOUGH = {"inception_v3": 112, "timm:inception_v4": 112}
"""Sides of pictures, for nets whose last maps would be but one number wide at 64."""

CHANNELS = {
    "alexnet": {"features.2": 64, "features.12": 256},
    "vgg16": {"features.9": 128, "features.30": 512},
    "vgg19": {"features.18": 256, "features.36": 512},
    "resnet18": {"layer2": 128, "layer4": 512},
    "resnet50": {"layer1": 256, "layer4": 2048},
    "resnet152": {"layer3": 1024, "layer4": 2048},
    "resnext50_32x4d": {"layer3": 1024, "layer4": 2048},
    "wide_resnet50_2": {"layer1": 256, "layer4": 2048},
    "squeezenet1_0": {"features.5": 256, "features.12": 512},
    "squeezenet1_1": {"features.4": 128, "features.12": 512},
    "densenet161": {"features.transition1": 192, "features.relu5": 2208},
    "inception_v3": {"Mixed_5b": 256, "Mixed_7c": 2048},
    "googlenet": {"inception3a": 256, "inception5b": 1024},
    "shufflenet_v2_x1_0": {"stage2": 116, "conv5": 1024},
    "mobilenet_v2": {"features.3": 24, "features.18": 1280},
    "mobilenet_v3_small": {"features.3": 24, "features.12": 576},
    "mnasnet1_0": {"layers.8": 24, "layers.16": 1280},
    "efficientnet_b0": {"features.3": 40, "features.8": 1280},
    "convnext_tiny": {"features.3": 192, "features.7": 768},
    "efficientnet_lite0": {"blocks.2": 40, "bn2": 1280},
    "small": {"block2": 32, "block4": 64},
    "timm:resnet18": {"layer2": 128, "layer4": 512},
    "timm:mobilenetv3_small_100": {"blocks.1": 24, "blocks.5": 576},
    "timm:convnext_atto": {"stages.1": 80, "norm_pre": 320},
    "timm:ese_vovnet19b_slim_dw": {"features": 512},
    "timm:tf_efficientnet_lite0": {"blocks.2": 40, "bn2": 1280},
    "timm:inception_v4": {"features.9": 384, "features.21": 1536},
    "timm:nasnetalarge": {"cell_5": 1008, "act": 4032},
}
"""Layers of every net and their channels: the tables of the papers, and at the end the width that classifiers read."""

EXPORTED_UP_TO = {
    "vgg16": "features.9",
    "vgg19": "features.9",
    "squeezenet1_0": "features.5",
    "squeezenet1_1": "features.4",
    "resnet18": "layer1",
    "resnet50": "layer1",
    "resnet152": "layer1",
    "resnext50_32x4d": "layer1",
    "wide_resnet50_2": "layer1",
    "densenet161": "features.transition1",
    "googlenet": "inception3a",
    "inception_v3": "Mixed_5b",
    "shufflenet_v2_x1_0": "stage2",
    "mobilenet_v2": "features.4",
    "mobilenet_v3_small": "features.4",
    "mnasnet1_0": "layers.8",
    "efficientnet_b0": "features.2",
    "efficientnet_lite0": "blocks.1",
    "convnext_tiny": "features.3",
    "timm:resnet18": "layer1",
    "timm:mobilenetv3_small_100": "blocks.1",
    "timm:convnext_atto": "stages.1",
    "timm:tf_efficientnet_lite0": "blocks.0",
    "timm:inception_v4": "features.3",
    "timm:nasnetalarge": "cell_stem_1",
}
"""Where torch's exporter would take a minute for the whole net: a layer with blocks of the net's own kind before it."""


@pytest.fixture(scope="module", params=ALL)
def name(request: pytest.FixtureRequest) -> str:
    """Every backbone; all tests of one come together, so that one at a time is held in memory."""
    if request.param in BUILT_BY_TIMM:
        pytest.importorskip("timm", reason=f"{request.param} needs the extra timm")
    return request.param


def of_a_library(name: str) -> str:
    if name in OUR_OWN:
        pytest.skip("no library's net")
    return name


@functools.lru_cache(maxsize=1)
def _built(name: str) -> Backbone:
    torch.manual_seed(0)
    return settled(Backbone(name), pictures(name))


def settled(backbone: Backbone, image: torch.Tensor) -> Backbone:
    """A random net whose batch norms have seen a batch: without, what comes out is next to nothing, or overflows."""
    norms = [module for module in backbone.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
    before = [norm.momentum for norm in norms]
    for norm in norms:
        norm.momentum = 1.0
    with torch.no_grad():
        backbone.train()(image)
    for norm, momentum in zip(norms, before, strict=True):
        norm.momentum = momentum
    return backbone.eval()


def fresh(name: str) -> Backbone:
    return copy.deepcopy(_built(name)).train()


def size_of(name: str) -> int:
    return LARGE_ENOUGH.get(name, 64)


def pictures(name: str, count: int = 2, planes: int = 3) -> torch.Tensor:
    size = size_of(name)
    plain = torch.randn(count, planes, size, size, generator=torch.Generator().manual_seed(0))
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
            options = {"init_weights": True} if name in ("googlenet", "inception_v3") else {}
            return torchvision.models.get_model(name, weights=None, **options).eval()
        import timm

        return timm.create_model(model).eval()


def with_random_head(net: nn.Module) -> nn.Module:
    """The rest of a net that has weights up to its last feature map, made real; classifiers halfway are not run."""
    for module in net.modules():
        for key, tensor in [*module.named_parameters(recurse=False)]:
            if tensor.is_meta:
                setattr(module, key, nn.Parameter(0.02 * torch.randn(tensor.shape), requires_grad=False))
    return net


def map_in(net: nn.Module, image: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """A torchvision net's last feature map, caught where its pooling or classifier reads it, and its logits."""
    seen: list[torch.Tensor] = []
    if hasattr(net, "avgpool"):
        net.avgpool.register_forward_pre_hook(lambda _, given: seen.append(given[0].clone()))
    else:
        # These pool by a function. DenseNet rectifies in place first, so what was caught is what it pools.
        body = [child for label, child in net.named_children() if label not in ("classifier", "fc")][-1]
        body.register_forward_hook(lambda _, __, found: seen.append(found))
    logits = net(image)
    return seen[0], logits


def logits_of(net: nn.Module, feature_map: torch.Tensor) -> torch.Tensor:
    """What a library's own classifier says of a feature map."""
    if hasattr(net, "forward_head"):
        return net.forward_head(feature_map)
    if type(net).__name__ == "SqueezeNet":
        return net.classifier(feature_map).flatten(1)
    pooled = net.avgpool(feature_map) if hasattr(net, "avgpool") else feature_map.mean((2, 3))
    if type(net).__name__ == "ConvNeXt":
        return net.classifier(pooled)
    return (net.fc if hasattr(net, "fc") else net.classifier)(pooled.flatten(1))


def weighted(backbone: Backbone) -> list[nn.Module]:
    return [block for block in backbone.blocks if list(block.parameters())]


def buffers(module: nn.Module) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in module.named_buffers()}


def changed(module: nn.Module, before: dict[str, torch.Tensor]) -> bool:
    return any(not torch.equal(tensor, before[name]) for name, tensor in module.named_buffers())


def unwrapped(backbone: Backbone) -> dict[str, torch.Tensor]:
    """Tensors under their published names: some blocks wrap a part of the library's net."""
    state = backbone.net.state_dict()
    return {key.removeprefix("features.net.").replace(".net.", "."): tensor for key, tensor in state.items()}


def newest(found: torch.Tensor | tuple[torch.Tensor, ...]) -> torch.Tensor:
    return found if isinstance(found, torch.Tensor) else found[0]


def test_a_feature_map_has_as_many_channels_as_promised(name):
    with torch.no_grad():
        found = _built(name)(pictures(name))
    assert found.shape[:2] == (2, _built(name).n_features)
    assert found.ndim == 4
    assert found.isfinite().all()
    assert found.std() > 0.01


@torch.no_grad()
def test_the_feature_map_and_with_the_librarys_classifier_the_logits_are_the_librarys_own(name):
    backbone, image = _built(of_a_library(name)), pictures(name)
    net = librarys_own(name)
    state = OrderedDict(unwrapped(backbone))
    state._metadata = net.state_dict()._metadata  # MNASNet looks for its version there
    net.load_state_dict(state, strict=False, assign=True)
    with_random_head(net)
    own, logits = (net.forward_features(image), net(image)) if timm_name(name) else map_in(net, image)
    found = backbone(image)
    assert torch.equal(found, own)
    assert logits.shape == (2, 1000)
    assert (logits_of(net, found) - logits).abs().max() < 1e-5 * logits.abs().max()


def test_tensors_bear_their_published_names_and_only_classifiers_are_missing(name):
    published = {key: tensor.shape for key, tensor in librarys_own(of_a_library(name)).state_dict().items()}
    ours = {key: tensor.shape for key, tensor in unwrapped(_built(name)).items()}
    assert ours.items() <= published.items()
    heads = {key.partition(".")[0] for key in published.keys() - ours.keys()}
    assert heads <= {"classifier", "fc", "conv_head", "head", "last_linear", "AuxLogits", "aux1", "aux2"}


@torch.no_grad()
def test_an_image_of_one_plane_is_read_as_the_same_grey_picture(name):
    whole, grey = _built(name), pictures(name, planes=1)
    one = Backbone(name, n_planes=1, first_convolution="summed").eval()
    one.net.load_state_dict(one.for_planes(whole.net.state_dict()))
    expected = whole(grey.repeat(1, 3, 1, 1))
    assert (one(grey) - expected).abs().max() < 1e-3 * expected.abs().max()


def test_a_backbone_says_what_pictures_it_was_trained_on(name):
    backbone = _built(name)
    assert backbone.input_size >= 64
    assert len(backbone.mean) == len(backbone.std) == 3
    assert all(0.4 < mean < 0.51 for mean in backbone.mean)
    assert all(0.2 < std < 0.51 for std in backbone.std)


def test_freezing_leaves_the_last_blocks_with_weights_trainable(name):
    backbone = fresh(name)
    blocks = weighted(backbone)
    for last in {0, 1, len(blocks) // 2, len(blocks)}:
        backbone.freeze(last)
        free = {id(p) for block in blocks[len(blocks) - last :] for p in block.parameters()}
        assert {id(p) for p in backbone.parameters() if p.requires_grad} == free
    assert all(p.requires_grad for p in backbone.freeze(0).freeze(None).parameters())
    assert backbone.n_frozen == 0


def test_a_training_step_moves_trainable_blocks_and_no_frozen_one(name):
    backbone = fresh(name).freeze(1).train()
    before = {key: tensor.clone() for key, tensor in backbone.state_dict().items()}
    optimiser = torch.optim.SGD(backbone.parameters(), lr=0.1)
    backbone(pictures(name)).square().sum().backward()
    optimiser.step()
    moved = {key for key, tensor in backbone.state_dict().items() if not torch.equal(tensor, before[key])}
    last_weighted = [
        n for n, block in zip(backbone.block_names, backbone.blocks, strict=True) if list(block.parameters())
    ][-1]
    assert moved
    assert all(key.startswith(f"net.{last_weighted}.") for key in moved)


def test_a_step_of_the_whole_net_lowers_the_loss_and_moves_every_block(name):
    # In eval, because a batch norm that sees two numbers knows no slope.
    backbone, image = fresh(name).eval(), pictures(name)
    wanted = torch.randn(backbone.n_features, generator=torch.Generator().manual_seed(1))

    def loss() -> torch.Tensor:
        return (backbone(image).mean((2, 3)) - wanted).square().mean()

    first = loss()
    first.backward()
    slopes = {key: p.grad for key, p in backbone.named_parameters() if p.grad is not None}
    for block in weighted(backbone):
        assert any(p.grad is not None and p.grad.any() for p in block.parameters())
    steepness = sum(slope.square().sum() for slope in slopes.values())
    with torch.no_grad():
        for key, slope in slopes.items():
            # So short a step that the slope foretells what it brings: a thousandth of the loss.
            backbone.get_parameter(key).sub_(slope, alpha=float(1e-3 * first / steepness))
        assert 0.3e-3 < (first - loss()) / first < 3e-3


def test_batch_norms_of_frozen_blocks_stay_as_they_are_in_training(name):
    backbone = fresh(name).freeze(0).train()
    assert not any(module.training for block in backbone.blocks for module in block.modules())
    before = buffers(backbone)
    other = pictures(name).flip(0, 2) + 0.1
    with torch.no_grad():
        backbone(other)
        assert not changed(backbone, before)
        backbone.freeze(None)
        assert all(module.training for module in backbone.modules())
        backbone(other)
    assert changed(backbone, before) == bool(before)


@torch.no_grad()
def test_layers_have_the_channels_of_the_paper_and_what_the_whole_net_has_there(name):
    whole = _built(name)
    (layer, channels), (last, width) = next(iter(CHANNELS[name].items())), list(CHANNELS[name].items())[-1]
    assert (whole.layer, whole.n_features) == (last, width)
    seen = []
    hook = whole.net.get_submodule(layer).register_forward_hook(lambda _, __, found: seen.append(newest(found).clone()))
    whole(pictures(name))
    hook.remove()
    part = part_of(name, layer)
    found = part(pictures(name))
    assert torch.equal(found, seen[0])
    assert part.layer == layer
    assert part.n_features == found.shape[1] == channels


@torch.no_grad()
def test_blocks_run_in_two_parts_give_what_they_give_in_one(name):
    backbone, image = _built(name), pictures(name)
    cut = len(backbone.blocks) // 2
    assert torch.equal(newest(backbone.run(backbone.run(image, 0, cut), cut)), backbone(image))


def part_of(name: str, layer: str | None) -> Backbone:
    """A net's first blocks with the same weights, or all of it."""
    whole = _built(name)
    if layer in (None, whole.layer):
        return whole
    part = Backbone(name, layer).eval()
    part.net.load_state_dict({key: whole.net.state_dict()[key] for key in part.net.state_dict()})
    return part


def model_of(backbone: Backbone) -> Model:
    """A whole model around a backbone's weights: folded samples, a picture, the net, a random head."""
    size = size_of(backbone.name)
    stages = [{"fold": {"rows": size, "columns": size}}]
    branch = BranchConfig(stages=["to_imagenet"], backbone=backbone.name, layer=backbone.layer)
    intake = Intake(rate_hz=1000.0, window=WindowConfig(samples=size * size))
    labels = ("inner_race", "outer_race")
    card = ModelCard(name="tiny", task="multilabel", labels=labels, stages=stages, branches=[branch], intake=intake)
    classifier = Classifier(stages, [branch], card.setting, labels).eval()
    classifier.branches[0].backbone.net.load_state_dict(backbone.net.state_dict())
    return Model(card, classifier)


def windows_for(name: str) -> Batch:
    samples = torch.randn(2, 1, size_of(name) ** 2, generator=torch.Generator().manual_seed(2))
    return Batch.of(samples, rate_hz=1000.0)


@torch.no_grad()
def test_a_bundle_gives_the_logits_it_was_saved_with(name, tmp_path):
    # Hundreds of megabytes go the same way as some.
    model = model_of(part_of(name, EXPORTED_UP_TO[name] if name in GIANTS else None))
    expected = model.classifier(windows_for(name))
    save_bundle(model, tmp_path / "model")
    assert expected.abs().max() > 1e-3
    assert torch.equal(load_bundle(tmp_path / "model").classifier(windows_for(name)), expected)


def model_of_several(names: tuple[str, ...]) -> Classifier:
    """A branch for every net, their logits of one size, so that none hides behind another in the sum."""
    stages = [{"fold": {"rows": 64, "columns": 64}}]
    branches = [BranchConfig(stages=["to_imagenet"], backbone=one, layer=EXPORTED_UP_TO.get(one)) for one in names]
    torch.manual_seed(0)
    net = Classifier(stages, branches, Setting(1000.0, 64 * 64), ("inner_race", "outer_race")).eval()
    image = net.shared(windows_for("small"))
    for place, branch in enumerate(net.branches):
        settled(branch.backbone, branch.image(image))
        net.branch_spread[place] = branch(image).abs().amax(dim=0)
    return net


@torch.no_grad()
@pytest.mark.parametrize("names", [ALL[first : first + 4] for first in range(0, len(ALL), 4)], ids="+".join)
def test_exported_branches_give_torchs_logits(names, tmp_path):
    runtime = pytest.importorskip("onnxruntime", reason="needs the extra deploy")
    if set(names) & set(BUILT_BY_TIMM):
        pytest.importorskip("timm", reason="needs the extra timm")
    # Several at a time, because half of the time an export takes is the same for one.
    graph, batch = Graph(model_of_several(names)), windows_for("small")
    write_onnx(graph, graph.inputs, batch, tmp_path / "model.onnx")
    session = runtime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    for windows in (batch.values, batch.values[:1]):
        expected, _ = graph(windows)
        found, _ = session.run(None, {"samples": windows.numpy()})
        # As export itself holds it: so much, and this share of logits above 1.
        assert (torch.from_numpy(found) - expected).abs().max() < 1e-4 * max(1.0, float(expected.abs().max()))


@pytest.mark.parametrize("backbone", ["squeezenet1_1", "timm:ese_vovnet19b_slim_dw"])
def test_a_backbone_goes_through_pickle(backbone):
    original, image = _built(backbone), pictures(backbone)
    with torch.no_grad():
        assert torch.equal(pickle.loads(pickle.dumps(original))(image), original(image))


@pytest.mark.parametrize("backbone", ["small", "alexnet", "vgg16", "resnet18", "googlenet", "efficientnet_lite0"])
def test_random_weights_follow_the_seed_alone(backbone):
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)
    net = Backbone(backbone)
    torch.manual_seed(5)
    one, same, other = (copy.deepcopy(unwrapped(net.randomise(seed))) for seed in (3, 3, 4))
    assert torch.equal(torch.rand(1), expected)
    assert all(torch.equal(one[key], same[key]) for key in one)
    assert any(not torch.equal(one[key], other[key]) for key in one)


@torch.no_grad()
@pytest.mark.parametrize("backbone", ["googlenet", "inception_v3"])
def test_inception_takes_pictures_from_minus_one_to_one_as_torchvision_hands_them_to_its_weights(backbone):
    # With weights, torchvision's net takes its preset's normalisation back before the first layer.
    ours = _built(backbone)
    options = {"init_weights": False, "transform_input": True}
    net = torchvision.models.get_model(backbone, weights=None, **options).eval()
    net.load_state_dict(ours.net.state_dict(), strict=False)
    preset = torchvision.models.get_model_weights(backbone).IMAGENET1K_V1.transforms()
    pixels = torch.rand(1, 3, 80, 80, generator=torch.Generator().manual_seed(3))

    def normalised(mean, std):
        return (pixels - torch.tensor(mean).reshape(3, 1, 1)) / torch.tensor(std).reshape(3, 1, 1)

    theirs, _ = map_in(net, normalised(preset.mean, preset.std))
    found = ours(normalised(ours.mean, ours.std))
    assert (found - theirs).abs().max() < 1e-3 * theirs.abs().max()


@pytest.mark.parametrize("backbone", [one for one in known_backbones() if one not in OUR_OWN])
def test_the_authors_file_promises_its_hash_in_its_name(backbone):
    published = recipe_of(backbone).published
    assert published is not None
    assert re.search(r"-[0-9a-f]{8,}\.pth$", published.file_name)
    assert published.url.startswith("https://")


@pytest.mark.parametrize(("backbone", "size"), [("alexnet", 224), ("inception_v3", 299), ("timm:nasnetalarge", 331)])
def test_pictures_are_as_large_as_the_weights_want_them(backbone, size):
    assert recipe_of(backbone).input_size == size


def test_every_registered_backbone_is_in_this_suite():
    assert set(ALL) >= set(BACKBONES)


def test_a_random_vgg_starts_as_its_authors_library_starts_it():
    # He et al. (2015): a deviation of sqrt(2 / fan out) keeps gradients alive; torchvision starts its VGGs so.
    convolutions = [block for block in Backbone("vgg16").blocks if isinstance(block, nn.Conv2d)]
    assert len(convolutions) == 13
    for convolution in convolutions[1:]:
        expected = math.sqrt(2 / (9 * convolution.out_channels))
        assert convolution.weight.std().item() == pytest.approx(expected, rel=0.02)
        assert not convolution.bias.any()


def test_squeezenet_with_its_last_block_free_has_that_fire_modules_parameters():
    squeeze = 512 * 64 + 64
    expand = 64 * 256 + 256 + 9 * 64 * 256 + 256
    backbone = Backbone("squeezenet1_1").freeze(1)
    assert sum(p.numel() for p in backbone.parameters() if p.requires_grad) == squeeze + expand


def test_an_unknown_layer_is_answered_with_the_layers():
    with pytest.raises(RequestError, match=r"unknown layer 'features.99' of backbone squeezenet1_1.*features.12"):
        Backbone("squeezenet1_1", "features.99")


@pytest.mark.parametrize(
    ("backbone", "answer"),
    [
        ("squeezenet1_2", "unknown backbone 'squeezenet1_2'; did you mean 'squeezenet1_"),
        ("timm:resnat18", "timm has no net 'resnat18'; did you mean 'resnet18'"),
        ("timm:resnet18.nowhere", "unknown backbone 'timm:resnet18.nowhere'"),
        ("timm:vit_tiny_patch16_224", "name a CNN"),
        ("timm:swin_tiny_patch4_window7_224", "name a CNN"),
    ],
)
def test_a_net_that_cannot_be_a_backbone_is_refused_with_advice(backbone, answer):
    with pytest.raises(RequestError, match=answer):
        Backbone(backbone)


@pytest.mark.parametrize("backbone", ["efficientnet_lite0", "timm:resnet10t"])
def test_a_net_of_timm_without_timm_says_what_to_install(backbone, monkeypatch):
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(RequestError, match=rf"{backbone} needs timm.*pip install 'faultprint\[timm\]'"):
        Backbone(backbone)


@pytest.mark.parametrize("last", [-1, 4])
def test_freezing_all_but_more_blocks_than_there_are_is_refused(last):
    with pytest.raises(RequestError, match=f"squeezenet1_1 up to features.4 has 3 blocks with weights.*{last}; give 0"):
        Backbone("squeezenet1_1", "features.4").freeze(last)


@pytest.mark.parametrize("shape", [(1, 1, 64, 64), (3, 64, 64)])
def test_an_image_that_is_no_colour_picture_is_refused_with_what_makes_one_or_reads_it(shape):
    with pytest.raises(ConfigError, match=r"squeezenet1_1 needs pictures.*add to_imagenet, or set first_convolution"):
        Backbone("squeezenet1_1")(torch.zeros(shape))
