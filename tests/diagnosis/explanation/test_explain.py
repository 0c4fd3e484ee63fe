"""The door: what is explained of which model, and what is refused in one line."""

import json

import numpy as np
import pytest
import torch
from explained_nets import FOLD, LABELS, N_SAMPLES, PICTURE, SIDE, model, on_the_image, one_convolution, window

from pipeline.diagnosis.explanation.explain import explain, label_to_explain
from pipeline.diagnosis.explanation.view import view_of
from pipeline.errors import RequestError, UnusableError
from pipeline.models.branch import BranchConfig
from pipeline.models.classifier import Classifier
from pipeline.preprocessing.base import Batch, Setting
from pipeline.signals.signal import Signal
from pipeline.signals.simulation.simulated_machine import random_machine
from pipeline.signals.simulation.synthetic import simulate
from pipeline.verdict import Outcome, Verdict
from pipeline.workflow.request.model import load_model


@pytest.mark.parametrize("fault", ["outer_race", "inner_race"])
def test_the_ready_model_looks_at_the_lines_of_a_simulated_fault_and_loses_its_score_without_them(fault: str) -> None:
    signal = simulate(random_machine(4), [fault], duration_s=3.0, seed=1, severity_db=6.0)
    found = explain(load_model("ready"), signal, fault)
    assert found.logit > 0
    assert found.lines is not None
    assert found.lines.agrees == "yes"
    assert found.lines.share is not None
    assert found.lines.share > 0.6
    assert found.occlusion is not None
    assert found.occlusion.passed
    assert found.occlusion.drop > found.logit / 2
    assert found.image.shape == found.relevance.shape == found.pointed_at.shape
    assert found.axes is not None
    assert found.axes.planes[int(np.unravel_index(found.relevance.argmax(), found.relevance.shape)[0])] == fault
    json.dumps(found.to_dict(), allow_nan=False)


def test_the_window_explained_is_the_one_nearest_to_the_mean() -> None:
    net = on_the_image()
    windows = Batch.of(torch.cat([window(seed).values for seed in range(7)]))
    logits = net(windows)[:, 1]
    wanted = int((logits - logits.mean()).abs().argmin())
    found = explain(model(net), windows, "b", draws=0)
    assert (found.window, found.windows) == (wanted + 1, 7)
    assert found.logit == pytest.approx(float(logits[wanted].detach()), abs=1e-5)
    assert found.occlusion is None


def test_of_several_branches_the_first_with_a_net_is_explained_as_it_enters_the_sum() -> None:
    branches = [BranchConfig(stages=[]), BranchConfig(stages=[PICTURE], backbone="small")]
    torch.manual_seed(0)
    net = Classifier([FOLD], branches, Setting(None, N_SAMPLES), LABELS).eval()
    net.branch_spread[:] = torch.tensor([[1.0, 1.0], [1.0, 4.0]])
    heard = window()
    found = explain(model(net), heard, "b", draws=0)
    alone = net.branches[1](net.shared(heard))[0, 1] / 4
    assert (found.branch, found.branches) == (2, 2)
    assert found.logit == pytest.approx(float(alone.detach()), abs=1e-5)


def test_relevance_of_a_resized_picture_lies_on_the_cells_of_the_image() -> None:
    stages = [{"resize": {"rows": 50, "columns": 40}}, PICTURE]
    branch = BranchConfig(stages=stages, backbone="small", layer="block2")  # type: ignore[arg-type]
    net = Classifier([FOLD], [branch], Setting(None, N_SAMPLES), LABELS).eval()
    for method in ("grad_cam", "integrated_gradients", "lrp"):
        assert explain(model(net), window(), "a", method, draws=0).relevance.shape == (1, SIDE, SIDE)


def test_the_same_signal_is_explained_the_same_way_every_time() -> None:
    first, again = (explain(model(one_convolution()), window(), "a", "lrp") for _ in range(2))
    assert (first.relevance == again.relevance).all()
    assert first.occlusion == again.occlusion


@pytest.mark.parametrize(
    ("label", "method", "said"),
    [
        ("c", "lrp", "the model has no label 'c'.* It has: a, b"),
        ("healthy", "lrp", "healthy is the absence of every fault"),
        ("a", "lpr", "unknown explanation 'lpr'; did you mean 'lrp'?"),
        ("a", "lrp", "this model has no net; take integrated_gradients"),
    ],
)
def test_what_cannot_be_explained_is_refused_in_one_line(label: str, method: str, said: str) -> None:
    with pytest.raises(RequestError, match=said) as caught:
        explain(model(on_the_image()), window(), label, method)
    assert "\n" not in str(caught.value)


def test_a_signal_that_cannot_be_used_is_no_explanation() -> None:
    with pytest.raises(UnusableError, match="too short"):
        explain(model(on_the_image()), Signal(np.random.default_rng(0).standard_normal(20)), "a")


@pytest.mark.parametrize(
    ("labels", "probabilities", "wanted"),
    [
        (("b",), {"a": 0.9, "b": 0.6}, "b"),
        (("a", "b"), {"a": 0.7, "b": 0.8}, "b"),
        (("healthy",), {"a": 0.1, "b": 0.3, "healthy": 0.7}, "b"),
        ((), {"a": 0.4, "b": 0.3}, "a"),
    ],
)
def test_where_nobody_says_the_likeliest_of_the_answer_is_explained(labels, probabilities, wanted: str) -> None:
    verdict = Verdict("x.wav", Outcome.UNCALIBRATED, labels, probabilities=probabilities)
    assert label_to_explain(model(on_the_image()), verdict) == wanted


def test_a_plane_of_which_nothing_can_be_read_stays_so_in_an_image_of_nothing() -> None:
    net = Classifier([{"fault_order": {}}], [BranchConfig(stages=[])], Setting(12000.0, 12000), LABELS).eval()
    noise = torch.randn(1, 1, 12000, generator=torch.Generator().manual_seed(0))
    view = view_of(net, Batch.of(noise, 12000.0, 30.0, (3.5, 5.4, float("nan"), 0.4)), place=0)
    nothing = view.nothing()
    assert (nothing[0, 2] == 0).all()
    # Two planes of noise read about 1.
    assert nothing[0, :2].unique().tolist() == [pytest.approx(1.1, abs=0.3)]
