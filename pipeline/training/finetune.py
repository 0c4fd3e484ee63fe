"""Fine-tuning: one branch trained by gradient descent, by Lightning.

The head comes solved on the features that the backbone starts with (but for nets from scratch). Pretrained blocks learn
slower than the head (discriminative learning rates); the rate warms up and decays on one cosine. Batch norms keep the
statistics under which the head was solved; those of nets from scratch, which have none yet, follow the data. What comes
before the first augmentation, in shared stages or the branch's own, is done once, what follows it in every epoch anew.
"""

import logging
import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytorch_lightning as lightning
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from pipeline.models.branch import Branch
from pipeline.models.classifier import Classifier
from pipeline.models.inference import CHUNK
from pipeline.preprocessing.augment.augmentation import augmentations
from pipeline.preprocessing.augment.mixup import mixup
from pipeline.preprocessing.base import Batch
from pipeline.preprocessing.chain import Chain
from pipeline.progress import Tick, unwatched
from pipeline.training.loss import Balance, balance_of, soft_loss
from pipeline.training.regime import FitConfig, TrainedBranchConfig
from pipeline.training.window_set import WindowSet


class BranchTraining(lightning.LightningModule):
    """One branch of a classifier, learning.

    Args:
        changing: stages, shared ones and the branch's own, that are done anew for every batch.
        branch: the branch that learns, on images that those made.
        config, fit: regime and how fine-tuning goes.
        balance: what each class, or each side of a label, weighs.
        multiclass: softmax over labels, or one sigmoid each.
        n_steps: optimiser steps in all.
    """

    yes: Tensor
    no: Tensor

    def __init__(
        self,
        changing: nn.Module,
        branch: Branch,
        config: TrainedBranchConfig,
        fit: FitConfig,
        balance: Balance,
        multiclass: bool,
        n_steps: int,
    ) -> None:
        super().__init__()
        self.changing, self.branch = changing, branch
        self.config, self.fit_config = config, fit
        self.multiclass, self.n_steps = multiclass, n_steps
        self.register_buffer("yes", balance.yes, persistent=False)
        self.register_buffer("no", balance.no, persistent=False)
        self.rows: list[dict[str, float]] = []
        self._losses: list[float] = []

    def training_step(self, parts: list[Tensor], _: int) -> Tensor:
        """Loss of one batch of what the settled stages made."""
        *fields, targets = parts
        with torch.no_grad():  # stages learn nothing
            image = self.changing(Batch(*fields)).values
            if self.fit_config.mixup:
                image, targets = mixup(image, targets, self.fit_config.mixup)
        logits = self.branch.head(self.branch.features_of(image))
        loss = soft_loss(logits, targets, Balance(self.yes, self.no), self.multiclass)
        self._losses.append(float(loss.detach()))
        return loss

    def on_train_epoch_end(self) -> None:
        """One line of history per epoch."""
        self.rows.append({"epoch": self.current_epoch + 1, "loss": sum(self._losses) / len(self._losses)})
        self._losses.clear()

    def configure_optimizers(self) -> Any:
        """AdamW in two groups, one warm-up and cosine over all steps."""
        rate = self.fit_config.learning_rate
        backbone = self.branch.backbone
        assert backbone is not None
        body_rate = rate if self.config.regime == "scratch" else rate * self.fit_config.body_factor
        body = [parameter for parameter in backbone.parameters() if parameter.requires_grad]
        groups = [{"params": body, "lr": body_rate}, {"params": list(self.branch.head.parameters()), "lr": rate}]
        optimiser = torch.optim.AdamW(groups, weight_decay=self.fit_config.weight_decay)
        # A rise of fewer than two steps is none, and a division by zero inside torch.
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, max_lr=[body_rate, rate], total_steps=max(self.n_steps, 10), pct_start=0.2
        )
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


class _Ticking(lightning.Callback):
    """Lightning's progress, told in our words."""

    def __init__(self, tick: Tick, what: str) -> None:
        self.tick, self.what = tick, what

    def on_train_batch_end(self, trainer: lightning.Trainer, *_: Any) -> None:
        """One more batch is done."""
        self.tick(self.what, trainer.global_step, int(trainer.estimated_stepping_batches))


@contextmanager
def _quiet_lightning() -> Iterator[None]:
    """Lightning advertises and advises on stderr; a run's log is for the run."""
    names = ("pytorch_lightning", "lightning_fabric", "pytorch_lightning.utilities.rank_zero")
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
    for logger, level in zip(loggers, levels, strict=True):
        logger.setLevel(level)


