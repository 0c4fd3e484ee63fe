"""Branch training: one branch, learning, epoch by epoch, as Lightning drives it."""

from typing import Any

import pytorch_lightning as lightning
import torch
from torch import Tensor, nn

from pipeline.errors import ConfigError
from pipeline.models.branch import Branch
from pipeline.preprocessing.augment.mixup import mixup
from pipeline.preprocessing.base import Batch
from pipeline.training.finetuning.checkpoint import Checkpoint, State, learned
from pipeline.training.finetuning.early_stopping import best_epoch, is_over
from pipeline.training.finetuning.frozen_prefix import Reading
from pipeline.training.finetuning.learning_rates import optimiser_of, rate_groups
from pipeline.training.finetuning.lesson import Lesson
from pipeline.training.finetuning.ready_windows import drawn_seed, together
from pipeline.training.loss import Balance, smoothed, window_losses


class BranchTraining(lightning.LightningModule):
    """One branch of a classifier, learning.

    Args:
        anew: steps that are done for every batch: augmentations and what follows them.
        branch: the branch that learns.
        n_run: how many of its blocks the windows have been through when they reach what learns.
        lesson: all else that is decided beforehand.
        checkpoint: where it leaves how far it has come.

    Attributes:
        rows: history, a row per epoch: `epoch`, `loss`, and `validation_loss` where specimens were held out.
        best: what had been learned when the validation loss was lowest; None where nothing was held out.
    """

    weighed: Tensor
    watched_by: Tensor

    def __init__(self, anew: nn.Module, branch: Branch, n_run: int, lesson: Lesson, checkpoint: Checkpoint) -> None:
        super().__init__()
        self.anew, self.reading, self.lesson, self.checkpoint = anew, Reading(branch, n_run), lesson, checkpoint
        # As buffers, so that they go where the net goes.
        self.register_buffer("weighed", torch.stack(lesson.balance), persistent=False)
        self.register_buffer("watched_by", torch.stack(lesson.watched_balance), persistent=False)
        self.rows: list[dict[str, float]] = []
        self.best: dict[str, Tensor] | None = None
        self._resumed: State | None = None
        self._losses: list[Tensor] = []
        self._watched: list[Tensor] = []

    def goes_on_from(self, state: State) -> None:
        """Take over what a checkpoint holds; the optimiser, which is not there yet, takes its part when it is."""
        learned(self.reading.branch).load_state_dict(state["learned"])
        self.rows, self.best, self._resumed = state["rows"], state["best"], state

    def get_extra_state(self) -> dict[str, Any]:
        """What comes back with the weights from a process that trained."""
        return {"rows": self.rows, "best": self.best}

    def set_extra_state(self, state: dict[str, Any]) -> None:
        """The same, arriving."""
        self.rows, self.best = state["rows"], state["best"]

    def on_train_start(self) -> None:
        """Where the optimiser had come to, its rate, and the scale of gradients in mixed precision."""
        if self._resumed is not None:
            self.trainer.optimizers[0].load_state_dict(self._resumed["optimiser"])
            self.trainer.lr_scheduler_configs[0].scheduler.load_state_dict(self._resumed["schedule"])
            self.trainer.precision_plugin.load_state_dict(self._resumed["precision"])
            self._resumed = None

    def on_train_epoch_start(self) -> None:
        """An epoch draws from the seed and its number alone, whatever was drawn before."""
        epoch = len(self.rows)
        torch.manual_seed(drawn_seed(self.lesson.seed, epoch, together()[0]))
        # Batches are dealt from here on only, so their order is this epoch's, the first one's after a kill too.
        windows = self.trainer.train_dataloader
        assert windows is not None
        windows.order.epoch = epoch

    def training_step(self, parts: list[Tensor], _: int) -> Tensor:
        """This process's part of the mean loss of a batch."""
        *fields, targets, shares = parts
        fit, multiclass = self.lesson.fit, self.lesson.multiclass
        with torch.no_grad():  # stages, and blocks that are frozen, learn nothing
            image = self.anew(Batch(*fields)).values
            if fit.mixup:
                image, targets = mixup(image, targets, fit.mixup)
        truth = smoothed(targets, fit.label_smoothing, multiclass) if fit.label_smoothing else targets
        loss = (shares * window_losses(self.reading(image), truth, Balance(*self.weighed), multiclass)).sum()
        self._losses.append(loss.detach())
        return loss

    def validation_step(self, parts: list[Tensor], _: int) -> None:
        """This process's part of the mean loss of what was held out, as it is: unchanged, unmixed, unsmoothed."""
        *fields, targets, shares = parts
        logits = self.reading(self.anew(Batch(*fields)).values)
        losses = window_losses(logits, targets, Balance(*self.watched_by), self.lesson.multiclass)
        self._watched.append((shares * losses).sum())

    def on_train_epoch_end(self) -> None:
        """One line of history, the best weights so far, a checkpoint, and whether that was enough."""
        row = {"epoch": len(self.rows) + 1, "loss": self._over_processes(torch.stack(self._losses).mean())}
        if self._watched:
            row["validation_loss"] = self._over_processes(torch.stack(self._watched).sum())
        self._losses.clear()
        self._watched.clear()
        self._refuse_no_numbers(row)
        self.rows.append(row)
        if best_epoch(self.rows) == len(self.rows) - 1:
            self.best = {name: value.detach().cpu().clone() for name, value in self._learned().items()}
        for logger in self.loggers:
            logger.log_metrics({name: value for name, value in row.items() if name != "epoch"}, step=len(self.rows))
        if self.trainer.is_global_zero:
            self.checkpoint.write(self._state())
        self.trainer.should_stop = is_over(self.rows, self.lesson.fit)

    def configure_optimizers(self) -> Any:
        """AdamW in groups, one warm-up and cosine over all steps."""
        groups = rate_groups(self.reading.branch, self.lesson.config, self.lesson.fit)
        optimiser, schedule = optimiser_of(groups, self.lesson.fit, self.lesson.n_steps)
        return {"optimizer": optimiser, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}

    def _learned(self) -> dict[str, Tensor]:
        return learned(self.reading.branch).state_dict()

    def _over_processes(self, part: Tensor) -> float:
        return float(self.trainer.strategy.reduce(part, reduce_op="mean"))

    def _state(self) -> State:
        return {
            "finished": False,
            "rows": self.rows,
            "best": self.best,
            "learned": self._learned(),
            "optimiser": self.trainer.optimizers[0].state_dict(),
            "schedule": self.trainer.lr_scheduler_configs[0].scheduler.state_dict(),
            "precision": self.trainer.precision_plugin.state_dict(),
        }

    def _refuse_no_numbers(self, row: dict[str, float]) -> None:
        """Nothing, where losses and all that learns are numbers.

        Raises:
            ConfigError: naming the epoch, and what to lower.
        """
        told = torch.tensor([value for name, value in row.items() if name != "epoch"])
        if told.isfinite().all() and all(
            value.isfinite().all() for value in self._learned().values() if _bounded(value)
        ):
            return
        fit = self.lesson.fit
        clip = "set fit.gradient_clip: 1" if fit.gradient_clip is None else f"fit.gradient_clip ({fit.gradient_clip:g})"
        raise ConfigError(
            f"the loss is no number any more in epoch {len(self.rows) + 1} of {fit.epochs} (regime "
            f"{self.lesson.config.regime}); lower fit.learning_rate ({fit.learning_rate:g}), or {clip}, and start again"
        )


def _bounded(value: Tensor) -> bool:
    """Whether a tensor holds numbers that must be finite; a head's bound on features is not one of them."""
    return value.is_floating_point() and value.dim() > 0
