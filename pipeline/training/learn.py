"""Learn: a plan and windows to a trained model; and grouped out-of-fold scores, for runs without a test side."""

import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from pipeline.catalog.row import Row
from pipeline.catalog.splitting.split import folds
from pipeline.models.bundle import Model, ModelCard, Task
from pipeline.models.classifier import Classifier
from pipeline.models.features import FeatureCache
from pipeline.models.inference import FeatureMaker
from pipeline.models.intake import Intake
from pipeline.models.intake_of import intake_of
from pipeline.models.weights import WeightsFile
from pipeline.preprocessing.base import Batch, Setting
from pipeline.preprocessing.chain import Chain, StageSpec
from pipeline.preprocessing.learned_stages import learned_stages
from pipeline.progress import Tick, unwatched
from pipeline.signals.conditioning.steps import StepSpec
from pipeline.training.fit import copies_wanted, fit, refuse_idle_mixup, start_weights
from pipeline.training.regime import FitConfig, TrainedBranchConfig
from pipeline.training.window_set import WindowSet
from pipeline.windows import WindowConfig


@dataclass(frozen=True)
class Plan:
    """What to train, resolved: no path and no catalog in it any more.

    Attributes:
        window: in samples, with how many a signal gives.
        centre: whether each signal's mean is removed.
        conditioning: steps done to every recording before that.
        stamps: what qualifies every output: "same part", "leaky".
        notes: what a reader of any output must know of the data.
    """

    name: str
    task: Task
    labels: tuple[str, ...]
    rate_hz: float | None
    window: WindowConfig
    stages: Sequence[StageSpec]
    branches: Sequence[TrainedBranchConfig]
    fit: FitConfig
    seed: int
    centre: bool = True
    conditioning: Sequence[StepSpec] = ()
    stamps: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def multiclass(self) -> bool:
        """Whether labels exclude one another."""
        return self.task == "multiclass"

    def start(self) -> "Start":
        """The net with the weights it starts from; everything that can be wrong with a plan is found here.

        Raises:
            FaultprintError: for a backbone, weights file or stage that cannot be had.
        """
        setting = Setting(self.rate_hz, self.window.length())
        branches = [branch.architecture for branch in self.branches]
        classifier = Classifier(self.stages, branches, setting, len(self.labels))
        files = [
            start_weights(branch, config, self.seed)
            for branch, config in zip(classifier.branches, self.branches, strict=True)
        ]
        refuse_idle_mixup(self.branches, self.fit)
        copies_wanted(classifier, self.fit)
        intake = intake_of(classifier, self.window, self.centre, self.conditioning)
        return Start(classifier, intake, tuple(files), setting)


@dataclass(frozen=True)
class Start:
    """Where training starts.

    Attributes:
        classifier: the net, its backbones filled, its heads not.
        intake: what it asks of a signal.
        files: per branch, where its weights came from; None for random ones.
        setting: what its stages were built for.
    """

    classifier: Classifier
    intake: Intake
    files: tuple[WeightsFile | None, ...]
    setting: Setting


def resolved_window(window: WindowConfig, rate_hz: float | None, rows: Sequence[Row]) -> WindowConfig:
    """The window in samples: turns are counted on the slowest signal.

    Example:
        >>> rows = [Row("a", "a.wav", speed_rpm=600.0), Row("b", "b.wav", speed_rpm=1200.0)]
        >>> resolved_window(WindowConfig(turns=10), 12000.0, rows).samples
        12000
    """
    speeds = [row.speed_rpm for row in rows]
    slowest = min((speed for speed in speeds if speed is not None), default=None) if None not in speeds else None
    length = window.length(rate_hz, slowest)
    return window.model_copy(update={"samples": length, "seconds": None, "turns": None})


