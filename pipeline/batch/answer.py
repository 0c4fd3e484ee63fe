"""Answer: what a diagnoser says of one signal, and how loud it was; what a store keeps."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import numpy as np

from pipeline.readers.places import Place
from pipeline.signals.quality.moments import Moments
from pipeline.signals.signal import Signal
from pipeline.verdict import Outcome, Verdict


class Level(NamedTuple):
    """How loud a signal was, in its unit; None where a figure cannot be told.

    Attributes:
        rms, peak: of the samples, their mean removed.
        kurtosis: fourth moment over the squared second; 3 for Gaussian noise.
    """

    rms: float | None = None
    peak: float | None = None
    kurtosis: float | None = None


def level_of(signal: Signal) -> Level:
    """The level of a signal, walked through piece by piece; samples that are no numbers are left out.

    Raises:
        ReadError: when its file turns out damaged on the way.

    Example:
        >>> import numpy as np
        >>> level_of(Signal(np.array([[3.0, 1.0, 3.0, 1.0]])))
        Level(rms=1.0, peak=1.0, kurtosis=1.0)
    """
    moments = Moments()
    for block in signal.blocks():
        samples = block[0]
        finite = np.isfinite(samples)
        moments = moments.joined(Moments.of(samples if finite.all() else samples[finite]))
    told = moments._replace(
        mean=0.0, lowest=moments.lowest - moments.mean, highest=moments.highest - moments.mean
    ).statistics()
    return Level(told["rms"], told["peak"], told["kurtosis"])


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
