"""Options of fine-tuning: what each changes, and what a user is told who asks for the impossible."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest
import torch
from pydantic import ValidationError
from tiny_nets import SMALL, accuracy, plan, windows

from pipeline.errors import ConfigError, RequestError
from pipeline.models.branch import Branch
from pipeline.preprocessing.base import Setting
from pipeline.training.finetuning.devices import leads, started_by_a_launcher
from pipeline.training.finetuning.learning_rates import optimiser_of, rate_groups
from pipeline.training.finetuning.training_loop import strategy_of, trainer_of
from pipeline.training.learn import learn
from pipeline.training.out_of_fold import window_logits
from pipeline.training.regime import FitConfig, TrainedBranchConfig
from pipeline.training.window_set import WindowSet

FULL = SMALL | {"regime": "full"}
QUICK = {"epochs": 2, "batch_windows": 8, "learning_rate": 3e-3, "accelerator": "cpu"}


def learned(given: WindowSet | None = None, regime: str = "full", **changes: Any) -> tuple[Any, list[dict[str, float]]]:
    asked = plan(SMALL | {"regime": regime}, fit=FitConfig(**QUICK | changes))
    return learn(asked, given or windows(), with_reference=False)


def test_rates_rise_over_the_share_of_warm_up_and_fall_on_a_cosine_to_nothing() -> None:
    fit = FitConfig(learning_rate=1.0, warm_up=0.25)
    optimiser, schedule = optimiser_of([{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": 1.0}], fit, 101)
    rates = []
    for _ in range(101):
        rates.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        schedule.step() if len(rates) < 101 else None
    peak = rates.index(max(rates))
    assert abs(peak - 25) <= 1
    assert max(rates) == pytest.approx(1.0, abs=1e-3)
    assert rates[-1] < 1e-3
    # Half-way down a cosine is half the height.
    assert rates[(peak + 100) // 2] == pytest.approx(0.5, abs=0.02)


def test_frozen_blocks_have_no_rate_and_nets_from_scratch_have_one() -> None:
    branch = Branch(TrainedBranchConfig(backbone="small"), Setting(None, 64), ["a"])
    assert branch.backbone is not None
    fit = FitConfig(learning_rate=1.0, body_factor=0.1, layer_decay=0.5)
    full, scratch = (TrainedBranchConfig(backbone="small", regime=name) for name in ("full", "scratch"))
    assert [group["lr"] for group in rate_groups(branch, scratch, fit)] == [1.0] * 5
    branch.backbone.freeze(last=2)
    groups = rate_groups(branch, full, fit)
    assert [group["lr"] for group in groups] == pytest.approx([0.05, 0.1, 1.0])
    assert all(each.requires_grad for group in groups for each in group["params"])


def uneven() -> WindowSet:
    """Twelve signals of one label, one of each other."""
    given = windows(per_label=12)
    return given.some([*range(12), 12, 24])


@pytest.mark.parametrize("balance", ["weights", "sampling", "none"])
def test_classes_have_the_same_say_unless_told_otherwise(balance: str) -> None:
    """By what a net from scratch answers before it can tell anything: its classes' shares."""
    given = uneven()
    quiet = WindowSet(
        given.rows,
        tuple(batch._replace(values=torch.zeros_like(batch.values)) for batch in given.batches),
        given.targets,
    )
    fit = {"balance": balance, "epochs": 20, "learning_rate": 0.03}
    model, _ = learned(quiet, "scratch", **fit)
    shares = window_logits(model, quiet)[0].softmax(dim=0)
    expected = [12 / 14, 1 / 14, 1 / 14] if balance == "none" else [1 / 3] * 3
    torch.testing.assert_close(shares, torch.tensor(expected), rtol=0, atol=0.12)


def test_label_smoothing_bounds_how_sure_a_net_gets() -> None:
    """The loss against truth of 1 - s + s / n is least where a net says just that."""
    model, _ = learned(epochs=12, label_smoothing=0.3)
    logits = window_logits(model, windows())
    assert accuracy(logits, windows()) == 1.0
    assert float(logits.softmax(dim=1).amax(dim=1).mean()) == pytest.approx(0.8, abs=0.06)


