"""Fine-tuned: a config whose net is trained anew on every split, by the very code of a training run."""

import math
from dataclasses import replace

import torch
from torch import Tensor

from honest.methods import CONFIGS, Made, Make, columns
from honest.protocol import Protocol
from honest.scorers import Scores
from pipeline.config import load_config
from pipeline.models.features import FeatureCache
from pipeline.training.learn import Plan, learn
from pipeline.training.out_of_fold import window_logits
from pipeline.training.window_set import WindowSet
from pipeline.workflow.training_run.preparation import plan_of

FEWEST_STEPS = 60
"""Of the optimiser: with little data the epochs of a config would be over before anything is learned."""


def finetuned(file: str, *overrides: str) -> Make:
    """A config of this repository, some settings changed, whose regime trains more than a head."""

    def make(setting: Protocol) -> Made:
        config = load_config(CONFIGS / file, overrides)
        plan, cache = plan_of(config, setting.sides), FeatureCache()

        def score(train: Tensor, test: Tensor) -> Scores:
            learned, _ = learn(long_enough(plan, len(train)), subset(setting.windows, train), cache=cache)
            ascending, back = test.sort()
            logits = window_logits(learned, subset(setting.windows, ascending))
            return logits[back.argsort()].numpy()

        regime = config.branches[0].regime
        told = columns(config, regime)
        return Made(told | {"weights": "random"} if regime == "scratch" else told, score)

    return make


def long_enough(plan: Plan, n_windows: int) -> Plan:
    """As many epochs as the plan has, more where they would be too few steps."""
    epochs = math.ceil(FEWEST_STEPS / math.ceil(n_windows / plan.fit.batch_windows))
    return replace(plan, fit=plan.fit.model_copy(update={"epochs": max(epochs, plan.fit.epochs)}))


def subset(windows: WindowSet, places: Tensor) -> WindowSet:
    """Some windows, in their order; signals that have none of them are left out.

    Args:
        windows: all.
        places: of those wanted, ascending.
    """
    wanted = torch.zeros(len(windows.signal_of_window), dtype=torch.bool)
    wanted[places] = True
    parts = torch.split(wanted, [len(batch.values) for batch in windows.batches])
    kept = [signal for signal, part in enumerate(parts) if part.any()]
    some = windows.some(kept)
    return replace(some, batches=tuple(windows.batches[signal].rows(parts[signal]) for signal in kept))
