"""Page: an evaluation as one self-contained HTML file that needs no network and no scripts."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from pipeline.reporting.drawing import data_uri
from pipeline.reporting.evaluated.by_condition import MOST_ROWS, condition_figure, shown_share
from pipeline.reporting.evaluated.curves import reliability_figure, risk_coverage_figure
from pipeline.reporting.evaluated.headlines import headlines, span
from pipeline.reporting.templates import encoded, made_words, template
from pipeline.reporting.wording import MEANINGS, plain, score_word
from pipeline.verdict import Outcome
from pipeline.whole_file import write_whole

Figures = Mapping[str, Any]

MOST_SKIPPED = 200
"""Skipped signals that are listed with their reasons."""


def write_evaluation(
    path: Path, found: Figures, *, facts: Mapping[str, str], made_at: datetime | None = None
) -> Path:  # fmt: skip
    """Write what `evaluate` found as one page.

    Args:
        path: the HTML file; replaced whole.
        found: what `evaluate` returns.
        facts: what else is to be known, such as the model's fingerprint and the catalog.
        made_at: shown on the page; now unless given.

    Returns:
        The path.

    Raises:
        RequestError: when the disk is full or not writable; an older page is left as it was.
    """
    verdicts = found["verdicts"]
    word = score_word(verdicts["calibrated"])
    parts = template("evaluated/page.html").generate(
        found=found,
        verdicts=verdicts,
        facts={name: told for name, told in facts.items() if told},
        headlines=headlines(verdicts),
        outcomes=[(name, count, MEANINGS[Outcome(name)]) for name, count in verdicts["outcomes"].items()],
        unsaid=[verdicts[part]["note"] for part in ("coverage", "calibration", "outside") if "note" in verdicts[part]],
        pictures=_pictures(verdicts, word),
        shown=shown_share(verdicts["coverage"]),
        n_conditions=1 + sum(map(len, verdicts["coverage"]["by_condition"].values())),
        most_rows=MOST_ROWS,
        most_skipped=MOST_SKIPPED,
        word=word,
        words=words,
        mean_told=mean_told,
        span=span,
        made_at=made_words(made_at),
    )
    return write_whole(path, encoded(parts))


def words(labels: list[str]) -> str:
    """A combination of labels in plain English.

    Example:
        >>> words(["outer_race", "ball"]), words([])
        ('outer race + ball', 'no answer')
    """
    return " + ".join(map(plain, labels)) or "no answer"


def mean_told(percent: float) -> str:
    """A mean probability, never rounded to certainty.

    Example:
        >>> mean_told(57.3), mean_told(99.7), mean_told(0.2)
        ('57 %', '> 99 %', '< 1 %')
    """
    if percent > 99:
        return "> 99 %"
    return "< 1 %" if percent < 1 else f"{percent:.0f} %"


def _pictures(verdicts: Figures, word: str) -> dict[str, tuple[str, str]]:
    """Name -> (the picture as a data URI, what it shows in words)."""
    found, coverage = {}, verdicts["coverage"]
    if "note" not in verdicts["calibration"]:
        calibration, risk = verdicts["calibration"], verdicts["risk_coverage"]
        found["reliability"] = data_uri(reliability_figure(calibration, word)), _reliability_told(calibration, word)
        found["risk"] = data_uri(risk_coverage_figure(risk)), _risk_told(risk)
    if coverage["by_condition"] and coverage[shown_share(coverage)]:
        told = "Interval plot of the shares in the table below, a row for each value of each condition."
        found["conditions"] = data_uri(condition_figure(coverage, verdicts["level"])), told
    return found


def _reliability_told(calibration: Figures, word: str) -> str:
    bins = "; ".join(
        f"said {one['probability']:.0f} %, true {one['share']:.0f} % of {one['n']}" for one in calibration["curve"]
    )
    return f"Reliability diagram of {calibration['of']}, by {word}: {bins}."


def _risk_told(risk: Figures) -> str:
    marks = [next(k for k, share in enumerate(risk["coverage"]) if share >= at) for at in (25, 50, 75, 100)]
    told = ", ".join(f"{risk['risk'][k]:.1f} % at {risk['coverage'][k]:.0f} %" for k in marks)
    own = risk.get("own_point")
    point = ""
    if own and own["risk"]:
        point = f"; CONFIDENT verdicts: {own['risk']['of_recordings']:.1f} % wrong at {own['coverage']:.0f} %"
    return f"Risk-coverage curve, share wrong at share answered: {told}{point}."