def test_soft_truth_is_learned_as_it_is() -> None:
    """Truth of 0.7 and 0.3 gives answers of 0.7 and 0.3, in both tasks."""
    given = windows()
    soft = 0.7 * given.targets + 0.3 * given.targets.roll(1, dims=1)
    for task in ("multiclass", "multilabel"):
        head = {"head": "ridge"} if task == "multilabel" else {}
        asked = plan(
            FULL | head | {"regime": "scratch"}, task=task, fit=FitConfig(**QUICK | {"epochs": 15, "balance": "none"})
        )
        model, _ = learn(asked, WindowSet(given.rows, given.batches, soft), with_reference=False)
        logits = window_logits(model, given)
        found = logits.softmax(dim=1) if task == "multiclass" else logits.sigmoid()
        torch.testing.assert_close(found.mean(dim=0), soft.mean(dim=0), rtol=0, atol=0.08)
        there = given.window_targets > 0
        assert float(found[there].mean()) == pytest.approx(0.7, abs=0.1)


def test_gradients_are_no_longer_than_the_clip(monkeypatch: pytest.MonkeyPatch) -> None:
    lengths, step = [], torch.optim.AdamW.step

    def spy(self: torch.optim.AdamW, *given: Any, **named: Any) -> Any:
        found = step(self, *given, **named)
        every = [each.grad.norm() for group in self.param_groups for each in group["params"] if each.grad is not None]
        lengths.append(float(torch.stack(every).norm()))
        return found

    monkeypatch.setattr(torch.optim.AdamW, "step", spy)
    learned(regime="scratch")
    free = max(lengths)
    lengths.clear()
    learned(regime="scratch", gradient_clip=free / 10)
    assert 0 < max(lengths) <= free / 10 * 1.001


def test_a_loss_that_is_no_number_names_the_epoch_and_what_to_lower(tmp_path: Path) -> None:
    given = windows()
    spoilt = given.batches[0]._replace(values=torch.full_like(given.batches[0].values, torch.nan))
    given = WindowSet(given.rows, (spoilt, *given.batches[1:]), given.targets)
    asked = plan(SMALL | {"regime": "scratch"}, stages=[{"fold": {"rows": 20, "columns": 25}}], fit=FitConfig(**QUICK))
    message = r"no number any more in epoch 1 of 2 \(regime scratch\); lower fit.learning_rate \(0\.003\), or set fit.g"
    with pytest.raises(ConfigError, match=message):
        learn(asked, given, checkpoints=tmp_path, with_reference=False)
    assert not list(tmp_path.rglob("*.ckpt"))  # nothing is left that could not be gone on with


def test_a_rate_far_too_high_is_told() -> None:
    with pytest.raises(ConfigError, match=r"lower fit.learning_rate \(1e\+30\)"):
        learned(regime="scratch", learning_rate=1e30)


