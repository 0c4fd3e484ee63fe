"""Summary: a page of entries counted, for the reader who has half a minute."""

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.reporting.diagnosed.entry import Entry
from pipeline.reporting.wording import MEANINGS, plain
from pipeline.verdict import Outcome


@dataclass(frozen=True)
class Summary:
    """What a page says before its table.

    Attributes:
        entries: all of the page.
    """

    entries: Sequence[Entry]

    @property
    def by_label(self) -> list[tuple[str, int]]:
        """How many signals have each label, the commonest first; AMBIGUOUS ones, and those without an answer, last."""
        clear = [entry.verdict for entry in self.entries if entry.verdict.verdict is not Outcome.AMBIGUOUS]
        counts = Counter(label for verdict in clear for label in verdict.labels)
        ranked = [
            (plain(label), count) for label, count in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        ]
        left = {"open (AMBIGUOUS)": len(self.entries) - len(clear), "no answer": sum(not one.labels for one in clear)}
        return ranked + [(name, count) for name, count in left.items() if count]

    @property
    def outcomes(self) -> list[tuple[Outcome, int, str]]:
        """The kinds of answer on the page, how many, and what each means."""
        counts = Counter(entry.verdict.verdict for entry in self.entries)
        return [(outcome, counts[outcome], MEANINGS[outcome]) for outcome in Outcome if counts[outcome]]

    @property
    def knows_truth(self) -> bool:
        """Whether the truth of any signal is known."""
        return any(entry.truth is not None for entry in self.entries)

    @property
    def accuracy(self) -> str:
        """How many answers are exactly right, as a sentence's part; signals without an answer are not right."""
        known = [entry for entry in self.entries if entry.truth is not None]
        right, silent = sum(entry.right is True for entry in known), sum(entry.right is None for entry in known)
        told = f"{right} of {len(known)} ({100 * right / len(known):.0f} %)" if known else "not known"
        return f"{told}; {silent} without an answer" if silent else told

    @property
    def score_title(self) -> str:
        """What the column of numbers may be called."""
        with_numbers = [entry.verdict for entry in self.entries if entry.verdict.probabilities]
        return "probability" if all(verdict.calibrated for verdict in with_numbers) else "score"

    @property
    def knows_physics(self) -> bool:
        """Whether physics was asked of any signal."""
        return any(entry.verdict.witness is not None for entry in self.entries)


def shared_folder(sources: Sequence[str]) -> str:
    """The folder that all recordings are in, empty where there is none.

    Example:
        >>> shared_folder(["inbox/a.wav", "inbox/b/c.wav"]), shared_folder(["a.wav", "inbox/b.wav"])
        ('inbox', '')
    """
    try:
        return os.path.commonpath([os.path.dirname(source) for source in sources])  # noqa: PTH120 - names, not files
    except ValueError:
        return ""
