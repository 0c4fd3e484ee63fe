"""Witness: what physics alone says of one signal, label by label, and what it could not be asked."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, Self

from pipeline.signals.labels import HEALTHY

NO_BEARING = "no bearing is known; give --bearing NAME, or its geometry"
NO_GEAR = "no gear is known; give --gear TEETH:TEETH"

Agreement = Literal["yes", "no", "not applicable"]


@dataclass(frozen=True)
class FaultLine:
    """What was found, or not, where one fault would show.

    Attributes:
        label: of the fault.
        order: where its lines stand, in multiples of shaft speed, as measured; slip moves it a little.
        hz: the same in hertz.
        stated_order: where geometry puts it.
        harmonics: how many of its first multiples stand out.
        snr_db: the highest of them over the median of the same measure at random orders.
        p_value: how often random orders do as well.
        band_hz: the carrier band whose envelope shows them best; None for lines of the plain spectrum.
        found: whether the witness says that it is there, at its level.
        hint: found in the plain spectrum: sound machines have such lines too, weaker; level or direction must decide.
        note: what its reader must know, such as whose companion it is.
    """

    label: str
    order: float
    hz: float
    stated_order: float
    harmonics: int
    snr_db: float
    p_value: float
    band_hz: tuple[float, float] | None = None
    found: bool = False
    hint: bool = False
    note: str = ""

    def times(self, multiple: int) -> Self:
        """The same told by another of its lines."""
        order, hz, stated = (multiple * each for each in (self.order, self.hz, self.stated_order))
        return replace(self, order=order, hz=hz, stated_order=stated)

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it, rounded to what was measured."""
        plain: dict[str, Any] = {
            "label": self.label,
            "order": round(self.order, 4),
            "hz": round(self.hz, 2),
            "harmonics": self.harmonics,
            "snr_db": round(self.snr_db, 1),
            "p_value": round(self.p_value, 4),
            "found": self.found,
            "hint": self.hint,
        }
        if self.band_hz is not None:
            plain["band_hz"] = [round(hz) for hz in self.band_hz]
        return plain | ({"note": self.note} if self.note else {})


@dataclass(frozen=True)
class OtherLine:
    """A comb of lines in the envelope that no part of this bearing explains: a neighbour's, or not known.

    Attributes:
        order, hz: its first line.
        snr_db: as of a `FaultLine`.
    """

    order: float
    hz: float
    snr_db: float


@dataclass(frozen=True)
class Witness:
    """What physics alone says of one signal.

    Attributes:
        lines: one per label that could be asked.
        unasked: label -> why it could not be asked, and what to give.
        others: combs that are not of this bearing.
        floor: the smallest p-value that so many random orders can give.
        level: the chance, over all labels together, that something is found where nothing is.
        turns: of the shaft, in a segment whose spectra were averaged.
        segments: so many.

    Example:
        >>> line = FaultLine("ball", 4.7, 141.0, 4.71, 3, 14.2, 0.001, found=True)
        >>> told = Witness((line,), unasked={"gear_tooth": "no gear"})
        >>> told.found, agreement(told, ["ball"]), agreement(told, ["healthy"]), agreement(told, ["gear_tooth"])
        (('ball',), 'yes', 'no', 'no')
    """

    lines: tuple[FaultLine, ...] = ()
    unasked: Mapping[str, str] = field(default_factory=dict)
    others: tuple[OtherLine, ...] = ()
    floor: float = 1.0
    level: float = 0.05
    turns: float = 0.0
    segments: int = 0

    @property
    def found(self) -> tuple[str, ...]:
        """Labels whose lines are there."""
        return tuple(line.label for line in self.lines if line.found)

    @property
    def hints(self) -> tuple[str, ...]:
        """Labels that the plain spectrum hints at."""
        return tuple(line.label for line in self.lines if line.hint)

    def to_dict(self, labels: Collection[str] | None = None, known: Collection[str] | None = None) -> dict[str, Any]:
        """What was said as plain values, ready for JSON and for a verdict's `witness`.

        Args:
            labels: of a verdict, for `agrees`; None where there is none to agree with.
            known: labels that the verdict's model knows; see `agreement`.
        """
        plain: dict[str, Any] = {} if labels is None else {"agrees": agreement(self, labels, known)}
        return plain | {
            "lines": [line.to_dict() for line in self.lines if line.found or line.hint],
            "absent": [line.to_dict() for line in self.lines if not (line.found or line.hint)],
            "not_asked": dict(self.unasked),
            "others": [{"order": round(each.order, 4), "hz": round(each.hz, 2)} for each in self.others],
            "level": self.level,
            "floor": round(self.floor, 6),
        }


def agreement(witness: Witness, labels: Collection[str], known: Collection[str] | None = None) -> Agreement:
    """Whether physics says the same as a verdict.

    Args:
        witness: of the same signal.
        labels: of the verdict; `healthy`, or none, says that nothing is wrong.
        known: labels the verdict's model could have given; what the witness finds beyond them contradicts nothing.
            All, if absent.

    Returns:
        "yes": all that the verdict names and the witness could be asked is there, and nothing else is. "no": something
        of it is not there, or something else is. "not applicable": none of it could be asked, or nothing is said to be
        wrong beside lines that no part of this bearing makes. Hints speak for what a
        verdict names, never against it. A ball's own line is often too weak to be seen where the cage's line, which
        every rolling element's fault makes, is seen: then the witness neither confirms nor denies a ball.

    Example:
        >>> agreement(Witness(unasked={"ball": "no speed"}), ["ball"])
        'not applicable'
    """
    named = {label for label in labels if label != HEALTHY}
    asked = {line.label for line in witness.lines}
    there = set(witness.found) | set(witness.hints)
    against = {label for label in witness.found if label not in named and (known is None or label in known)}
    if "ball" in named:
        against -= {"cage"}
    if against:
        return "no"
    decided = named & asked
    missing = decided - there
    if missing == {"ball"} and "cage" in there:
        decided, missing = decided - missing, set()
    if missing:
        return "no"
    could_be_asked = decided if named else {line.label for line in witness.lines if not _rotor(line)}
    return "yes" if could_be_asked and (named or not witness.others) else "not applicable"


def unexplained(witness: Witness, labels: Collection[str]) -> tuple[str, ...]:
    """What a verdict without a fault leaves open: lines that no part of this bearing makes.

    Args:
        witness: of the same signal.
        labels: of the verdict.

    Example:
        >>> (told,) = unexplained(Witness(others=(OtherLine(4.375, 131.03, 20.0),)), ["healthy"])
        >>> told.split(":")[0]
        'physics hears lines at 131 Hz, order 4.375, which no part of this bearing makes'
    """
    if set(labels) - {HEALTHY} or not witness.others:
        return ()
    loudest = max(witness.others, key=lambda line: line.snr_db)
    return (
        f"physics hears lines at {loudest.hz:.4g} Hz, order {loudest.order:.4g}, which no part of this bearing makes: "
        "another machine's, or speed or bearing are not as stated",
    )


def _rotor(line: FaultLine) -> bool:
    """Whether it speaks of lines that sound machines have too; such silence says nothing of a machine's health."""
    return line.band_hz is None
