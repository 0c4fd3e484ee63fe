"""The autoencoder: pictures come out as they went in, weights go where weights go, and a seed decides all."""

import copy
from pathlib import Path

import pytest
import torch
from tiny_nets import SMALL, accuracy, plan, windows

from pipeline.errors import ConfigError, RequestError, WeightsError
from pipeline.models.backbone import Backbone
from pipeline.models.weights import find_weights, load_weights
from pipeline.training.autoencoder import pictures as drawing
from pipeline.training.autoencoder.decoder import Decoder
from pipeline.training.autoencoder.fitting import Fitted, fit_autoencoder
from pipeline.training.autoencoder.pictures import held_out_signals, pictures_of
from pipeline.training.learn import learn
from pipeline.training.out_of_fold import window_logits
from pipeline.training.regime import FitConfig
from pipeline.workflow.pretraining.pretrained import save_backbone

FIT = FitConfig(epochs=15, batch_windows=16, learning_rate=5e-3)


def bars(count: int, seed: int) -> torch.Tensor:
    """Pictures of one bright bar, somewhere, lying or standing: (picture, 3, 32, 32)."""
    generator = torch.Generator().manual_seed(seed)
    pictures = torch.zeros(count, 3, 32, 32)
    for picture, place, lying in zip(
        pictures,
        torch.randint(0, 26, (count,), generator=generator),
        torch.rand(count, generator=generator) < 0.5,
        strict=True,
    ):
        rows = picture if lying else picture.transpose(1, 2)
        rows[:, int(place) : int(place) + 6] = 1.0
    return pictures


@pytest.fixture(scope="module")
def fitted() -> tuple[Backbone, Fitted]:
    backbone = Backbone("small").randomise(0)
    return backbone, fit_autoencoder(backbone, bars(160, 1), bars(40, 2), FIT, seed=0)


def test_unseen_pictures_are_drawn_better_than_by_the_mean_picture(fitted: tuple[Backbone, Fitted]) -> None:
    found = fitted[1]
    expected = (bars(40, 2) - bars(160, 1).mean(dim=0)).square().mean()
    assert found.mean_image_error == pytest.approx(float(expected), rel=1e-5)
    assert found.error < 0.5 * found.mean_image_error
    assert found.explained == pytest.approx(1 - found.error / found.mean_image_error)
    assert [row["epoch"] for row in found.history] == list(range(1, 16))
    assert found.history[-1]["loss"] < found.history[0]["loss"]


def test_a_rate_that_tears_the_net_apart_is_told_in_one_line() -> None:
    wild = FIT.model_copy(update={"learning_rate": 1e30})
    with pytest.raises(ConfigError, match=r"the loss became nan at a learning rate of 1e\+30; lower fit.learning_rate"):
        fit_autoencoder(Backbone("small").randomise(0), bars(16, 1), bars(4, 2), wild, seed=0)


def test_the_seed_decides_and_the_global_random_state_stays() -> None:
    short = FIT.model_copy(update={"epochs": 2})
    nets = []
    for seed in (0, 0, 1):
        backbone = Backbone("small").randomise(0)
        state = torch.get_rng_state()
        fit_autoencoder(backbone, bars(32, 1), bars(8, 2), short, seed)
        assert torch.equal(torch.get_rng_state(), state)
        nets.append(backbone.state_dict())
    assert all(torch.equal(nets[0][name], nets[1][name]) for name in nets[0])
    assert any(not torch.equal(nets[0][name], nets[2][name]) for name in nets[0])


def test_the_file_is_found_checked_and_loaded_as_any_weights_are(
    fitted: tuple[Backbone, Fitted], tmp_path: Path
) -> None:
    backbone, _ = fitted
    path = save_backbone(backbone, tmp_path)
    for where in (path, tmp_path):
        fresh = Backbone("small").randomise(7)
        load_weights(fresh, find_weights("small", where=where))
        assert torch.equal(fresh.eval()(bars(2, 3)), backbone.eval()(bars(2, 3)))
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with pytest.raises(WeightsError, match="its name promises"):
        find_weights("small", where=path)


@pytest.mark.parametrize("regime", ["head", "full"])
def test_an_encoder_serves_as_features_and_as_a_start(regime: str, tmp_path: Path) -> None:
    start = plan(SMALL).start().classifier
    backbone = start.branches[0].backbone
    pictures = pictures_of(start, start.branches[0], windows())
    fit_autoencoder(backbone, pictures[:40], pictures[40:], FIT.model_copy(update={"epochs": 3}), seed=0)
    path = save_backbone(backbone, tmp_path)
    model, _ = learn(plan(SMALL | {"weights": str(path), "regime": regime}), windows())
    assert accuracy(window_logits(model, windows(seed=1)), windows(seed=1)) > 0.9
    told = model.card.provenance["branches"][0]
    assert told["weights_file"] == path.name
    same = all(
        torch.equal(value, backbone.state_dict()[name])
        for name, value in model.classifier.branches[0].backbone.state_dict().items()
    )
    assert same == (regime == "head")


@pytest.mark.parametrize(
    ("name", "layer"), [("squeezenet1_1", "features.4"), ("mobilenet_v2", "features.3"), ("small", "block2")]
)
def test_any_net_of_named_blocks_is_mirrored(name: str, layer: str) -> None:
    backbone = Backbone(name, layer).eval()
    decoder = Decoder(backbone, rows=48, columns=40)
    assert decoder(backbone(torch.zeros(2, 3, 48, 40))).shape == (2, 3, 48, 40)


def test_pictures_are_those_the_branch_reads_and_one_a_plane_where_there_are_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    net = plan(SMALL).start().classifier
    heard = windows(per_label=1)
    pictures = pictures_of(net, net.branches[0], heard)
    assert pictures.shape == (12, 3, 32, 32)
    expected = net.branches[0].image(net.shared(heard.all_windows()))
    torch.testing.assert_close(pictures, expected)
    assert not pictures.is_inference()
    monkeypatch.setattr(drawing, "MOST_BYTES", 1000)
    with pytest.raises(RequestError, match=r"fewer windows \(window.per_signal\)"):
        pictures_of(net, net.branches[0], heard)


def test_whole_parts_are_held_out() -> None:
    rows = [row.changed(specimen=f"p{place // 3}") for place, row in enumerate(windows(per_label=4).rows)]
    held = held_out_signals(rows, share=0.25, seed=0)
    assert len(held) == 3
    assert len({rows[place].specimen for place in held}) == 1
    assert held_out_signals(rows[:3], share=0.25, seed=0) == []


def test_one_picture_is_not_enough() -> None:
    with pytest.raises(RequestError, match="2 pictures or more, got 1"):
        fit_autoencoder(copy.deepcopy(Backbone("small")), bars(1, 0), bars(1, 1), FIT, seed=0)
