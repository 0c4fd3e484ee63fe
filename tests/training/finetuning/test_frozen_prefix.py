"""Blocks that do not learn: run once per window, to the same numbers as if they ran in every epoch."""

from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_nets import SMALL, plan, windows
from torch import nn

from pipeline.models.branch import Branch, BranchConfig
from pipeline.models.features import FeatureCache
from pipeline.preprocessing.base import Axis, Batch, ImageAxes, Setting
from pipeline.training.finetuning import settled
from pipeline.training.finetuning.frozen_prefix import FrozenBlock, Reading, frozen_prefix
from pipeline.training.learn import learn
from pipeline.training.out_of_fold import window_logits

LAST_TWO = SMALL | {"regime": {"last_blocks": 2}}
NOISE = {"noise": {"snr_db": [5, 20]}}
STFT = [{"stft": {"n_fft": 64, "hop": 16}}, "decibels", "standardise"]


class Counted:
    """How many pictures frozen blocks were run on, as steps of their own and as part of the net."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.alone, self.pictures, self.modes = 0, 0, set[bool]()
        forward, whole = FrozenBlock.forward, Branch.features_of

        def spy(step: FrozenBlock, batch: Batch) -> Batch:
            self.alone += len(batch.values)
            self.modes.add(any(part.training for part in step.modules() if isinstance(part, nn.BatchNorm2d)))
            return forward(step, batch)

        def spy_whole(branch: Branch, image: torch.Tensor) -> torch.Tensor:
            self.pictures += len(image)
            return whole(branch, image)

        monkeypatch.setattr(FrozenBlock, "forward", spy)
        monkeypatch.setattr(Branch, "features_of", spy_whole)


def learned_from(cache: FeatureCache | None = None, **changes: Any) -> dict[str, torch.Tensor]:
    model, history = learn(plan(LAST_TWO, **changes), windows(), cache=cache, with_reference=False)
    found = {name: value for name, value in model.classifier.state_dict().items() if "net" in name or "head" in name}
    return found | {
        "logits": window_logits(model, windows(seed=1)),
        "loss": torch.tensor([row["loss"] for row in history]),
    }


def alike(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> None:
    for name, value in one.items():
        torch.testing.assert_close(value, other[name], rtol=1e-4, atol=1e-5)


def test_frozen_blocks_run_once_per_window_and_in_eval(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted(monkeypatch)
    learned_from()
    # Two frozen blocks: 48 windows each, and one window to see how large what they make is. The head was solved on
    # 48 windows, and 48 others were asked for their logits; training itself sees no picture.
    assert counted.alone == 2 * (48 + 1)
    assert counted.pictures == 48 + 48
    assert counted.modes == {False}


def test_running_them_once_changes_nothing_that_is_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    once = learned_from()
    monkeypatch.setattr(settled, "frozen_prefix", lambda _: [])
    counted = Counted(monkeypatch)
    alike(once, learned_from())
    assert (counted.alone, counted.pictures) == (0, 48 + 48 + 3 * 48)


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    once, kept = learned_from(), []
    made = settled.made

    def spy(way: settled.Way, *given: Any, **named: Any) -> Batch:
        found = made(way, *given, **named)
        kept.append((sum(isinstance(step, FrozenBlock) for step in way.kept), found.values.numel() * 4))
        return found

    from pipeline.training.finetuning import finetune

    monkeypatch.setattr(finetune, "made", spy)
    # Of 48 windows, the first block leaves 16 x 16 x 16 numbers each, the second 32 x 8 x 8, the image 33 x 28.
    for limit, n_blocks, size in ((1 << 30, 2, 48 * 2048 * 4), (48 * 2048 * 4 - 1, 0, 48 * 33 * 28 * 4)):
        monkeypatch.setattr(settled, "KEPT_BYTES", limit)
        alike(once, learned_from())
        assert kept.pop() == (n_blocks, size)


def test_a_second_run_finds_them_in_the_feature_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path)
    first, counted = learned_from(cache), Counted(monkeypatch)
    again = learned_from(cache)
    assert counted.alone == 2  # the one window whose size is looked at
    assert all(torch.equal(first[name], again[name]) for name in first)


def test_an_interrupted_cache_gives_the_same_numbers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path)
    first = learned_from(cache)
    entries = sorted(tmp_path.rglob("*.safetensors"))
    for place, entry in enumerate(entries):
        content = entry.read_bytes()
        entry.write_bytes([content[: len(content) // 2], b"", content][place % 3])
    (entries[0].parent / "1234.unfinished").write_bytes(b"half")
    again = learned_from(cache)
    assert all(torch.equal(first[name], again[name]) for name in first)


def test_a_cache_too_small_for_them_is_left_to_others(tmp_path: Path) -> None:
    cache = FeatureCache(tmp_path, limit_bytes=200_000)
    alike(learned_from(cache), learned_from())
    sizes = [entry.stat().st_size for entry in tmp_path.rglob("*.safetensors")]
    assert sum(size > 4 * 2048 * 4 for size in sizes) <= 1  # the first, by which one sees that they do not fit


def test_an_augmentation_before_them_makes_them_run_in_every_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted(monkeypatch)
    learned_from(stages=[NOISE, *STFT])
    assert counted.alone == 2 * 3 * 48
    assert counted.modes == {False}


def test_mixed_images_go_through_the_whole_net(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted(monkeypatch)
    fit = plan(LAST_TWO).fit.model_copy(update={"mixup": 0.2})
    learned_from(fit=fit)
    assert counted.alone == 0


@pytest.mark.parametrize("planes", ["together", "shared"])
@pytest.mark.parametrize("pool", ["mean", "mean_max"])
def test_prefix_and_rest_give_the_logits_of_the_whole_branch(planes: str, pool: str) -> None:
    one = Axis("", "", (0.0,) * 12)
    names = ("ball", "inner_race", "outer_race")
    stages = [{"resize": {"rows": 32, "columns": 32}}, {"to_imagenet": {"low": 0, "high": 4}}]
    config = BranchConfig(
        stages=(["rivals"] if planes == "shared" else []) + stages, backbone="small", pool=pool, planes=planes
    )
    branch = Branch(config, Setting(None, 64, axes=ImageAxes(one, one, names)), ["outer_race", "ball"])
    assert branch.backbone is not None
    branch.backbone.freeze(last=2)
    branch.eval()
    torch.manual_seed(0)
    batch = Batch.of(torch.rand(5, 3, 12, 12))
    image = branch.chain(batch)
    with torch.no_grad():
        whole = branch(batch)
        for step in frozen_prefix(branch):
            image = step(image)
        torch.testing.assert_close(Reading(branch, 2)(image.values), whole)
