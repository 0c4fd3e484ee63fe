"""Diagnoser: a model put to use on signals, one verdict each."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from torch import Tensor

from pipeline.diagnosis.evidence import Evidence, gather_evidence
from pipeline.diagnosis.familiar import familiarity
from pipeline.diagnosis.judging import Judge, Listened, listen
from pipeline.diagnosis.witness.examine import examine
from pipeline.diagnosis.witness.witness import unexplained
from pipeline.errors import ReadError, UnusableError
from pipeline.models.bundle import Model
from pipeline.models.engines import ENGINES
from pipeline.models.features import FeatureCache
from pipeline.signals.quality.defects import defects
from pipeline.signals.signal import Signal
from pipeline.verdict import Outcome, Verdict

Wanted = bool | Callable[[Verdict], bool]
"""Of all verdicts, of none, or of some."""


def _wanted(wanted: Wanted, verdict: Verdict) -> bool:
    return wanted(verdict) if callable(wanted) else wanted


@dataclass(frozen=True)
class Diagnosis:
    """A verdict, the evidence beside it where there is any, and what it was made of.

    Attributes:
        verdict: on the signal.
        evidence: pictures, where they were asked for.
        window_logits: (window, label), of a signal that could be diagnosed.
        machine, point: whose the signal is, as far as catalog, side file or file say.
    """

    verdict: Verdict
    evidence: Evidence | None = field(default=None, repr=False)
    window_logits: Tensor | None = field(default=None, repr=False, compare=False)
    machine: str = ""
    point: str = ""


def unusable(source: str, reason: str, **known: Any) -> Verdict:
    """The verdict on a signal that could not be diagnosed.

    Example:
        >>> unusable("pump.wav", "empty file").verdict
        <Outcome.UNUSABLE: 'UNUSABLE'>
    """
    return Verdict(source=source, verdict=Outcome.UNUSABLE, reason=reason, **known)


class Diagnoser:
    """Turns signals into verdicts with one model.

    Args:
        model: a trained model.
        cache: features kept between runs; None computes them each time. Engines but torch keep none.
        engine: what turns windows into logits; pictures for the evidence are torch's.
        level: share of sets promised to hold the truth; the model's own by default.

    Raises:
        RequestError: for an unknown engine, or one whose runtime is not installed.
        BundleError: for an engine that the model was not exported to.
    """

    def __init__(
        self, model: Model, cache: FeatureCache | None = None, engine: str = "torch", level: float | None = None
    ) -> None:
        self.model = model
        self._engine = ENGINES[engine](model, cache)
        self._judge = Judge.of(model, level)

    def refused(self, source: str, reason: str, machine: str = "", point: str = "") -> Diagnosis:
        """The UNUSABLE verdict on a source that could not even be opened; and whose it is, where that is known."""
        card = self.model.card
        known = {"task": card.task, "model": card.name, "model_fingerprint": self.model.fingerprint}
        return Diagnosis(unusable(source, reason, **known), machine=machine, point=point)

    def diagnose(self, signal: Signal, with_evidence: Wanted = False, with_witness: Wanted = False) -> Diagnosis:
        """One verdict for one signal; a signal that cannot be used gets an UNUSABLE one, never an exception.

        Args:
            signal: what to diagnose.
            with_evidence: whether to gather pictures too, or for which verdicts.
            with_witness: whether to ask what physics alone says of the signal as recorded, or for which verdicts.
        """
        try:
            conditioned = self.model.card.intake.condition(signal)
            listened = self._listened(conditioned)
            verdict = self._verdict(conditioned, signal.rate_hz, listened)
        except (UnusableError, ReadError) as error:  # a long signal may turn out damaged while it is walked through
            verdict = unusable(signal.source, str(error), **self._known(signal))
            return Diagnosis(verdict, machine=signal.machine, point=signal.point)
        if _wanted(with_witness, verdict):
            verdict = self._witnessed(verdict, signal)
        evidence = gather_evidence(self.model, conditioned) if _wanted(with_evidence, verdict) else None
        return Diagnosis(verdict, evidence, listened.logits, signal.machine, signal.point)

    def _witnessed(self, verdict: Verdict, signal: Signal) -> Verdict:
        """The verdict with what physics says beside it, and what is wrong with the samples themselves.

        With no label there is nothing to agree with.
        """
        labels = verdict.labels or None
        witness = examine(signal)
        told = {"agrees": "not applicable"} | witness.to_dict(labels, self.model.card.labels)
        doubts = (*defects(signal), *unexplained(witness, verdict.labels))
        return replace(verdict, witness=told, warnings=(*verdict.warnings, *doubts))

    def _listened(self, signal: Signal) -> Listened:
        listened = listen(self._engine, self.model.card.intake.batches(signal))
        if not listened.logits.isfinite().all():
            raise UnusableError(
                "the model's answer is no finite number: samples so large or sparse are beyond single precision; "
                "check the file and its unit"
            )
        return listened

    def _verdict(self, signal: Signal, recorded_hz: float | None, listened: Listened) -> Verdict:
        known = self._known(signal)
        familiar = familiarity(signal.changed(rate_hz=recorded_hz), self.model.card.trained_on)
        known["warnings"] += (*familiar.warnings, *self._judge.warnings)
        if familiar.seen is not None:
            known["condition"]["seen_in_training"] = familiar.seen
        found = self._judge.judge(listened)
        return Verdict(source=signal.source, windows=len(listened.logits), **known | found)

    def _known(self, signal: Signal) -> dict[str, Any]:
        """What a verdict repeats of the signal and the model, usable or not."""
        card = self.model.card
        return {
            "channel": signal.channel,
            "sha256": signal.sha256,
            "task": card.task,
            "calibrated": False,
            "condition": self._condition(signal),
            "warnings": (
                *signal.warnings,
                *(f"the model is stamped: {stamp}" for stamp in card.stamps),
                *(f"the model's data: {note}" for note in card.notes),
            ),
            "history": signal.history,
            "model": card.name,
            "model_fingerprint": self.model.fingerprint,
        }

    def _condition(self, signal: Signal) -> dict[str, Any]:
        """Rate, speed and load, and who stated them."""
        condition: dict[str, Any] = {"rate_hz": signal.rate_hz, "speed_rpm": signal.speed_rpm, "unit": signal.unit}
        if signal.rate_hz is not None:
            condition["rate_from"] = signal.origins.get("rate_hz")
        if signal.speed_rpm is not None:
            condition["speed_from"] = signal.origins.get("speed_rpm")
        return condition | signal.condition