def settled_and_changing(*chains: Chain) -> tuple[nn.Sequential, nn.Sequential]:
    """Stages before the first augmentation, whose outcome is the same in every epoch; and it with those after it.

    Args:
        chains: that go on from one another, such as the shared one and a branch's own.

    Example:
        >>> from pipeline.preprocessing.base import Setting
        >>> shared = Chain(["fold"], Setting(None, 64))
        >>> before, after = settled_and_changing(shared, Chain(["standardise", "mask", "decibels"], shared.after))
        >>> len(before), len(after)
        (2, 2)
    """
    stages = [stage for chain in chains for stage in chain.stages]
    first = next((place for place, stage in enumerate(stages) if augmentations(stage)), len(stages))
    return nn.Sequential(*stages[:first]), nn.Sequential(*stages[first:])


@torch.no_grad()
def worth_keeping(settled: nn.Sequential, window: Batch) -> int:
    """How many settled stages to keep the outcome of: the last ones may only make more numbers of the same image.

    Three planes of 224 x 224 of every window fill a memory and cost next to nothing to make again, so the outcome is
    kept where an image is smallest.

    Args:
        settled: stages whose outcome is the same in every epoch.
        window: one, as it reaches the first of them.

    Example:
        >>> from pipeline.preprocessing.base import Setting
        >>> settled, _ = settled_and_changing(Chain([{"fold": {"rows": 8, "columns": 8}}, "resize"], Setting(None, 64)))
        >>> worth_keeping(settled, Batch.of(torch.zeros(1, 1, 64)))
        1
    """
    smallest, count = math.inf, 0
    for place, stage in enumerate(settled, start=1):
        window = stage(window)
        if stage.takes == "samples" or window.values.numel() <= smallest:
            smallest, count = window.values.numel(), place
    return count


@torch.no_grad()
def _made(settled: nn.Module, windows: WindowSet) -> Batch:
    """Every window after the stages that no epoch has to repeat."""
    made = [
        settled(batch.rows(slice(start, start + CHUNK)))
        for batch in windows.batches
        for start in range(0, len(batch.values), CHUNK)
    ]
    return Batch(*(torch.cat(parts) for parts in zip(*made, strict=True)))


def _loader(made: Batch, targets: Tensor, fit: FitConfig, seed: int) -> DataLoader[Any]:
    order = torch.Generator().manual_seed(seed)
    data = TensorDataset(*made, targets)
    return DataLoader(data, batch_size=fit.batch_windows, shuffle=True, generator=order)


def finetune(
    classifier: Classifier,
    branch: Branch,
    windows: WindowSet,
    config: TrainedBranchConfig,
    fit: FitConfig,
    *,
    multiclass: bool,
    seed: int,
    checkpoints: Path | None = None,
    tick: Tick = unwatched,
) -> list[dict[str, float]]:
    """Train one branch in place.

    Args:
        classifier, branch: the net and the branch of it that learns.
        windows: the training side.
        config, fit: regime and how fine-tuning goes.
        multiclass: whether labels exclude one another.
        seed: order of the windows, what augmentations draw, and start of the head of a net from scratch.
        checkpoints: where Lightning keeps its last checkpoint; None keeps none.
        tick: told of progress.

    Returns:
        One row per epoch: `epoch`, `loss`.
    """
    lightning.seed_everything(seed, verbose=False)
    backbone = branch.backbone
    assert backbone is not None
    backbone.freeze(config.last_blocks if config.regime == "last_blocks" else None)
    if config.regime == "scratch":
        branch.head.linear.reset_parameters()
    branch.head.clip.fill_(float("inf"))
    settled, changing = settled_and_changing(classifier.shared, branch.chain)
    kept = worth_keeping(settled, windows.batches[0].rows(slice(0, 1)))
    settled, changing = nn.Sequential(*list(settled)[:kept]), nn.Sequential(*list(settled)[kept:], *changing)
    targets = windows.window_targets
    loader = _loader(_made(settled, windows), targets, fit, seed)
    balance, n_steps = balance_of(targets, multiclass), len(loader) * fit.epochs
    # Lightning trains a net in the mode it finds it in.
    module = BranchTraining(changing, branch, config, fit, balance, multiclass, n_steps).train()
    backbone.train(config.regime == "scratch")
    saver = [lightning.callbacks.ModelCheckpoint(checkpoints, filename="last")] if checkpoints else []
    with _quiet_lightning():
        trainer = lightning.Trainer(
            max_epochs=fit.epochs,
            accelerator=fit.accelerator,
            devices=1,
            logger=False,
            enable_checkpointing=bool(saver),
            enable_progress_bar=False,
            enable_model_summary=False,
            callbacks=[_Ticking(tick, f"training ({config.regime})"), *saver],
        )
        trainer.fit(module, loader)
    classifier.to("cpu").eval()
    return module.rows
