"""Judging: what a model makes of a signal's windows to an outcome, the labels, and what is promised of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil
from typing import Any, NamedTuple

import torch
from torch import Tensor

from pipeline.diagnosis.calibration.calibration import Calibration
from pipeline.diagnosis.calibration.conformal import ROUNDING, fewest_parts, highest_level
from pipeline.diagnosis.calibration.fitting import OUT_OF_FOLD
from pipeline.diagnosis.outside.makeup import makeup
from pipeline.diagnosis.outside.strangeness import Heard, Outside
from pipeline.diagnosis.pooling import answered, pooled_logits, probabilities
from pipeline.errors import RequestError
from pipeline.models.bundle import Model
from pipeline.models.engines.engine import Engine
from pipeline.preprocessing.base import Batch
from pipeline.verdict import Outcome


class Listened(NamedTuple):
    """What a model heard in a signal.

    Attributes:
        logits: (window, label).
        heard: means over windows, of one signal; None where its engine hands on no features.
    """

    logits: Tensor
    heard: Heard | None


def listen(engine: Engine, batches: Iterable[Batch]) -> Listened:
    """Push a signal's windows through a model, once."""
    logits, features, made, count = [], [], [], 0
    for batch in batches:
        looked = engine.looked(batch)
        logits.append(looked.logits)
        count += len(batch.values)
        if looked.features is not None:
            features.append(looked.features.sum(dim=0))
            made.append(makeup(batch.values).mean(dim=1).sum(dim=0))
    each = torch.cat(logits)
    if not features:
        return Listened(each, None)
    seen, made_of = ((torch.stack(parts).sum(dim=0) / count)[None] for parts in (features, made))
    return Listened(each, Heard(seen, made_of, each.mean(dim=0, keepdim=True)))


@dataclass(frozen=True)
class Judge:
    """Says what a model's answers are worth.

    Attributes:
        model: whose answers.
        calibration: None for a model of too few parts.
        outside: None for a model that keeps nothing to compare signals with.
        level: share of sets promised to hold the truth.
    """

    model: Model
    calibration: Calibration | None
    outside: Outside | None
    level: float | None

    @classmethod
    def of(cls, model: Model, level: float | None = None) -> "Judge":
        """The judge of a model.

        Args:
            model: as loaded.
            level: other than the model's own.

        Raises:
            RequestError: for a level that is none, or one asked of a model without calibration.
            BundleError: when what the model keeps does not belong to its card.
        """
        card = model.card
        multiclass = card.task == "multiclass"
        if level is not None and not 0 < level < 1:
            raise RequestError(f"--level needs a number above 0 and below 1, such as 0.9; got {level:g}")
        if level is not None and card.calibration is None:
            raise RequestError(
                f"{card.name} is not calibrated, so no level can be kept; train it on 10 specimens or more, or leave "
                "the level out"
            )
        if card.calibration is None:
            return cls(model, None, None, None)
        found = Calibration.of_tensors(card.calibration, model.reference, card.labels, multiclass)
        # Calibrated on simulated machines it has none: simulated samples are made otherwise than any recording.
        outside = Outside.of_tensors(model.reference, multiclass) if card.calibration.basis == OUT_OF_FOLD else None
        return cls(model, found, outside, card.calibration.level if level is None else level)

    def judge(self, listened: Listened) -> dict[str, Any]:
        """The fields of a verdict that say what was found: from `verdict` and `labels` to `outside_p`."""
        if self.calibration is None:
            return self._uncalibrated(listened.logits)
        said = self.calibration.judge(listened.logits, self.level)
        found: dict[str, Any] = {
            "verdict": said.outcome,
            "labels": said.labels,
            "probabilities": said.probabilities,
            "calibrated": True,
            "set": said.set,
            "unsure": said.unsure,
            "level": self.level,
        }
        return found | self._strange(listened.heard)

    def _strange(self, heard: Heard | None) -> dict[str, Any]:
        """What changes where a signal is unlike anything trained on: no label, and no set that would promise one."""
        if heard is None or self.outside is None or self.calibration is None:
            return {}
        p = self.outside.p_value(heard)
        limit = max(self.calibration.card.outside_level, self.outside.known.floor)
        if self.calibration.card.outside_level == 0 or p > limit + ROUNDING:
            return {"outside_p": p}
        why = f"unlike anything trained on: {self.outside.why(heard)} (p = {p:.3g})"
        return {"verdict": Outcome.OUTSIDE, "labels": (), "set": None, "unsure": None, "outside_p": p, "reason": why}

    def _uncalibrated(self, logits: Tensor) -> dict[str, Any]:
        card = self.model.card
        multiclass = card.task == "multiclass"
        pooled = pooled_logits(logits)
        return {
            "verdict": Outcome.UNCALIBRATED,
            "labels": answered(pooled, card.labels, multiclass),
            "probabilities": probabilities(pooled, card.labels, multiclass),
        }

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a reader of any verdict must know of its promises."""
        if self.calibration is None or self.level is None:
            return ()
        card, told = self.calibration.card, []
        if card.basis != OUT_OF_FOLD:
            told.append(f"calibrated on {card.basis}; real ones may be otherwise")
        if self.level > highest_level(card.specimens):
            told.append(
                f"it is calibrated on {card.specimens} specimens, and sets at level {self.level:g} need "
                f"{ceil(fewest_parts(self.level))}: they leave nothing out"
            )
        return tuple(told)
