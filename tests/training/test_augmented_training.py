"""Training with augmentations: heads on changed copies, nets on windows changed anew, and nothing else different."""

from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from tiny import RATE_HZ, write_config, write_recordings
from tiny_nets import LABELS, SMALL, accuracy, plan, windows

from pipeline.catalog.scanning.scan import scan
from pipeline.config import load_config
from pipeline.errors import ConfigError
from pipeline.models.branch import Branch
from pipeline.models.bundle import load_bundle, save_bundle
from pipeline.models.features import FeatureCache
from pipeline.models.inference import FeatureMaker
from pipeline.preprocessing.augment.augmentation import augmentations, augmenting
from pipeline.preprocessing.augment.noise import noise
from pipeline.preprocessing.base import Batch, Setting, Stage
from pipeline.preprocessing.chain import Chain
from pipeline.preprocessing.images.stft import Stft
from pipeline.preprocessing.scaling.decibels import Decibels
from pipeline.preprocessing.scaling.resize import Resize
from pipeline.preprocessing.scaling.standardise import Standardise
from pipeline.preprocessing.scaling.to_imagenet import ToImagenet
from pipeline.training.finetuning.settled import settled_and_changing
from pipeline.training.fit import copies_wanted
from pipeline.training.learn import learn
from pipeline.training.out_of_fold import window_logits
from pipeline.training.regime import FitConfig
from pipeline.training.window_features import changed_features
from pipeline.training.window_set import WindowSet
from pipeline.workflow.train import train

STFT = [{"stft": {"n_fft": 64, "hop": 16}}, "decibels", "standardise"]
OF_SAMPLES = ["time_shift", {"speed_change": {"most_percent": 5}}, {"noise": {"snr_db": [0, 20]}}]
SHARED = [*OF_SAMPLES, *STFT[:2], "mask", STFT[2]]
MASKED = SMALL | {"stages": ["mask", *SMALL["stages"]]}
QUICK = {"epochs": 3, "batch_windows": 8, "learning_rate": 3e-3, "accelerator": "cpu"}


def weights(model: Any) -> dict[str, torch.Tensor]:
    return {name: value for name, value in model.classifier.state_dict().items() if "head" in name or "net" in name}


