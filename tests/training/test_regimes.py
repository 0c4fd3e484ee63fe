"""Regimes: what each one changes in a net, and that it learns."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from tiny import RATE_HZ, tone
from tiny_nets import LABELS, SMALL, accuracy, plan, windows

from pipeline.catalog.row import Row
from pipeline.errors import CatalogError, RequestError
from pipeline.signals.signal import Signal
from pipeline.training.learn import Plan, learn
from pipeline.training.out_of_fold import out_of_fold, window_logits
from pipeline.training.window_set import WindowSet, collect, labels_of, target_of


@pytest.mark.parametrize("regime", ["head", "last_blocks", "full", "scratch"])
def test_every_regime_learns_tones_and_knows_them_in_new_noise(regime: str) -> None:
    model, _ = learn(plan(SMALL | {"regime": regime}), windows())
    assert accuracy(window_logits(model, windows(seed=1)), windows(seed=1)) > 0.9


@pytest.mark.parametrize(
    ("regime", "moved"),
    [
        ("head", []),
        ("last_blocks", ["block3", "block4"]),
        ("full", ["block1", "block2", "block3", "block4"]),
    ],
)
def test_a_regime_moves_its_own_blocks_and_no_other(regime: str, moved: list[str]) -> None:
    asked = plan(SMALL | {"regime": regime})
    before = {key: value.clone() for key, value in asked.start().classifier.branches[0].backbone.state_dict().items()}
    model, _ = learn(asked, windows())
    after = model.classifier.branches[0].backbone.state_dict()
    # Running statistics are state too: a frozen batch norm must not follow the new data.
    changed = {key.split(".")[1] for key in before if not torch.equal(before[key], after[key])}
    assert sorted(changed) == moved


def test_the_same_seed_gives_the_same_net_and_another_one_another() -> None:
    nets = [learn(plan(SMALL | {"regime": "full"}, seed=seed), windows())[0] for seed in (0, 0, 1)]
    first, again, other = (window_logits(net, windows(seed=1)) for net in nets)
    torch.testing.assert_close(first, again)
    assert not torch.allclose(first, other)


def test_fine_tuning_leaves_a_falling_loss_in_the_history_and_a_checkpoint(tmp_path: Path) -> None:
    _, history = learn(plan(SMALL | {"regime": "full"}), windows(), checkpoints=tmp_path / "checkpoints")
    assert [row["epoch"] for row in history] == [1, 2, 3]
    assert history[-1]["loss"] < history[0]["loss"]
    assert list((tmp_path / "checkpoints").glob("*.ckpt"))


def test_progress_of_fine_tuning_is_told_step_by_step() -> None:
    told: list[tuple[str, int, int]] = []
    learn(plan(SMALL | {"regime": "full"}), windows(), tick=lambda *given: told.append(given))
    steps = [done for what, done, _ in told if what == "training (full)"]
    assert steps == list(range(1, 19))


def test_multilabel_learning_ranks_each_fault_over_healthy() -> None:
    given = windows()
    faults = tuple(label for label in LABELS if label != "healthy")
    targets = torch.tensor([target_of(row, faults, "multilabel") for row in given.rows])
    both = WindowSet(given.rows, given.batches, targets)
    for regime in ("head", "full"):
        model, _ = learn(plan(SMALL | {"regime": regime}, task="multilabel", labels=faults), both)
        logits = window_logits(model, both)
        for place in range(2):
            there = both.window_targets[:, place] > 0
            assert logits[there, place].min() > logits[~there, place].max()


def test_branches_are_summed_on_one_scale() -> None:
    pixels = {"stages": [{"resize": {"rows": 8, "columns": 8}}], "head": "ridge"}
    model, _ = learn(plan(SMALL, pixels), windows())
    assert accuracy(window_logits(model, windows(seed=1)), windows(seed=1)) > 0.9
    assert (model.classifier.branch_spread > 0).all()
    assert (model.classifier.branch_centre == 0).all()  # multiclass: one scale, no shift of classes


def test_out_of_fold_scores_come_from_models_that_never_saw_the_specimen(monkeypatch: pytest.MonkeyPatch) -> None:
    given = windows()
    seen: list[set[str]] = []
    from pipeline.training import out_of_fold as module

    def spy(asked: Plan, part: WindowSet, **options: object) -> object:
        seen.append({row.specimen for row in part.rows})
        return learn(asked, part, **options)

    monkeypatch.setattr(module, "learn", spy)
    logits = out_of_fold(plan(SMALL), given, k=4)
    assert accuracy(logits, given) > 0.9
    everyone = {row.specimen for row in given.rows}
    held = [everyone - inside for inside in seen]
    assert len(held) == 4
    assert set().union(*held) == everyone
    assert sum(map(len, held)) == len(everyone)


def test_every_part_of_a_recording_gets_a_score_though_parts_share_its_name() -> None:
    first, second = windows(), windows(seed=1)
    shared = replace(
        first, rows=first.rows + tuple(row.changed(start=1) for row in first.rows),
        batches=first.batches + second.batches, targets=torch.cat([first.targets, second.targets]),
    )  # fmt: skip
    logits = out_of_fold(plan(SMALL), shared, k=4)
    assert accuracy(logits, shared) > 0.9


def test_too_many_last_blocks_are_refused_with_the_number_there_is() -> None:
    with pytest.raises(RequestError, match="4 blocks with weights"):
        learn(plan(SMALL | {"regime": {"last_blocks": 9}}), windows())


def test_a_signal_that_cannot_be_used_is_skipped_with_its_reason() -> None:
    rows = [Row("good", "good.wav", labels=("ball",)), Row("mute", "mute.wav", labels=("ball",)), Row("who", "who.wav")]

    def opened(row: Row) -> Signal:
        samples = torch.zeros(2000) if row.signal == "mute" else torch.from_numpy(tone("ball", 1))
        return Signal(samples.numpy(), rate_hz=float(RATE_HZ))

    intake = plan(SMALL).start().intake
    found = collect(rows, opened, intake, LABELS, "multiclass")
    assert [row.signal for row in found.rows] == ["good"]
    reasons = {row.signal: reason for row, reason in found.skipped}
    assert "constant" in reasons["mute"]
    assert "no label" in reasons["who"]


def test_nothing_to_tell_apart_is_refused() -> None:
    rows = [Row("a", "a.wav", labels=("ball",)), Row("b", "b.wav", labels=("ball",))]
    with pytest.raises(CatalogError, match="2 or more labels"):
        labels_of(rows, "multiclass")


def test_a_label_unknown_to_training_is_named() -> None:
    with pytest.raises(CatalogError, match="cage, which training never saw"):
        target_of(Row("a", "a.wav", labels=("cage",)), LABELS, "multiclass")
