"""Each method gives what its paper says, on nets for which that can be written down."""

import sys

import pytest
import torch
from explained_nets import N_SAMPLES, SIDE, in_figures, on_the_image, one_convolution, through, window
from torch import nn

from pipeline.diagnosis.explanation import METHODS
from pipeline.diagnosis.explanation.grad_cam import grad_cam
from pipeline.diagnosis.explanation.integrated_gradients import integrated_gradients
from pipeline.diagnosis.explanation.lrp import lrp
from pipeline.diagnosis.explanation.lrp_rules import composite
from pipeline.diagnosis.explanation.view import view_of
from pipeline.errors import RequestError
from pipeline.models.branch import BranchConfig
from pipeline.models.classifier import Classifier
from pipeline.preprocessing.base import Batch, Setting

BACKBONES = {
    "small": None,
    "squeezenet1_1": "features.4",
    "mobilenet_v2": "features.4",
    "resnet18": None,
    "densenet161": "features.transition1",
}


def test_integrated_gradients_of_a_linear_net_are_weight_times_difference() -> None:
    net = on_the_image()
    view = view_of(net, window(), place=1)
    nothing = view.nothing()
    found = integrated_gradients(view, nothing, steps=4)
    wanted = in_figures(net, 1).reshape(1, SIDE, SIDE) * (view.image - nothing)[0]
    torch.testing.assert_close(found.values, wanted, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("backbone", ["small", "squeezenet1_1"])
def test_integrated_gradients_are_complete(backbone: str) -> None:
    view = view_of(through(backbone, BACKBONES[backbone], pool="mean_max"), window(), place=0)
    found = integrated_gradients(view, view.nothing(), steps=128)
    gap = float((view.logit(view.image) - view.logit(view.nothing())).detach())
    assert float(found.values.sum()) == pytest.approx(gap, abs=0.03 * float(found.values.abs().sum()))
    assert found.off_by is not None
    assert found.off_by < 0.03


def test_grad_cam_of_one_convolution_is_its_weighted_map_where_that_is_above_0() -> None:
    net = one_convolution()
    view = view_of(net, window(), place=0)
    backbone = net.branches[0].backbone
    assert backbone is not None
    with torch.no_grad():
        cells = backbone(view.picture(view.image))[0]
    weighted = torch.einsum("c,crk->rk", in_figures(net, 0), cells) / SIDE**2
    found = grad_cam(view, view.nothing())
    torch.testing.assert_close(found.values[0], weighted.clamp(min=0), atol=1e-6, rtol=1e-4)
    assert (found.grid, found.tells_planes) == ((SIDE, SIDE), True)


def test_grad_cam_says_the_same_of_all_planes_and_admits_it() -> None:
    view = view_of(one_convolution(n_channels=3), window(n_channels=3), place=0)
    found = grad_cam(view, view.nothing())
    assert not found.tells_planes
    assert (found.values == found.values[:1]).all()


@pytest.mark.parametrize("n_channels", [1, 3])
def test_lrp_of_one_convolution_is_as_computed_by_hand(n_channels: int) -> None:
    net = one_convolution(n_channels)
    view = view_of(net, window(n_channels=n_channels), place=1)
    head, backbone = net.branches[0].head, net.branches[0].backbone
    assert backbone is not None
    (convolution,) = backbone.blocks
    picture = view.picture(view.image)[0]
    with torch.no_grad():
        cells = backbone(picture[None])[0]
        standardised = (cells.mean(dim=(1, 2)) - head.centre) / head.spread
    of_channel = standardised * head.linear.weight[1]
    of_cell = of_channel[:, None, None] * cells.abs() / cells.abs().sum(dim=(1, 2), keepdim=True)
    above_black = picture - (0 - 0.5) / 0.5  # as the net's pictures are normalised
    brought = torch.einsum("oc,crk->ocrk", convolution.weight[:, :, 0, 0], above_black)
    wanted = (of_cell[:, None] * brought / brought.sum(dim=1, keepdim=True)).sum(dim=0)
    wanted = wanted if n_channels == 3 else wanted.sum(dim=0, keepdim=True)
    found = lrp(view, view.nothing())
    torch.testing.assert_close(found.values, wanted.detach(), atol=1e-4 * float(wanted.detach().abs().max()), rtol=1e-3)


@pytest.mark.parametrize("pool", ["mean", "mean_max"])
@pytest.mark.parametrize("backbone", BACKBONES)
def test_lrp_loses_and_makes_no_relevance(backbone: str, pool: str) -> None:
    net = through(backbone, BACKBONES[backbone], pool=pool)
    before = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    view = view_of(net, window(), place=0)
    found = lrp(view, view.nothing())
    logit, bias = float(view.logit(view.image).detach()), float(net.branches[0].head.linear.bias[0].detach())
    assert float(found.values.sum()) == pytest.approx(logit - bias, rel=1e-3, abs=1e-3)
    assert found.values.shape == (1, SIDE, SIDE)
    assert all(torch.equal(before[name], tensor) for name, tensor in net.state_dict().items())


@pytest.mark.parametrize("kind", ["z+", "epsilon"])
def test_rules_of_lrp_agree_with_those_of_captum(kind: str) -> None:
    from captum.attr import LRP
    from captum.attr._utils.lrp_rules import Alpha1_Beta0_Rule, EpsilonRule

    torch.manual_seed(0)
    convolutions = (nn.Conv2d(2, 5, 3, padding=1), nn.ReLU(), nn.Conv2d(5, 4, 3), nn.ReLU(), nn.Conv2d(4, 1, 6))
    layers = convolutions if kind == "z+" else (nn.Linear(7, 5), nn.ReLU(), nn.Linear(5, 1))
    net = nn.Sequential(*layers).eval()
    for layer in layers:
        if not isinstance(layer, nn.ReLU):
            nn.init.zeros_(layer.bias)
    image = torch.rand((1, 2, 8, 8) if kind == "z+" else (1, 7), requires_grad=True)
    with composite(None).context(net) as hooked:
        logit = hooked(image)
        (found,) = torch.autograd.grad(logit, image, logit.detach())
    for layer in net:
        if isinstance(layer, nn.Conv2d):
            layer.rule = Alpha1_Beta0_Rule(set_bias_to_zero=True)
        elif isinstance(layer, nn.Linear):
            layer.rule = EpsilonRule(epsilon=1e-6)
    wanted = LRP(net).attribute(image, target=(0, 0, 0) if kind == "z+" else 0)
    torch.testing.assert_close(found, wanted.detach(), atol=1e-4 * float(wanted.detach().abs().max()), rtol=1e-3)


def test_lrp_refuses_a_net_in_which_relevance_gets_lost() -> None:
    class Tripling(nn.Module):
        def forward(self, cells: torch.Tensor) -> torch.Tensor:
            return 3 * cells

    net = one_convolution()
    backbone = net.branches[0].backbone
    assert backbone is not None
    backbone.net.add_module("block1", nn.Sequential(*backbone.blocks, Tripling()))
    view = view_of(net, window(), place=0)
    with pytest.raises(RequestError, match=r"lrp loses .* take integrated_gradients"):
        lrp(view, view.nothing())


@pytest.mark.parametrize("method", ["grad_cam", "lrp"])
def test_a_method_that_needs_a_net_says_so(method: str) -> None:
    view = view_of(on_the_image(), window(), place=0)
    with pytest.raises(RequestError, match="take integrated_gradients"):
        METHODS[method](view, view.nothing())


@pytest.mark.parametrize(
    ("method", "library"),
    [("grad_cam", "captum.attr"), ("integrated_gradients", "captum.attr"), ("lrp", "zennit.core")],
)
def test_a_missing_library_is_named_with_the_extra_that_brings_it(
    method: str, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    view = view_of(one_convolution(), window(), place=0)
    with pytest.raises(RequestError, match=rf"{method} needs {library}; pip install 'faultprint\[explain\]'"):
        METHODS[method](view, view.nothing())


@pytest.mark.parametrize("method", METHODS)
def test_a_branch_that_asks_every_plane_is_explained_by_its_own_label(method: str) -> None:
    labels = ("outer_race", "ball")
    shared = BranchConfig(
        stages=["rivals", {"resize": {"rows": 32, "columns": 32}}, {"to_imagenet": {"low": 0, "high": 4}}],
        backbone="small", planes="shared",
    )  # fmt: skip
    torch.manual_seed(1)
    net = Classifier([{"fault_order": {}}], [shared], Setting(12000.0, 12000), labels).eval()
    noise = torch.randn(1, 1, 12000, generator=torch.Generator().manual_seed(0))
    heard = Batch.of(noise, 12000.0, 30.0, (3.5, 5.4, 4.7, 0.4))
    found = {place: METHODS[method](view := view_of(net, heard, place), view.nothing()).values for place in (0, 1)}
    assert found[0].shape == (3, 12, 5)
    assert found[0].abs().sum() > 0
    assert not torch.allclose(found[0], found[1])


def test_a_view_of_samples_that_nothing_draws_is_one_row() -> None:
    net = Classifier([], [BranchConfig(stages=[])], Setting(None, N_SAMPLES), ("a", "b")).eval()
    view = view_of(net, window(), place=0)
    found = integrated_gradients(view, view.nothing(), steps=2)
    assert found.values.shape == (1, 1, N_SAMPLES)
    torch.testing.assert_close(view.logit(view.image), net(window())[:, 0])
