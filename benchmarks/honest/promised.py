"""Promised: models calibrated on their training side as `train` does it, and what they say of signals never met."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch

from honest.protocol import Protocol, ProtocolSplit
from pipeline.catalog.row import Row
from pipeline.catalog.splitting.groups import part_of
from pipeline.config import CalibrationConfig, RunConfig
from pipeline.diagnosis.judging import Judge, listen
from pipeline.diagnosis.pooling import answered, pooled_logits, probabilities
from pipeline.evaluation.judged import Judged
from pipeline.models.bundle import Model
from pipeline.models.features import FeatureCache
from pipeline.models.inference import FeatureMaker
from pipeline.preprocessing.base import Batch
from pipeline.signals.labels import HEALTHY
from pipeline.training.learn import Plan, learn
from pipeline.training.out_of_fold import out_of_fold
from pipeline.training.window_set import WindowSet
from pipeline.workflow.training_run.calibration import FoldWatch, with_calibration
from pipeline.workflow.training_run.preparation import plan_of


@dataclass(frozen=True)
class Promised:
    """A calibrated model, at hand.

    Attributes:
        model: with its calibration.
        judge: of its answers.
        maker: of its logits and features.
    """

    model: Model
    judge: Judge
    maker: FeatureMaker


def promised(plan: Plan, windows: WindowSet, cache: FeatureCache, k: int = 5) -> Promised:
    """Train, score grouped folds, calibrate.

    Args:
        plan: what to train.
        windows: the training side.
        cache: of features.
        k: folds.
    """
    model, _ = learn(plan, windows, cache=cache, with_reference=False)
    watch = FoldWatch(windows, plan.multiclass, cache)
    scored = out_of_fold(plan, windows, k, cache=cache, watch=watch)
    model = with_calibration(model, windows, scored, watch, CalibrationConfig())
    return Promised(model, Judge.of(model), FeatureMaker(model.classifier, cache))


def both_ways(found: Promised, row: Row, batch: Batch, known: bool = True) -> tuple[Judged, Judged]:
    """One signal as judged with calibration, and as the model's scores alone would say it.

    Args:
        found: the model.
        row: whose signal; its labels are the truth.
        batch: its windows.
        known: whether the model was taught its labels.
    """
    listened = listen(found.maker, [batch])
    said, card = found.judge.judge(listened), found.model.card
    blank = Judged(
        row.signal, part_of(row)[1], row.source, tuple(row.labels) or (HEALTHY,), known=known,
        condition={name: str(value) for name, value in row.condition.items()},
    )  # fmt: skip
    ours = blank._replace(
        answer=said["labels"], outcome=str(said["verdict"]), probabilities=said["probabilities"], calibrated=True,
        set=said["set"], unsure=said["unsure"], level=said["level"], outside_p=said.get("outside_p"),
    )  # fmt: skip
    pooled, multiclass = pooled_logits(listened.logits), card.task == "multiclass"
    plain = blank._replace(
        answer=answered(pooled, card.labels, multiclass), probabilities=probabilities(pooled, card.labels, multiclass)
    )
    return ours, plain


def signals_of(setting: Protocol, windows: torch.Tensor) -> list[int]:
    """The signals that some windows are of, by their places."""
    return [int(place) for place in torch.unique(setting.windows.signal_of_window[windows])]


def without(plan: Plan, label: str) -> Plan:
    """The same plan for a model that is not taught a label."""
    return replace(plan, labels=tuple(name for name in plan.labels if name != label))


def plan_for(config: RunConfig, setting: Protocol) -> Plan:
    """A config's plan on the signals of a protocol."""
    return plan_of(config, setting.sides)


def split_judged(
    setting: Protocol, one: ProtocolSplit, plan: Plan, cache: FeatureCache
) -> tuple[Promised, list[tuple[Judged, Judged]]]:
    """A split's model, and its test side both ways."""
    windows = setting.windows
    found = promised(plan, windows.some(signals_of(setting, one.train)), cache)
    tested: Sequence[int] = signals_of(setting, one.test)
    return found, [both_ways(found, windows.rows[place], windows.batches[place]) for place in tested]
