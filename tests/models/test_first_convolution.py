"""Images of any number of planes go straight into a net for colour pictures, and a bundle says how."""

import pytest
import torch

from pipeline.errors import ConfigError, RequestError
from pipeline.models.backbone import Backbone
from pipeline.models.branch import BranchConfig
from pipeline.models.bundle import Model, ModelCard, load_bundle, save_bundle
from pipeline.models.classifier import Classifier
from pipeline.models.first_convolution import adapted, drawn_anew, first_convolution_of
from pipeline.models.intake import Intake
from pipeline.preprocessing.base import Batch, Setting
from pipeline.windows import WindowConfig

SIZE = 64
NET = "squeezenet1_1"


def colours() -> torch.Tensor:
    return torch.randn(8, 3, 5, 5, generator=torch.Generator().manual_seed(0))


@pytest.mark.parametrize(("how", "counts"), [("summed", (1, 2, 3, 4, 7)), ("repeated", (3, 6, 9))])
def test_the_same_grey_on_every_plane_reads_as_a_grey_picture(how, counts):
    grey = torch.randn(2, 1, 9, 9, generator=torch.Generator().manual_seed(1))
    picture = torch.nn.functional.conv2d(grey.repeat(1, 3, 1, 1), colours())
    for count in counts:
        found = torch.nn.functional.conv2d(grey.repeat(1, count, 1, 1), adapted(colours(), count, how))
        assert torch.allclose(found, picture, atol=1e-4)


@pytest.mark.parametrize("count", [2, 4, 5])
def test_repeating_is_what_timm_does(count):
    timm = pytest.importorskip("timm", reason="needs the extra timm")
    assert torch.allclose(adapted(colours(), count, "repeated"), timm.models.adapt_input_conv(count, colours()))


def test_one_plane_summed_is_what_timm_does():
    timm = pytest.importorskip("timm", reason="needs the extra timm")
    assert torch.allclose(adapted(colours(), 1, "summed"), timm.models.adapt_input_conv(1, colours()))


def test_random_weights_differ_from_plane_to_plane_and_keep_the_scale():
    torch.manual_seed(0)
    weight = drawn_anew(torch.randn(64, 3, 7, 7), 6)
    assert weight.shape == (64, 6, 7, 7)
    assert float(weight.std()) == pytest.approx((3 / 6) ** 0.5, rel=0.03)
    assert not torch.allclose(weight[:, 0], weight[:, 3])
    one, other = (Backbone(NET, "features.1", 2, "summed").randomise(seed).net.state_dict() for seed in (1, 1))
    assert torch.equal(one["features.0.weight"], other["features.0.weight"])
    assert not torch.allclose(one["features.0.weight"][:, 0], one["features.0.weight"][:, 1])


def test_a_net_that_begins_with_something_else_is_refused():
    with pytest.raises(RequestError, match="mine does not begin with a convolution of colours"):
        first_convolution_of(torch.nn.Sequential(torch.nn.Conv2d(1, 8, 3), torch.nn.Conv2d(3, 8, 3)), "mine")


STAGES = [{"fold": {"rows": SIZE, "columns": SIZE}}]
LABELS = ("inner_race", "outer_race")


def classifier(n_channels: int, **branch: object) -> Classifier:
    config = BranchConfig(stages=[], backbone="small", **branch)  # type: ignore[arg-type]
    return Classifier(STAGES, [config], Setting(None, SIZE * SIZE), LABELS, n_channels)


@pytest.mark.parametrize("how", ["summed", "repeated"])
@pytest.mark.parametrize("n_channels", [1, 4])
def test_a_branch_without_a_picture_is_fitted_to_the_planes_it_is_handed(how, n_channels):
    net = classifier(n_channels, first_convolution=how)
    assert net.branches[0].backbone.net.block1[0].weight.shape[1] == n_channels
    assert net(Batch.of(torch.zeros(2, n_channels, SIZE * SIZE))).shape == (2, 2)


def test_planes_without_a_word_on_how_to_read_them_are_answered_with_what_to_set():
    with pytest.raises(ConfigError, match=r"small needs pictures.*got 2 x 1 x 64 x 64; add to_imagenet, or set first"):
        classifier(1)(Batch.of(torch.zeros(2, 1, SIZE * SIZE)))
    with pytest.raises(
        ConfigError, match=r"needs pictures of 3 planes, the image has 2; add to_imagenet, or set first"
    ):
        Backbone("small", n_planes=2)


def test_another_number_of_planes_than_it_was_fitted_to_is_refused():
    with pytest.raises(ConfigError, match=r"small needs images, batch x 2 x rows x columns, got 1 x 3 x 64 x 64"):
        Backbone("small", n_planes=2, first_convolution="summed")(torch.zeros(1, 3, 64, 64))


def test_without_a_backbone_there_is_no_first_convolution():
    with pytest.raises(ConfigError, match="first_convolution needs a backbone"):
        BranchConfig.parse({"stages": [], "first_convolution": "summed"}, "branches", ConfigError)


@torch.no_grad()
def test_a_bundle_says_how_and_gives_the_same_logits(tmp_path):
    torch.manual_seed(0)
    config = BranchConfig(stages=[], backbone="small", first_convolution="repeated")
    intake = Intake(rate_hz=1000.0, window=WindowConfig(samples=SIZE * SIZE), n_channels=2)
    card = ModelCard(name="two", task="multilabel", labels=LABELS, stages=STAGES, branches=[config], intake=intake)
    net = Classifier(STAGES, [config], card.setting, LABELS, n_channels=2).eval()
    save_bundle(Model(card, net), tmp_path / "model")
    assert "first_convolution: repeated" in (tmp_path / "model" / "model.yaml").read_text()
    batch = Batch.of(torch.randn(3, 2, SIZE * SIZE))
    assert torch.equal(load_bundle(tmp_path / "model").classifier(batch), net(batch))
