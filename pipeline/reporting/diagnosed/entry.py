"""Entry: one diagnosis as a page shows it, in the table and in a section of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.reporting.condition_words import condition_words, speed_words
from pipeline.reporting.diagnosed.figure import signal_figure
from pipeline.reporting.drawing import data_uri
from pipeline.reporting.second_opinions import second_opinions
from pipeline.reporting.wording import answer, physics_words, plain, score_text, score_word, sentence
from pipeline.signals.labels import HEALTHY
from pipeline.verdict import Verdict

if TYPE_CHECKING:
    from pipeline.diagnosis.evidence import Evidence


@dataclass(frozen=True)
class Entry:
    """One diagnosis, ready to be shown.

    Attributes:
        place: 1 for the first on the page.
        name: the recording, without the folder that all of them share.
        verdict, evidence: the diagnosis.
        truth: what is known to be true, None where nobody has said.

    Example:
        >>> from pipeline.verdict import Outcome
        >>> entry = Entry(1, "a.wav", Verdict("x/a.wav", Outcome.UNCALIBRATED, ("ball",)), truth=("ball",))
        >>> entry.anchor, entry.answer, entry.mark
        ('signal-1', 'ball', ('✓', 'right'))
    """

    place: int
    name: str
    verdict: Verdict
    evidence: "Evidence | None" = None
    truth: tuple[str, ...] | None = None

    @property
    def anchor(self) -> str:
        """Where the page links to."""
        return f"signal-{self.place}"

    @property
    def answer(self) -> str:
        """The labels in plain English."""
        return answer(self.verdict)

    @property
    def sentence(self) -> str:
        """The verdict in words."""
        return sentence(self.verdict)

    @property
    def opinions(self) -> list[str]:
        """What cannot be ruled out, how strange the signal is, and what physics says, a sentence each."""
        return second_opinions(self.verdict)

    @property
    def physics(self) -> str:
        """Whether physics agrees, for a cell of the table."""
        return physics_words(self.verdict)

    @property
    def scores_title(self) -> str:
        """What the numbers of all labels are; of a signal without an answer they are told, and promise nothing."""
        if not self.verdict.calibrated:
            return "Scores (not calibrated)"
        return "Probabilities" if self.verdict.labels else "Probabilities, had it been like those trained on"

    @property
    def speed(self) -> str:
        """The speed, and who stated it."""
        return speed_words(self.verdict.condition)

    @property
    def condition(self) -> list[tuple[str, str]]:
        """What is known of rate, speed and the like."""
        return condition_words(self.verdict.condition)

    @property
    def score_word(self) -> str:
        """What the numbers may be called."""
        return score_word(self.verdict.calibrated)

    @property
    def scores(self) -> list[tuple[str, str, bool]]:
        """(label, score, whether it is part of the answer), the highest first."""
        ranked = sorted(self.verdict.probabilities.items(), key=lambda item: -item[1])
        return [(self._told(label), score_text(score), label in self.verdict.labels) for label, score in ranked]

    def _told(self, label: str) -> str:
        derived = label == HEALTHY and self.verdict.task == "multilabel"
        return "healthy (derived: 1 minus the highest)" if derived else plain(label)

    @property
    def highest(self) -> str:
        """The highest score alone; of a signal without an answer none, as nothing is promised of it."""
        shown = self.verdict.probabilities and self.verdict.labels
        return score_text(max(self.verdict.probabilities.values())) if shown else ""

    @property
    def truth_words(self) -> str:
        """What is true, in plain English."""
        return "not known" if self.truth is None else ", ".join(map(plain, self.truth)) or "healthy"

    @property
    def right(self) -> bool | None:
        """Whether the labels are exactly the true ones; None without truth or answer."""
        if self.truth is None or not self.verdict.labels:
            return None
        return set(self.verdict.labels) == set(self.truth or (HEALTHY,))

    @property
    def mark(self) -> tuple[str, str]:
        """Sign and word for right or wrong, so that neither colour nor sign is needed to tell."""
        if self.right is None:
            return "", "no answer" if self.truth is not None else ""
        return ("✓", "right") if self.right else ("✗", "wrong")

    @property
    def lines(self) -> str:
        """Where each fault of the bearing would show, in words."""
        lines_hz: Mapping[str, float] = self.evidence.lines_hz if self.evidence else {}
        return ", ".join(f"{plain(label)} {hz:.1f} Hz" for label, hz in lines_hz.items())

    @property
    def alternative(self) -> str:
        """The figure for those who do not see it."""
        marked = f"with the fault lines marked: {self.lines}" if self.lines else "without fault lines"
        return (
            f"{self.sentence} The figure shows the waveform, the {self.score_word} of every label, the image the "
            f"network saw, and the squared-envelope spectrum {marked}."
        )

    def figure(self) -> str:
        """The figure as a data URI, drawn when asked for, so that a long page needs no more memory than a short one."""
        assert self.evidence is not None
        return data_uri(signal_figure(self.verdict, self.evidence))