def test_a_run_whose_loss_was_no_number_can_be_gone_on_with(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from pipeline.training.finetuning import branch_training as module

    asked = plan(FULL, fit=FitConfig(**QUICK))
    unbroken, _ = learn(asked, windows(), with_reference=False)
    calls, losses = [], module.window_losses
    monkeypatch.setattr(
        module,
        "window_losses",
        lambda *given: losses(*given) * (torch.nan if len(calls) == 8 else calls.append(1) or 1),
    )
    with pytest.raises(ConfigError, match="epoch 2 of 2"):  # six steps an epoch
        learn(asked, windows(), checkpoints=tmp_path, with_reference=False)
    monkeypatch.undo()
    resumed, _ = learn(asked, windows(), checkpoints=tmp_path, with_reference=False)
    assert torch.equal(window_logits(resumed, windows()), window_logits(unbroken, windows()))


@pytest.mark.parametrize("precision", ["bf16-mixed", "64-true"])
def test_precision_reaches_lightning_and_the_net_comes_back_as_it_was(precision: str) -> None:
    model, _ = learned(precision=precision)
    assert {value.dtype for value in model.classifier.state_dict().values() if value.is_floating_point()} == {
        torch.float32
    }
    assert accuracy(window_logits(model, windows(seed=1)), windows(seed=1)) > 0.9


def test_devices_that_are_not_there_are_refused_in_one_line() -> None:
    for changes in ({"accelerator": "tpu"}, {"strategy": "no_such"}, {"accelerator": "gpu"}):
        if changes == {"accelerator": "gpu"} and torch.cuda.is_available():
            continue
        with pytest.raises(ConfigError, match=r"^fit: Lightning cannot train with accelerator .*"):
            trainer_of(FitConfig(**changes), 1, follows_data=False, logger=False, callbacks=[])
    with pytest.raises(ConfigError, match="splits nets over devices"):
        strategy_of(FitConfig(strategy="fsdp", devices=2))
    for wrong in (0, -1, []):
        with pytest.raises(ValidationError, match="at least one device"):
            FitConfig(devices=wrong)


def test_devices_nodes_and_precision_are_handed_through(monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.training.finetuning import training_loop as module

    given: dict[str, Any] = {}
    monkeypatch.setattr(module.lightning, "Trainer", lambda **options: given.update(options))
    fit = FitConfig(devices=[0, 2], nodes=3, precision="16-mixed", accelerator="gpu", strategy="ddp", gradient_clip=2.0)
    trainer_of(fit, 5, follows_data=True, logger=False, callbacks=[])
    wanted = {"devices": [0, 2], "num_nodes": 3, "precision": "16-mixed", "accelerator": "gpu", "strategy": "ddp"}
    assert given.items() >= (wanted | {"gradient_clip_val": 2.0, "max_epochs": 5}).items()


def test_of_processes_that_train_together_the_first_leaves_results() -> None:
    together = FitConfig(devices=4, nodes=2)
    assert leads(together, {})
    assert leads(together, {"RANK": "0", "LOCAL_RANK": "0"})
    assert not leads(together, {"RANK": "4", "LOCAL_RANK": "0"})
    assert not leads(together, {"NODE_RANK": "1"})
    # Runs of their own in one SLURM job each leave theirs.
    assert leads(FitConfig(), {"SLURM_PROCID": "3", "SLURM_NTASKS": "4"})
    assert started_by_a_launcher({"SLURM_NTASKS": "8"})


def test_an_interrupt_reaches_whoever_called(tmp_path: Path) -> None:
    """Lightning itself would end the process with 1, and leave the next interrupt unheard."""
    import signal

    def tick(what: str, done: int, _: int) -> None:
        if what.startswith("training") and done == 3:
            raise KeyboardInterrupt

    before = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        learn(plan(FULL, fit=FitConfig(**QUICK)), windows(), tick=tick, with_reference=False)
    assert signal.getsignal(signal.SIGINT) is before


def test_tensorboard_without_its_package_gets_the_hint(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from pipeline.training.finetuning import tensorboard as module

    monkeypatch.setattr(module.importlib.util, "find_spec", lambda _: None)
    with pytest.raises(RequestError, match=r"needs tensorboard; pip install 'faultprint\[track\]'"):
        learn(plan(FULL, fit=FitConfig(**QUICK, tensorboard=True)), windows(), checkpoints=tmp_path / "checkpoints")


def test_tensorboard_gets_the_history(tmp_path: Path) -> None:
    if importlib.util.find_spec("tensorboard") is None:
        pytest.skip("needs tensorboard: pip install 'faultprint[track]'")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    fit = FitConfig(**QUICK, tensorboard=True, validation=0.25)
    _, history = learn(plan(FULL, fit=fit), windows(), checkpoints=tmp_path / "checkpoints", with_reference=False)
    events = EventAccumulator(str(tmp_path / "tensorboard" / "branch-0")).Reload()
    for name in ("loss", "validation_loss"):
        told = [(event.step, event.value) for event in events.Scalars(name)]
        assert told == [(row["epoch"], pytest.approx(row[name])) for row in history]