def alike(one: Any, other: Any) -> bool:
    first, second = weights(one), weights(other)
    return all(torch.equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize(
    ("regime", "stages", "branch"),
    [
        ("head", SHARED, SMALL),
        ("last_blocks", SHARED, SMALL),
        ("full", SHARED, SMALL),
        ("scratch", SHARED, SMALL),
        ("head", STFT, MASKED),
        ("full", STFT, MASKED),
    ],
)
def test_every_regime_learns_with_augmentations(regime: str, stages: list[Any], branch: dict[str, Any]) -> None:
    fit = FitConfig(**QUICK | {"epochs": 6}, mixup=0.0 if regime == "head" else 0.2)
    asked = plan(branch | {"regime": regime}, stages=stages, fit=fit)
    model, history = learn(asked, windows())
    assert accuracy(window_logits(model, windows(seed=1)), windows(seed=1)) > 0.9
    assert not any(stage.training for stage in augmentations(model.classifier))
    assert len(history) == (0 if regime == "head" else 6)


@pytest.mark.parametrize("regime", ["head", "full"])
def test_the_seed_alone_decides_what_is_drawn(regime: str) -> None:
    fit = FitConfig(**QUICK, mixup=0.0 if regime == "head" else 0.2)
    nets = []
    for seed in (0, 0, 1):
        torch.rand(7)  # whatever was drawn before
        nets.append(learn(plan(SMALL | {"regime": regime}, stages=SHARED, fit=fit, seed=seed), windows())[0])
    assert alike(nets[0], nets[1])
    assert not alike(nets[0], nets[2])


def test_copies_draw_from_the_seed_and_leave_the_global_random_state_alone() -> None:
    start = plan(SMALL, stages=SHARED).start()
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    first = changed_features(start.classifier, windows(), 2, seed=0)
    assert torch.equal(torch.rand(3), expected)
    again, other = (changed_features(start.classifier, windows(), 2, seed=seed) for seed in (0, 1))
    assert torch.equal(first[1][0], again[1][0])
    assert not torch.equal(first[0][0], first[1][0])  # copies differ from one another
    assert not torch.equal(first[0][0], other[0][0])


def test_heads_see_clean_windows_and_as_many_copies_as_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.training import fit as module

    sizes, solve = [], module.solve_head

    def spy(head: Any, features: torch.Tensor, targets: torch.Tensor, *rest: Any) -> Any:
        sizes.append((len(features), len(targets)))
        return solve(head, features, targets, *rest)

    monkeypatch.setattr(module, "solve_head", spy)
    for copies in (None, 0, 3):
        learn(plan(SMALL, stages=SHARED, fit=FitConfig(augmented_copies=copies)), windows())
    learn(plan(SMALL), windows())
    assert [size for size, _ in sizes] == [96, 48, 192, 48]  # 48 windows, and 1, 0, 3 copies; no stage changes any
    assert all(size == truth for size, truth in sizes)


def test_copies_of_a_net_that_changes_nothing_are_refused() -> None:
    start = plan(SMALL).start()
    with pytest.raises(ConfigError, match="augmented_copies: 2 copies, but no stage changes windows; add one"):
        copies_wanted(start.classifier, FitConfig(augmented_copies=2))
    assert copies_wanted(start.classifier, FitConfig(augmented_copies=0)) == 0


def test_mixup_without_a_net_that_learns_is_refused() -> None:
    asked = plan(SMALL, SMALL, fit=FitConfig(mixup=0.2))
    with pytest.raises(ConfigError, match=r"fit.mixup: 0\.2 mixes in fine-tuning, but every branch trains a head only"):
        learn(asked, windows())
    learn(plan(SMALL, SMALL | {"regime": "full"}, fit=FitConfig(**QUICK, mixup=0.2)), windows())


def test_nets_from_scratch_are_asked_for_no_features_before_they_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = plan(SMALL, SMALL | {"regime": "scratch"}, stages=SHARED, fit=FitConfig(**QUICK))
    start = asked.start()
    passes = dict.fromkeys(start.classifier.branches, 0)
    features = Branch.features

    def spy(self: Branch, batch: Batch) -> torch.Tensor:
        passes[self] += len(batch.values)
        return features(self, batch)

    monkeypatch.setattr(Branch, "features", spy)
    model, _ = learn(asked, windows(), start=start, with_reference=False)
    # The head: clean windows and one changed copy. Both: what the sum is scaled by, once all have learned.
    assert list(passes.values()) == [48 + 48 + 48, 48]
    monkeypatch.undo()
    given = windows().all_windows()
    logits = [branch(model.classifier.shared(given)) for branch in model.classifier.branches]
    spreads = torch.stack([found.std() for found in logits])[:, None]
    torch.testing.assert_close(model.classifier.branch_spread, spreads.expand(2, 3), rtol=1e-4, atol=1e-5)


def test_copies_leave_batch_norms_and_dropout_in_eval() -> None:
    start = plan(SMALL, stages=SHARED).start()
    before = {name: value.clone() for name, value in start.classifier.state_dict().items()}
    changed_features(start.classifier, windows(), 1, seed=0)
    assert all(torch.equal(before[name], value) for name, value in start.classifier.state_dict().items())


def test_random_features_are_neither_kept_nor_served(tmp_path: Path) -> None:
    cache, given = FeatureCache(tmp_path / "cache"), windows()
    model, _ = learn(plan(SMALL, stages=SHARED), given, cache=cache)
    kept = sorted(tmp_path.rglob("*.safetensors"))
    assert len(kept) == len(given.batches)
    maker = FeatureMaker(model.classifier, cache)
    clean = maker.features(given.batches[0])[0]
    with augmenting(model.classifier):
        drawn = [maker.features(given.batches[0])[0] for _ in range(2)]
    assert not torch.equal(drawn[0], clean)
    assert not torch.equal(drawn[0], drawn[1])
    assert torch.equal(maker.features(given.batches[0])[0], clean)
    assert sorted(tmp_path.rglob("*.safetensors")) == kept


def test_features_are_served_however_augmentations_are_set(tmp_path: Path) -> None:
    cache, given = FeatureCache(tmp_path / "cache"), windows()
    for stages, branch in ((STFT, SMALL), ([{"noise": {"snr_db": [0, 9]}}, *STFT], SMALL), (SHARED, MASKED)):
        learn(plan(branch, stages=stages), given, cache=cache)
        assert len(list(tmp_path.rglob("*.safetensors"))) == len(given.batches)
    learn(plan(SMALL, stages=STFT[:2]), given, cache=cache)
    assert len(list(tmp_path.rglob("*.safetensors"))) == 2 * len(given.batches)


@pytest.mark.parametrize("regime", ["head", "full"])
def test_evaluation_is_the_same_to_the_bit_without_the_augmentations(regime: str) -> None:
    model, _ = learn(plan(MASKED | {"regime": regime}, stages=SHARED), windows())
    bare = plan(SMALL, stages=STFT).start().classifier.eval()
    bare.load_state_dict(model.classifier.state_dict(), strict=False)
    fresh = windows(seed=1)
    without = torch.cat([FeatureMaker(bare).logits(batch) for batch in fresh.batches])
    assert torch.equal(window_logits(model, fresh), without)


def test_a_bundle_keeps_its_augmentations_and_they_do_nothing(tmp_path: Path) -> None:
    model, _ = learn(plan(MASKED, stages=SHARED), windows())
    loaded = load_bundle(save_bundle(model, tmp_path / "model") and tmp_path / "model")
    assert [next(iter(spec)) for spec in loaded.card.stages][:3] == ["time_shift", "speed_change", "noise"]
    assert len(augmentations(loaded.classifier)) == 5
    assert torch.equal(window_logits(loaded, windows(seed=1)), window_logits(model, windows(seed=1)))


class Counted:
    """How many windows stages of some kinds have made."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *kinds: type[Stage[Any]]) -> None:
        self.seen = dict.fromkeys(kinds, 0)
        for kind in kinds:
            monkeypatch.setattr(kind, "values", self.counting(kind, kind.values))

    def counting(self, kind: type[Stage[Any]], plain: Any) -> Any:
        def values(stage: Stage[Any], batch: Batch) -> torch.Tensor:
            self.seen[kind] += len(batch.values)
            outcome: torch.Tensor = plain(stage, batch)
            return outcome

        return values


MASK_AMID = [STFT[0], "mask", *STFT[1:]]
SCRATCH = FitConfig(**QUICK, augmented_copies=0)


@pytest.mark.parametrize("shared", [4, 2, 1, 0])
def test_what_comes_before_the_first_augmentation_is_done_once(monkeypatch: pytest.MonkeyPatch, shared: int) -> None:
    branch = SMALL | {"regime": "scratch", "stages": [*MASK_AMID[shared:], *SMALL["stages"]]}
    asked = plan(branch, stages=MASK_AMID[:shared], fit=SCRATCH)
    counted = Counted(monkeypatch, Stft, Decibels)
    learn(asked, windows(), with_reference=False)
    # The images of 48 windows once (and one to see how large they are), what follows the mask in each of 3 epochs.
    assert counted.seen == {Stft: 1 + 48, Decibels: 3 * 48}


@pytest.mark.parametrize("shared", [3, 0])
def test_without_augmentations_pictures_are_made_once_but_not_kept_enlarged(
    monkeypatch: pytest.MonkeyPatch, shared: int
) -> None:
    branch = SMALL | {"regime": "scratch", "stages": [*STFT[shared:], *SMALL["stages"]]}
    counted = Counted(monkeypatch, Stft, Standardise, Resize, ToImagenet)
    learn(plan(branch, stages=STFT[:shared], fit=SCRATCH), windows(), with_reference=False)
    # 33 x 28 levels; at 32 x 32, in three colours, they would fill more memory and tell no more.
    assert counted.seen == {Stft: 49, Standardise: 49, Resize: 1 + 3 * 48, ToImagenet: 1 + 3 * 48}


def test_settling_and_not_keeping_change_nothing_that_is_learned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Against every stage done anew for every batch."""
    from pipeline.training.finetuning import settled as module

    asked = plan(MASKED | {"regime": "full"}, stages=STFT, fit=FitConfig(**QUICK))
    settled, _ = learn(asked, windows())
    monkeypatch.setattr(module, "worth_keeping", lambda *_: 0)
    anew, _ = learn(asked, windows())
    for name, value in weights(settled).items():
        torch.testing.assert_close(value, weights(anew)[name])


def test_a_chain_without_augmentations_is_settled_whole() -> None:
    settled, changing = settled_and_changing(Chain(STFT, Setting(float(RATE_HZ), 500)))
    assert (len(settled), len(changing)) == (3, 0)


def test_every_epoch_sees_windows_changed_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.models.backbone import Backbone

    seen: list[torch.Tensor] = []
    forward = Backbone.forward

    def spy(self: Backbone, image: torch.Tensor) -> torch.Tensor:
        if image.requires_grad or torch.is_grad_enabled():
            seen.append(image)
        return forward(self, image)

    monkeypatch.setattr(Backbone, "forward", spy)
    for stages, distinct in ((STFT, 48), (SHARED, 3 * 48)):
        seen.clear()
        learn(plan(SMALL | {"regime": "full"}, stages=stages), windows())
        pictures = torch.cat([image for image in seen if image.shape[-1] == 32])
        assert len(pictures) == 3 * 48
        assert len(torch.unique(pictures.flatten(1), dim=0)) == distinct


def test_batch_norms_follow_the_data_only_in_nets_from_scratch() -> None:
    for regime, moves in (("scratch", True), ("full", False)):
        model, _ = learn(plan(SMALL | {"regime": regime}), windows())
        statistics = [value for name, value in model.classifier.state_dict().items() if name.endswith("running_mean")]
        assert all(bool(mean.any()) == moves for mean in statistics)


def test_mixup_softens_answers() -> None:
    """Less sure of its own training windows than a net that never saw mixed truth."""
    sure = []
    for alpha in (0.0, 1.0):
        fit = FitConfig(**QUICK | {"epochs": 10}, mixup=alpha)
        model, _ = learn(plan(SMALL | {"regime": "full"}, fit=fit), windows())
        sure.append(window_logits(model, windows()).softmax(dim=1).amax(dim=1).mean())
    assert sure[1] < sure[0] - 0.02


def noisy(given: WindowSet, snr_db: float) -> WindowSet:
    torch.manual_seed(9)
    batches = tuple(
        batch._replace(values=noise(batch.values, torch.full((len(batch.values),), snr_db))) for batch in given.batches
    )
    return WindowSet(given.rows, batches, given.targets)


def test_a_head_that_saw_noise_holds_up_better_in_noise() -> None:
    """In noise 6 dB above the tones; at 0 dB these tones are known to either."""
    heard = []
    for stages in (STFT, [{"noise": {"snr_db": [-8, 5]}}, *STFT]):
        model, _ = learn(plan(SMALL, stages=stages), windows())
        fresh = noisy(windows(seed=1, per_label=12), -6.0)
        heard.append(accuracy(window_logits(model, fresh), fresh))
    assert heard[1] > heard[0] + 0.15
    assert heard[1] > 0.8


@pytest.mark.parametrize("regime", ["head", "full"])
def test_a_config_with_augmentations_makes_the_same_run_twice(tmp_path: Path, regime: str) -> None:
    catalog = tmp_path / "catalog.csv"
    scan(write_recordings(tmp_path / "recordings")).write(catalog)
    branch = {
        "stages": ["mask", {"resize": {"rows": 32, "columns": 32}}, "to_imagenet"],
        "backbone": "small",
        "weights": "random",
        "regime": regime,
        "head": "logistic",
    }
    asked = {"stages": [{"noise": {"snr_db": [5, 20], "share": 0.5}}, *STFT], "branches": [branch], "fit": QUICK}
    config = load_config(write_config(tmp_path / "run.yaml", catalog, **asked))
    found = [train(config, tmp_path / name) for name in ("first", "again")]
    assert found[0]["test"] == found[1]["test"]
    assert len({(tmp_path / name / "model" / "weights.safetensors").read_bytes() for name in ("first", "again")}) == 1
    card = yaml.safe_load((tmp_path / "first" / "model" / "model.yaml").read_text())
    assert card["stages"][0] == {"noise": {"share": 0.5, "snr_db": [5.0, 20.0]}}
    assert set(LABELS) == set(card["labels"])
