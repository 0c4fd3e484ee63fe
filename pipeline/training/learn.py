"""Learn: a plan and windows to a trained model."""

import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch

from pipeline.catalog.row import Row
from pipeline.models.bundle import Model, ModelCard, Task
from pipeline.models.classifier import Classifier
from pipeline.models.features import FeatureCache
from pipeline.models.intake import Intake
from pipeline.models.intake_of import intake_of
from pipeline.models.weights import WeightsFile
from pipeline.preprocessing.base import Batch, Setting
from pipeline.preprocessing.chain import Chain, StageSpec
from pipeline.preprocessing.learned_stages import learned_stages
from pipeline.progress import Tick, unwatched
from pipeline.signals.conditioning.steps import StepSpec
from pipeline.training.auto import settled
from pipeline.training.few_shots.reference import reference_of
from pipeline.training.fit import copies_wanted, fit, refuse_idle_mixup, start_weights
from pipeline.training.heads import HeadConfig
from pipeline.training.regime import FitConfig, TrainedBranchConfig
from pipeline.training.taken_over import take_over
from pipeline.training.trained_on import _with_those_of_bundles, conditions_of
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
        reasons: per branch, why `auto` chose its regime; None where the config named it, empty before that.
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
    reasons: tuple[str | None, ...] = ()

    @property
    def multiclass(self) -> bool:
        """Whether labels exclude one another."""
        return self.task == "multiclass"

    def settled(self, windows: WindowSet) -> "Plan":
        """The same with a regime for every branch that leaves it to the amount of data, `auto`.

        Args:
            windows: the training side.
        """
        if all(branch.regime != "auto" for branch in self.branches):
            return self
        found = settled(self.branches, self.fit, windows, self.labels)
        return replace(self, branches=found.branches, fit=found.fit, reasons=found.reasons)

    def start(self) -> "Start":
        """The net with the weights it starts from; everything that can be wrong with a plan is found here.

        Raises:
            FaultprintError: for a backbone, weights file or stage that cannot be had.
        """
        setting = Setting(self.rate_hz, self.window.length())
        branches = [branch.architecture for branch in self.branches]
        classifier = Classifier(self.stages, branches, setting, self.labels)
        intake = intake_of(classifier, self.window, self.centre, self.conditioning)
        files = [
            take_over(branch, config, self.labels, intake)
            if config.bundle
            else start_weights(branch, config, self.seed)
            for branch, config in zip(classifier.branches, self.branches, strict=True)
        ]
        refuse_idle_mixup(self.branches, self.fit)
        copies_wanted(classifier, self.fit)
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
    with_reference: bool = True,
    tick: Tick = unwatched,
) -> tuple[Model, list[dict[str, float]]]:
    """Train one model.

    Args:
        plan, windows: what to train, and on what.
        start: the plan's start where it was made already; used up by training.
        cache: features kept between runs.
        checkpoints: where fine-tuning keeps its last checkpoint.
        with_reference: whether the model keeps features of its training side, from which others can be enrolled.
        tick: told of progress.

    Returns:
        The model, not saved yet, and its history.
    """
    start, plan = start or plan.start(), plan.settled(windows)
    classifier = start.classifier
    learn_stages(classifier, plan.stages, start.setting, windows)
    fitted = fit(
        classifier, windows, plan.branches, plan.fit,
        multiclass=plan.multiclass, seed=plan.seed, cache=cache, checkpoints=checkpoints, tick=tick,
    )  # fmt: skip
    reasons = plan.reasons or (None,) * len(plan.branches)
    solved = [
        fitted.heads.get(branch, config.head) for branch, config in zip(classifier.branches, plan.branches, strict=True)
    ]
    sources = list(map(_source, plan.branches, start.files, solved, reasons))
    card = ModelCard(
        name=plan.name,
        task=plan.task,
        labels=plan.labels,
        stages=classifier.shared.specs,
        branches=[branch.config.model_copy(update={"stages": branch.chain.specs}) for branch in classifier.branches],
        intake=start.intake,
        stamps=plan.stamps,
        notes=plan.notes,
        trained_on=_with_those_of_bundles(conditions_of(windows), plan.branches),
        provenance={"branches": sources, "seed": plan.seed, "versions": versions()},
    )
    reference = reference_of(classifier, windows, fitted.features, cache).tensors() if with_reference else {}
    return Model(card, classifier, reference=reference), fitted.history


def _source(
    config: TrainedBranchConfig, file: WeightsFile | None, head: HeadConfig, reason: str | None
) -> dict[str, Any]:
    """Where a branch comes from, as its bundle tells it."""
    return (
        {"backbone": config.backbone, "regime": config.regime, "head": head.model_dump(mode="json")}
        | ({"weights_file": file.path.name, "weights_sha256": file.sha256, "weights_from": file.origin} if file else {})
        | ({"regime_reason": reason} if reason else {})
    )


def learn_stages(classifier: Classifier, shared: Sequence[StageSpec], setting: Setting, windows: WindowSet) -> None:
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


def versions() -> dict[str, str]:
    """Versions of what computes."""
    names = ("faultprint", "torch", "torchvision", "pytorch-lightning", "numpy", "scipy", "scikit-learn")
    return {"python": platform.python_version()} | {name: version(name) for name in names}
