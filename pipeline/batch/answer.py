"""Answer: what a diagnoser says of one signal, and how strong it was; what a store keeps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from pipeline.readers.places import Place
from pipeline.signals.levels.level import Level
from pipeline.verdict import Outcome, Verdict


class Owner(NamedTuple):
    """Whose a signal is; empty where nobody says.

    Attributes:
        machine, point, site: as a store keeps them.
    """

    machine: str = ""
    point: str = ""
    site: str = ""


NOBODY = Owner()


class ModelFacts(NamedTuple):
    """Which model answers.

    Attributes:
        name, fingerprint: of its bundle.
        task: "multiclass" or "multilabel".
        labels: what it can answer.
    """

    name: str
    fingerprint: str
    task: str
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """A verdict with what a store keeps beside it.

    Attributes:
        verdict: on one signal.
        machine, point, site: whose signal it was; empty where nobody says.
        level: nothing of a signal that could not be read.
        measured_at: when it was recorded.
        measured_from: who says so: "file" itself, the time its "file system" gives it, or our own "clock" where that
            one lies in the future.
        evidence: pictures of the signal, packed; None where none are kept.
    """

    verdict: Verdict
    machine: str = ""
    point: str = ""
    site: str = ""
    level: Level = field(default_factory=Level)
    measured_at: datetime | None = None
    measured_from: str = ""
    evidence: bytes | None = field(default=None, repr=False)


def refused(source: str, reason: str, model: ModelFacts, owner: Owner = NOBODY) -> Answer:
    """The answer on a file that could not even be read.

    Args:
        source: the file.
        reason: why.
        model: that was to answer.
        owner: whose it is, as far as that can be told without reading it.
    """
    known = {"task": model.task, "model": model.name, "model_fingerprint": model.fingerprint}
    return Answer(Verdict(source, Outcome.UNUSABLE, reason=reason, **known), *owner)  # type: ignore[arg-type]


Diagnose = Callable[[Place, str], Sequence[Answer]]
"""A file, and its path below the inbox, to one answer per signal; what cannot be read is an UNUSABLE answer."""

OwnerOf = Callable[[Place, str], Owner]
"""A file, and its path below the inbox, to whose it is, without reading it; it raises nothing."""


def nobodys(_place: Place, _source: str) -> Owner:
    """Whose files are where nothing is stated of them."""
    return NOBODY
