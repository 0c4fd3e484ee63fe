"""Held out of training: whole specimens, of every label, never the test side; the best epoch by their loss is kept."""

from dataclasses import replace
from typing import Any

import pytest
import torch
from pydantic import ValidationError
from tiny_nets import SMALL, plan, windows

from pipeline.catalog.splitting.folds import folds
from pipeline.errors import ConfigError
from pipeline.training import fit as fit_module
from pipeline.training.auto import amount_of
from pipeline.training.autoencoder.pictures import held_out_signals
from pipeline.training.finetuning.held_out import held_out
from pipeline.training.fit import specimens_of
from pipeline.training.learn import learn
from pipeline.training.loss import balance_of, soft_loss
from pipeline.training.regime import FitConfig
from pipeline.training.trained_on import conditions_of
from pipeline.training.window_set import WindowSet

FULL = SMALL | {"regime": "full"}
QUICK = {"epochs": 3, "batch_windows": 8, "learning_rate": 3e-3, "accelerator": "cpu"}


def paired(given: WindowSet) -> WindowSet:
    """The same, two signals to a specimen."""
    rows = tuple(replace(row, specimen=f"{row.labels[0]} {place // 2}") for place, row in enumerate(given.rows))
    return WindowSet(rows, given.batches, given.targets)


def test_whole_specimens_are_held_out_a_share_of_every_label() -> None:
    given = paired(windows(per_label=12))
    learning, watching = held_out(given, FitConfig(validation=0.33), seed=0)
    assert sorted(learning + watching) == list(range(36))
    parts = [{given.rows[place].specimen for place in places} for places in (learning, watching)]
    assert not parts[0] & parts[1]
    labels = [given.rows[place].labels[0] for place in watching]
    assert {label: labels.count(label) for label in labels} == {"ball": 4, "healthy": 4, "outer_race": 4}


def test_unasked_a_fifth_is_held_out_where_every_label_has_ten_specimens() -> None:
    assert held_out(windows(per_label=9), FitConfig(), 0)[1] == []
    assert len(held_out(windows(per_label=10), FitConfig(), 0)[1]) == 6
    assert held_out(windows(per_label=10), FitConfig(validation=0), 0)[1] == []
    assert held_out(paired(windows(per_label=10)), FitConfig(), 0)[1] == []  # ten signals, five specimens
    assert len(held_out(windows(per_label=4), FitConfig(patience=1), 0)[1]) == 3


def test_a_label_with_one_specimen_stays_in_training() -> None:
    given = windows(per_label=4)
    rows = tuple(replace(row, specimen="only" if row.labels == ("ball",) else row.specimen) for row in given.rows)
    _, watching = held_out(WindowSet(rows, given.batches, given.targets), FitConfig(validation=0.25), 0)
    assert sorted(given.rows[place].labels[0] for place in watching) == ["healthy", "outer_race"]


def test_nothing_to_hold_out_is_refused_where_it_was_asked_for() -> None:
    with pytest.raises(ConfigError, match=r"fit.validation: 0\.2 of the specimens .* no label has two; add"):
        held_out(windows(per_label=1), FitConfig(validation=0.2), 0)


def test_patience_without_anything_to_watch_is_refused() -> None:
    with pytest.raises(ValidationError, match="patience waits for the validation loss"):
        FitConfig(patience=2, validation=0)


def test_the_head_that_starts_knows_nothing_of_what_is_held_out(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes, solve = [], fit_module.solve_head

    def spy(head: Any, features: torch.Tensor, targets: torch.Tensor, *rest: Any) -> Any:
        sizes.append((len(features), len(targets)))
        return solve(head, features, targets, *rest)

    monkeypatch.setattr(fit_module, "solve_head", spy)
    learn(plan(SMALL, FULL, fit=FitConfig(**QUICK | {"epochs": 1}, validation=0.25)), windows(), with_reference=False)
    assert sizes == [(48, 48), (36, 36)]  # a branch with a head only learns from all


def misleading(given: WindowSet, fit: FitConfig) -> WindowSet:
    """What is held out, its truth turned round: the surer a net is of what it learned, the higher its loss there."""
    _, watching = held_out(given, fit, seed=0)
    targets = given.targets.clone()
    targets[watching] = targets[watching].roll(1, dims=1)
    return WindowSet(given.rows, given.batches, targets)


def test_the_best_epoch_is_kept_and_its_loss_is_the_one_told() -> None:
    fit = FitConfig(**QUICK | {"epochs": 4}, validation=0.25)
    given = misleading(windows(), fit)
    model, history = learn(plan(FULL, fit=fit), given, with_reference=False)
    learning, watching = (given.some(places) for places in held_out(given, fit, seed=0))
    told = [row["validation_loss"] for row in history]
    assert min(told) < told[-1] - 0.1
    with torch.no_grad():
        logits = model.classifier(watching.all_windows())
    balance = balance_of(learning.window_targets, multiclass=True)
    loss = soft_loss(logits, watching.window_targets, balance, multiclass=True)
    assert float(loss) == pytest.approx(min(told), rel=1e-3)


def test_training_stops_when_patience_is_over() -> None:
    fit = FitConfig(**QUICK | {"epochs": 12}, validation=0.25, patience=2)
    _, history = learn(plan(FULL, fit=fit), misleading(windows(), fit), with_reference=False)
    told = [row["validation_loss"] for row in history]
    assert len(told) < 12
    assert len(told) - 1 - told.index(min(told)) == 2


def test_without_anything_held_out_the_history_says_nothing_of_it() -> None:
    _, history = learn(plan(FULL, fit=FitConfig(**QUICK)), windows(), with_reference=False)
    assert [set(row) for row in history] == [{"branch", "epoch", "loss"}] * 3


def test_channels_of_a_recording_whose_specimen_nobody_named_are_one_part_everywhere() -> None:
    given = windows(per_label=4)
    rows = tuple(
        row.changed(specimen="", source=f"{place // 2}.wav", channel="DE" if place % 2 else "FE")
        for place, row in enumerate(given.rows)
    )
    pairs = WindowSet(rows, given.batches, given.targets)
    assert conditions_of(pairs)["specimens"] == 6
    assert amount_of(pairs, torch.ones(12, dtype=torch.bool)).specimens == 6
    assert specimens_of(pairs).unique().tolist() == [0, 1, 2, 3, 4, 5]
    _, watching = held_out(pairs, FitConfig(validation=0.4), seed=0)
    tested = [pairs.rows.index(row) for row in folds(pairs.rows, 3)[0][1]]
    for held in (watching, tested, held_out_signals(rows, share=0.5, seed=0)):
        assert held
        assert {place ^ 1 for place in held} == set(held)
