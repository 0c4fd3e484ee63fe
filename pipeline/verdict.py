"""The verdict: the answer for one signal, as stored, printed and reported."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from enum import StrEnum
from typing import Any, Self


class Outcome(StrEnum):
    """What kind of answer a verdict is."""

    CONFIDENT = "CONFIDENT"
    AMBIGUOUS = "AMBIGUOUS"
    OUTSIDE = "OUTSIDE"
    UNUSABLE = "UNUSABLE"
    UNCALIBRATED = "UNCALIBRATED"


LISTS = ("labels", "set", "unsure", "warnings", "history")
OPTIONAL = frozenset({"set", "unsure", "level", "outside_p", "witness"})


@dataclass(frozen=True)
class Verdict:
    """The answer for one signal.

    Attributes:
        source: the recording, as the user named it.
        verdict: the kind of answer; `UNUSABLE` always comes with a `reason`.
        labels: what is diagnosed; `["healthy"]` where no fault is, empty where nothing could be said.
        channel: the channel that was listened to.
        sha256: hash of the file.
        probabilities: label -> probability. Multiclass: they sum to 1. Multilabel: one each, and `healthy`
            is derived as 1 - max.
        task: "multiclass" or "multilabel".
        calibrated: whether the probabilities were calibrated; without it the verdict is `UNCALIBRATED`.
        set: labels that cannot be ruled out at `level`; multilabel: faults, and `healthy` where none of them is left.
            None without calibration.
        unsure: multilabel: faults of the set that may as well be absent; its others are there. None without
            calibration, and for multiclass.
        level: share of verdicts whose set is promised to hold the truth; multilabel: per label, not jointly.
        outside_p: how often a signal like those trained on would look at least this strange; None where unknown.
        witness: what physics alone says: `agrees` ("yes", "no", "not applicable"), and `lines`. None if not asked.
        windows: how many windows were pooled.
        condition: rate, speed and where each came from.
        reason: why a signal is unusable, in one line.
        warnings: what a reader of the verdict must know.
        history: what was done to the samples.
        model: name of the model.
        model_fingerprint: hash of its bundle.

    Example:
        >>> verdict = Verdict("pump.wav", Outcome.UNUSABLE, reason="empty file")
        >>> verdict.to_dict()["verdict"], verdict.to_dict()["reason"]
        ('UNUSABLE', 'empty file')
    """

    source: str
    verdict: Outcome
    labels: tuple[str, ...] = ()
    channel: str | None = None
    sha256: str | None = None
    probabilities: dict[str, float] = field(default_factory=dict)
    task: str | None = None
    calibrated: bool = False
    set: tuple[str, ...] | None = None
    unsure: tuple[str, ...] | None = None
    level: float | None = None
    outside_p: float | None = None
    witness: dict[str, Any] | None = None
    windows: int = 0
    condition: dict[str, Any] = field(default_factory=dict)
    reason: str | None = None
    warnings: tuple[str, ...] = ()
    history: tuple[str, ...] = ()
    model: str | None = None
    model_fingerprint: str | None = None

    @property
    def usable(self) -> bool:
        """Whether the signal could be diagnosed at all."""
        return self.verdict is not Outcome.UNUSABLE

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """A verdict from what `to_dict` gave, of an older or a newer Faultprint too: unknown keys are left out.

        Example:
            >>> Verdict.from_dict({"source": "a.wav", "verdict": "CONFIDENT", "labels": ["ball"]}).labels
            ('ball',)
        """
        known = {key: plain[key] for key in (one.name for one in fields(cls)) if key in plain}
        known |= {key: tuple(known[key]) for key in LISTS if known.get(key) is not None}
        return cls(**known | {"verdict": Outcome(plain["verdict"])})

    def to_dict(self) -> dict[str, Any]:
        """The verdict as plain values, ready for JSON; keys of parts that a model or a run has not are absent."""
        plain = {key: value for key, value in asdict(self).items() if value is not None or key not in OPTIONAL}
        plain["verdict"] = str(self.verdict)
        plain["probabilities"] = {label: round(value, 6) for label, value in self.probabilities.items()}
        return plain | {key: list(plain[key]) for key in LISTS if key in plain}
