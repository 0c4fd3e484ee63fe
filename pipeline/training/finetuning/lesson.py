"""Lesson: what is decided before the first epoch and stays the same to the last."""

from dataclasses import dataclass

from torch import Tensor

from pipeline.training.loss import Balance, balance_of, no_balance, window_weights
from pipeline.training.regime import FitConfig, TrainedBranchConfig


@dataclass(frozen=True)
class Lesson:
    """How one branch is taught.

    Attributes:
        config, fit: regime and how fine-tuning goes.
        multiclass: softmax over labels, or one sigmoid each.
        seed: of the order of windows, and of what augmentations, mixup and dropout draw.
        n_windows: it learns from.
        balance: what each class, or each side of a label, weighs in the loss.
        weights: how often each window is drawn, (window,); None for each once.
        watched_balance: as `balance`, where held-out specimens are looked at; these are not drawn.
    """

    config: TrainedBranchConfig
    fit: FitConfig
    multiclass: bool
    seed: int
    n_windows: int
    balance: Balance
    weights: Tensor | None
    watched_balance: Balance

    @classmethod
    def of(
        cls, config: TrainedBranchConfig, fit: FitConfig, targets: Tensor, *, multiclass: bool, seed: int
    ) -> "Lesson":
        """As the options say, for truth (window, label).

        Example:
            >>> import torch
            >>> targets = torch.tensor([[1.0, 0.0], [0.0, 1.0], [0.0, 1.0], [0.0, 1.0]])
            >>> fit = FitConfig(balance="sampling", batch_windows=3, epochs=5)
            >>> lesson = Lesson.of(TrainedBranchConfig(backbone="small"), fit, targets, multiclass=True, seed=0)
            >>> lesson.balance.yes, lesson.weights, lesson.n_steps
            (tensor([1., 1.]), tensor([2.0000, 0.6667, 0.6667, 0.6667]), 10)
        """
        weighing, even = balance_of(targets, multiclass), no_balance(targets.shape[1])
        drawn = fit.balance == "sampling"
        return cls(
            config,
            fit,
            multiclass,
            seed,
            len(targets),
            balance=weighing if fit.balance == "weights" else even,
            weights=window_weights(targets, weighing, multiclass) if drawn else None,
            watched_balance=even if fit.balance == "none" else weighing,
        )

    @property
    def steps_an_epoch(self) -> int:
        """Of the optimiser."""
        return -(-self.n_windows // self.fit.batch_windows)

    @property
    def n_steps(self) -> int:
        """Of the optimiser, in all epochs."""
        return self.steps_an_epoch * self.fit.epochs
