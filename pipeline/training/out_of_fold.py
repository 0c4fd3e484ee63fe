"""Out of fold: logits for every window of the training side by nets that have not heard its part."""

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor

from pipeline.catalog.splitting.split import folds
from pipeline.models.bundle import Model
from pipeline.models.features import FeatureCache
from pipeline.models.inference import FeatureMaker
from pipeline.progress import Tick, unwatched
from pipeline.training.learn import Plan, learn
from pipeline.training.window_set import WindowSet

Watch = Callable[[Model, WindowSet, Sequence[int]], None]
"""Told of a fold's model, what it learned from, and the places of the signals that it did not."""


def window_logits(model: Model, windows: WindowSet, cache: FeatureCache | None = None) -> Tensor:
    """(window, label), signal by signal."""
    maker = FeatureMaker(model.classifier, cache)
    return torch.cat([maker.logits(batch) for batch in windows.batches])


def out_of_fold(
    plan: Plan,
    windows: WindowSet,
    k: int,
    *,
    cache: FeatureCache | None = None,
    checkpoints: Path | None = None,
    watch: Watch = lambda _model, _known, _held: None,
    tick: Tick = unwatched,
) -> Tensor:
    """Logits of every window from a model that never saw its specimen: (window, label).

    Args:
        k: number of grouped folds.
        checkpoints: where each fold keeps its last checkpoints, in a folder of its own.
        watch: shown every fold's model before it is let go.
    """
    # By the row itself: parts of one recording share its name.
    place = {id(row): index for index, row in enumerate(windows.rows)}
    owner = windows.signal_of_window
    logits = torch.zeros(len(owner), len(plan.labels))
    for done, (inside, outside) in enumerate(folds(windows.rows, k, seed=plan.seed)):
        tick("out-of-fold", done, k)
        held = [place[id(row)] for row in outside]
        kept = checkpoints / str(done + 1) / "checkpoints" if checkpoints else None
        known = windows.some([place[id(row)] for row in inside])
        model, _ = learn(plan, known, cache=cache, checkpoints=kept, with_reference=False)
        scores = iter(window_logits(model, windows.some(held), cache))
        for index in held:
            for position in torch.nonzero(owner == index).flatten():
                logits[position] = next(scores)
        watch(model, known, held)
    tick("out-of-fold", k, k)
    return logits