def learn(
    plan: Plan,
    windows: WindowSet,
    *,
    start: Start | None = None,
    cache: FeatureCache | None = None,
    checkpoints: Path | None = None,
    tick: Tick = unwatched,
) -> tuple[Model, list[dict[str, float]]]:
    """Train one model.

    Args:
        plan, windows: what to train, and on what.
        start: the plan's start where it was made already; used up by training.
        cache: features kept between runs.
        checkpoints: where fine-tuning keeps its last checkpoint.
        tick: told of progress.

    Returns:
        The model, not saved yet, and its history.
    """
    start = start or plan.start()
    classifier = start.classifier
    _learn_stages(classifier, plan.stages, start.setting, windows)
    history = fit(
        classifier, windows, plan.branches, plan.fit,
        multiclass=plan.multiclass, seed=plan.seed, cache=cache, checkpoints=checkpoints, tick=tick,
    )  # fmt: skip
    sources = [
        {"backbone": config.backbone, "regime": config.regime, "head": config.head.model_dump(mode="json")}
        | ({"weights_file": file.path.name, "weights_sha256": file.sha256, "weights_from": file.origin} if file else {})
        for config, file in zip(plan.branches, start.files, strict=True)
    ]
    card = ModelCard(
        name=plan.name,
        task=plan.task,
        labels=plan.labels,
        stages=classifier.shared.specs,
        branches=[branch.config.model_copy(update={"stages": branch.chain.specs}) for branch in classifier.branches],
        intake=start.intake,
        stamps=plan.stamps,
        notes=plan.notes,
        trained_on=conditions_of(windows),
        provenance={"branches": sources, "seed": plan.seed, "versions": versions()},
    )
    return Model(card, classifier), history


def _learn_stages(classifier: Classifier, shared: Sequence[StageSpec], setting: Setting, windows: WindowSet) -> None:
    """Stages that must know the training side before they are used, rebuilt with what they learn from it."""
    stages = learned_stages(shared, setting, lambda: windows.batches)
    if stages != classifier.shared.specs:
        classifier.shared = Chain(stages, setting)
    for branch in classifier.branches:
        own = learned_stages(branch.chain.specs, classifier.shared.after, lambda: shared_images(classifier, windows))
        if own != branch.chain.specs:
            branch.chain = Chain(own, classifier.shared.after)


@torch.inference_mode()
def shared_images(classifier: Classifier, windows: WindowSet) -> Iterator[Batch]:
    """The training side as the shared stages leave it, signal by signal."""
    for batch in windows.batches:
        yield classifier.shared(batch)


def conditions_of(windows: WindowSet) -> dict[str, Any]:
    """What training saw: signals, windows, specimens, the span of speeds; and who they were, to know them again."""
    speeds = [row.speed_rpm for row in windows.rows if row.speed_rpm is not None]
    return {
        "signals": len(windows.rows),
        "windows": len(windows.signal_of_window),
        "specimens": len({row.specimen or row.signal for row in windows.rows}),
        "speeds_rpm": [min(speeds), max(speeds)] if speeds else None,
        "specimen_names": sorted({row.specimen for row in windows.rows if row.specimen}),
        "recordings": sorted({recording_mark(row) for row in windows.rows}),
    }


def recording_mark(row: Row) -> str:
    """What tells a signal again in another catalog: the start of its file's hash, and its channel.

    Example:
        >>> recording_mark(Row("a", "a.wav", channel="DE", sha256="0123456789abcdef0123"))
        '0123456789abcdef/DE'
    """
    return f"{(row.sha256 or row.source)[:16]}/{row.channel or ''}"


def seen_in_training(row: Row, trained_on: Mapping[str, Any]) -> bool:
    """Whether a model learned from this very recording, or from another of the same part."""
    return row.specimen in trained_on.get("specimen_names", ()) or recording_mark(row) in trained_on.get(
        "recordings", ()
    )


def versions() -> dict[str, str]:
    """Versions of what computes."""
    names = ("faultprint", "torch", "torchvision", "pytorch-lightning", "numpy", "scipy", "scikit-learn")
    return {"python": platform.python_version()} | {name: version(name) for name in names}


def window_logits(model: Model, windows: WindowSet, cache: FeatureCache | None = None) -> Tensor:
    """(window, label), signal by signal."""
    maker = FeatureMaker(model.classifier, cache)
    return torch.cat([maker.logits(batch) for batch in windows.batches])


def out_of_fold(
    plan: Plan, windows: WindowSet, k: int, *, cache: FeatureCache | None = None, tick: Tick = unwatched
) -> Tensor:
    """Logits of every window from a model that never saw its specimen: (window, label).

    Args:
        k: number of grouped folds.
    """
    place = {row.signal: index for index, row in enumerate(windows.rows)}
    owner = windows.signal_of_window
    logits = torch.zeros(len(owner), len(plan.labels))
    for done, (inside, outside) in enumerate(folds(windows.rows, k, seed=plan.seed)):
        tick("out-of-fold", done, k)
        held = [place[row.signal] for row in outside]
        model, _ = learn(plan, windows.some([place[row.signal] for row in inside]), cache=cache)
        scores = iter(window_logits(model, windows.some(held), cache))
        for index in held:
            for position in torch.nonzero(owner == index).flatten():
                logits[position] = next(scores)
    tick("out-of-fold", k, k)
    return logits
