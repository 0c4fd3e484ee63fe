"""Headlines: the figures that a reader wants first, each with its interval, what was counted, and what it means."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

Figures = Mapping[str, Any]


class Headline(NamedTuple):
    """One line of the first table.

    Attributes:
        name: what it is.
        value: with its unit.
        interval: of 95 %, or empty.
        of_recordings: the same with every recording counting once, or empty.
        counted: recordings and parts, or empty.
        meaning: in a sentence.
    """

    name: str
    value: str
    interval: str
    of_recordings: str
    counted: str
    meaning: str


def headlines(verdicts: Figures) -> list[Headline]:
    """What an evaluation found, the most wanted first.

    Example:
        >>> share = {"value": 90.0, "low": 55.5, "high": 99.75, "of_recordings": 92.0, "n": 40, "specimens": 10}
        >>> _of("right", share, "as it says").interval
        '55.5 to 99.8 %'
    """
    return [*_answers(verdicts), *_probabilities(verdicts), *_outside(verdicts["outside"])]


def _answers(verdicts: Figures) -> Iterator[Headline]:
    coverage = verdicts["coverage"]
    if verdicts["accuracy"]:
        yield _of("Answers exactly right", verdicts["accuracy"], "Withheld answers (OUTSIDE) are not right.")
    if coverage["held"]:
        each = " of each label, not of all at once" if verdicts["task"] == "multilabel" else ""
        told = f"Promised: {verdicts['level']:.4g} %{each}."
        yield _of("Sets that hold the truth", coverage["held"], told)
        yield Headline(
            "Labels in a set", f"{coverage['set_size']:.2f}", "", "", _counted(coverage["held"]), "On average."
        )
    if coverage["confident"]:
        yield _of("CONFIDENT verdicts", coverage["confident"], "The others are left to a person.")
    own = verdicts["risk_coverage"].get("own_point")
    if own and own["risk"]:
        yield _of("Wrong among CONFIDENT", own["risk"], "Of signals whose labels the model knows.")


def _probabilities(verdicts: Figures) -> Iterator[Headline]:
    calibration, brier, risk = (verdicts[name] for name in ("calibration", "brier", "risk_coverage"))
    if "note" in calibration:
        return
    n = f"{calibration['pooled']['n']} statements"
    chance = calibration["pooled"]["ece_by_chance"]
    yield Headline(
        "Calibration error (ECE)", f"{calibration['ece']:.1f} %", "", "", n,
        f"Mean gap between said and true; a perfect model would show {chance:.1f} % by chance.",
    )  # fmt: skip
    skill = "" if brier["skill"] is None else f" Skill {brier['skill']:.2f}: 1 is perfect, 0 no better than base rates."
    yield Headline(
        "Brier score",
        f"{brier['score']:.3f}",
        "",
        "",
        f"{risk['n']} recordings",
        f"{brier['scale']}; 0 is best.{skill}",
    )
    yield Headline(
        "Area under risk-coverage (AURC)", f"{risk['aurc']:.1f} %", "", "", f"{risk['n']} recordings",
        f"Mean share of errors as fewer are answered; {risk['excess']:.1f} points above the best order.",
    )  # fmt: skip


def _outside(outside: Figures) -> Iterator[Headline]:
    if outside["auroc"] is not None:
        counted = f"{outside['n_unknown']} unknown, {outside['n_known']} known"
        edges = span({"low": outside["auroc_low"], "high": outside["auroc_high"]})
        told = "How often one of a label never taught looks stranger than one it knows; 50 % is chance."
        yield Headline("AUROC of OUTSIDE", f"{outside['auroc']:.1f} %", edges, "", counted, told)
    lines = {
        "told": ("Unknown labels told as OUTSIDE", "Labels that the model was never taught."),
        "confident_unknown": ("CONFIDENT on unknown labels", "Cannot be right."),
        "false_flags": ("Known labels told as OUTSIDE", "False flags, on new parts of known labels."),
        "confident_wrong": ("CONFIDENT and wrong", "Of all signals whose labels the model knows."),
    }
    for name, (title, meaning) in lines.items():
        if outside[name]:
            yield _of(title, outside[name], meaning)


def _of(name: str, share: Figures, meaning: str) -> Headline:
    return Headline(
        name, f"{share['value']:.1f} %", span(share), f"{share['of_recordings']:.1f} %", _counted(share), meaning
    )


def span(share: Figures) -> str:
    """An interval of 95 % as text."""
    return f"{share['low']:.1f} to {share['high']:.1f} %"


def _counted(share: Figures) -> str:
    n, parts = share["n"], share["specimens"]
    return f"{n} recording{'s' * (n != 1)} of {parts} specimen{'s' * (parts != 1)}"
