"""Fine-tuning: one branch trained by gradient descent.

The head comes solved on the features that the backbone starts with (but for nets from scratch). Pretrained blocks learn
slower than the head (`learning_rates`); the rate warms up and decays on one cosine. Batch norms keep the statistics
under which the head was solved; those of nets from scratch, which have none yet, follow the data. What comes before the
first augmentation is done once, frozen blocks included (`settled`), what follows it in every epoch anew. Specimens that
were held out tell which epoch was best (`early_stopping`); every epoch leaves a checkpoint, from which a run that was
killed goes on to the same end.
"""

from pathlib import Path

import torch
from torch import nn

from pipeline.models.branch import Branch
from pipeline.models.classifier import Classifier
from pipeline.models.features import FeatureCache
from pipeline.progress import Tick, unwatched
from pipeline.training.finetuning.branch_training import BranchTraining
from pipeline.training.finetuning.checkpoint import Checkpoint, State, learned, mark_of
from pipeline.training.finetuning.early_stopping import is_over
from pipeline.training.finetuning.lesson import Lesson
from pipeline.training.finetuning.ready_windows import Order, ReadyWindows
from pipeline.training.finetuning.settled import made, way_of
from pipeline.training.finetuning.tensorboard import logger_of
from pipeline.training.finetuning.training_loop import Ticking, run, trainer_of
from pipeline.training.regime import FitConfig, TrainedBranchConfig
from pipeline.training.window_set import WindowSet

Row = dict[str, float]


def finetune(
    classifier: Classifier,
    branch: Branch,
    windows: WindowSet,
    config: TrainedBranchConfig,
    fit: FitConfig,
    *,
    multiclass: bool,
    seed: int,
    watched: WindowSet | None = None,
    cache: FeatureCache | None = None,
    checkpoint: Path | None = None,
    tick: Tick = unwatched,
) -> list[Row]:
    """Train one branch in place, from where its checkpoint was left, or from the start.

    Args:
        classifier, branch: the net and the branch of it that learns.
        windows: what it learns from.
        config, fit: regime and how fine-tuning goes.
        multiclass: whether labels exclude one another.
        seed: order of the windows, what augmentations draw, and start of the head of a net from scratch; the global
            random state stays as it is.
        watched: held out of training; its loss picks the epoch whose weights are kept. None keeps the last one's.
        cache: keeps what frozen blocks make of windows between runs.
        checkpoint: the file that says how far the branch has come; None leaves none.
        tick: told of progress.

    Returns:
        One row per epoch: `epoch`, `loss`, and `validation_loss` where something was held out.

    Raises:
        ConfigError: for devices that cannot be had, and when the loss becomes no number.
        RequestError: when the checkpoint was left by training on something else.
    """
    _prepare(branch, config, seed)
    mark = mark_of(classifier, branch, config, fit, (windows, watched), multiclass, seed) if checkpoint else ""
    left = Checkpoint(checkpoint, mark)
    state = left.read()
    if state is None or not state["finished"]:
        lesson = Lesson.of(config, fit, windows.window_targets, multiclass=multiclass, seed=seed)
        with torch.random.fork_rng(devices=[]):
            module = _taught(classifier, branch, lesson, left, state, (windows, watched), cache, tick)
        found = module.best if module.best is not None else learned(branch).state_dict()
        state = {"finished": True, "rows": module.rows, "learned": found, "best": None}
        left.write(state)
    learned(branch).load_state_dict(state["learned"])
    classifier.to("cpu", torch.float32).eval()
    rows: list[Row] = state["rows"]
    return rows


def _prepare(branch: Branch, config: TrainedBranchConfig, seed: int) -> None:
    """Freeze what does not learn; the head of a net from scratch starts anew."""
    assert branch.backbone is not None
    branch.backbone.freeze(config.last_blocks if config.regime == "last_blocks" else None)
    branch.head.clip.fill_(float("inf"))
    if config.regime == "scratch":
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            for layer in branch.head.modules():
                if isinstance(layer, nn.Linear):
                    layer.reset_parameters()


def _taught(
    classifier: Classifier,
    branch: Branch,
    lesson: Lesson,
    left: Checkpoint,
    state: State | None,
    sides: tuple[WindowSet, WindowSet | None],
    cache: FeatureCache | None,
    tick: Tick,
) -> BranchTraining:
    """The branch's training, over."""
    assert branch.backbone is not None
    fit, scratch = lesson.fit, lesson.config.regime == "scratch"
    n_windows = sum(len(side.signal_of_window) for side in sides if side is not None)
    way = way_of(classifier, branch, sides[0].batches[0].rows(slice(0, 1)), n_windows, mixes=fit.mixup > 0)
    # Lightning trains a net in the mode it finds it in.
    module = BranchTraining(way.anew, branch, way.n_run, lesson, left).train()
    branch.backbone.train(scratch)
    if state is not None:
        module.goes_on_from(state)
    if is_over(module.rows, fit):
        return module
    way.kept.eval()
    learning, watching = (
        ReadyWindows(made(way, classifier, branch, side, cache, tick), side.window_targets, order) if side else None
        for side, order in zip(sides, _orders(lesson, sides[1]), strict=True)
    )
    assert learning is not None
    done = len(module.rows)
    ticking = Ticking(tick, f"training ({lesson.config.regime})", done * lesson.steps_an_epoch, lesson.n_steps)
    logger = logger_of(fit, left.path)
    trainer = trainer_of(fit, fit.epochs - done, follows_data=scratch, logger=logger, callbacks=[ticking])
    run(trainer, module, learning, watching)
    return module


def _orders(lesson: Lesson, watched: WindowSet | None) -> tuple[Order, Order]:
    """At random what is learned from, and as it lies what watches."""
    batch = lesson.fit.batch_windows
    n_watched = 0 if watched is None else len(watched.signal_of_window)
    return Order(lesson.n_windows, batch, lesson.seed, lesson.weights), Order(n_watched, batch)
