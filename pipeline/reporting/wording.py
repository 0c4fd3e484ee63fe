"""Wording: a verdict as a plain sentence; page, alternative texts and terminal all say it the same way."""

from collections.abc import Iterable, Sequence

from pipeline.signals.labels import HEALTHY
from pipeline.verdict import Outcome, Verdict

FINDINGS = {
    "outer_race": "a fault on the outer race of the bearing",
    "inner_race": "a fault on the inner race of the bearing",
    "ball": "a fault on a ball or roller of the bearing",
    "cage": "a fault of the bearing's cage",
    "gear_tooth": "a damaged gear tooth",
    "imbalance": "imbalance",
    "misalignment": "misalignment",
    "looseness": "looseness",
    HEALTHY: "no fault",
}
"""What each known label means, as the object of "the model finds"; a user's own label is quoted."""

MEANINGS = {
    Outcome.CONFIDENT: "a single answer is left at the stated confidence.",
    Outcome.AMBIGUOUS: "no single answer is left at the stated confidence; a person has to look.",
    Outcome.OUTSIDE: "the signal is unlike anything the model was trained on, so no answer is given.",
    Outcome.UNUSABLE: "the signal could not be diagnosed; the reason is given.",
    Outcome.UNCALIBRATED: "the answer with the highest score. Scores rank the answers of one signal; they are not "
    "calibrated probabilities, so 0.90 does not mean right nine times out of ten.",
}
"""What each kind of answer means."""


def plain(label: str) -> str:
    """A label in plain English.

    Example:
        >>> plain("outer_race")
        'outer race'
    """
    return " ".join(label.replace("_", " ").split())


def listed(words: Iterable[str], last: str = "and") -> str:
    """Words as an enumeration.

    Example:
        >>> listed(["imbalance", "looseness", "a damaged gear tooth"])
        'imbalance, looseness and a damaged gear tooth'
    """
    *first, final = words
    return f"{', '.join(first)} {last} {final}" if first else final


def isolated(name: str) -> str:
    """A name as part of a sentence, so that right-to-left letters in it turn nothing but the name around.

    Example:
        >>> isolated("DE")  # invisible marks around it
        '\u2068DE\u2069'
    """
    return f"\N{FIRST STRONG ISOLATE}{name}\N{POP DIRECTIONAL ISOLATE}"


def finding(label: str) -> str:
    """What a label says was found.

    Example:
        >>> finding("ball"), finding("valve_leak")
        ('a fault on a ball or roller of the bearing', '“valve leak”')
    """
    return FINDINGS.get(label, f"“{plain(label)}”")


def answer(verdict: Verdict) -> str:
    """The labels of a verdict in plain English.

    Example:
        >>> answer(Verdict("pump.wav", Outcome.CONFIDENT, ("outer_race", "ball")))
        'outer race, ball'
        >>> answer(Verdict("pump.wav", Outcome.UNUSABLE, reason="empty file"))
        'no answer'
    """
    return ", ".join(map(plain, verdict.labels)) or "no answer"


def score_text(score: float) -> str:
    """A score with two digits, never rounded to certainty.

    Example:
        >>> score_text(0.934), score_text(0.9996), score_text(0.0004)
        ('0.93', '> 0.99', '< 0.01')
    """
    if score > 0.99:
        return "> 0.99"
    return "< 0.01" if score < 0.01 else f"{score:.2f}"


def score_word(calibrated: bool) -> str:
    """What the numbers of a verdict may be called.

    Example:
        >>> score_word(True), score_word(False)
        ('probability', 'score')
    """
    return "probability" if calibrated else "score"


def sentence(verdict: Verdict) -> str:
    """A verdict in one plain sentence.

    Example:
        >>> sentence(Verdict("pump.wav", Outcome.UNCALIBRATED, ("cage",), probabilities={"cage": 0.8}))
        "The model finds a fault of the bearing's cage (score 0.80); scores are not calibrated probabilities."
        >>> sentence(Verdict("pump.wav", Outcome.UNUSABLE, reason="empty file"))
        'This signal could not be diagnosed: empty file.'
    """
    if verdict.verdict is Outcome.UNUSABLE:
        return f"This signal could not be diagnosed: {_reason(verdict)}."
    if verdict.verdict is Outcome.OUTSIDE:
        what = _reason(verdict) if verdict.reason else "unlike anything the model was trained on"
        return f"This signal is {what}; no answer is given."
    if verdict.verdict is Outcome.AMBIGUOUS:
        return _open_sentence(verdict)
    found = f"The model finds {_found(verdict, verdict.labels)}"
    calibrated = verdict.verdict is Outcome.CONFIDENT
    return f"{found}." if calibrated else f"{found}; scores are not calibrated probabilities."


def spoken_of(verdict: Verdict) -> set[str]:
    """Labels that a verdict names, or leaves open.

    Example:
        >>> told = Verdict("a.wav", Outcome.AMBIGUOUS, ("healthy",), set=("ball",), unsure=("ball",))
        >>> sorted(spoken_of(told))
        ['ball', 'healthy']
    """
    return {*verdict.labels, *(verdict.set or ())}


def open_words(verdict: Verdict) -> str:
    """What an AMBIGUOUS verdict is between, in a few words; empty for any other.

    Example:
        >>> told = Verdict("a.wav", Outcome.AMBIGUOUS, ("healthy",), set=("ball",), unsure=("ball",), level=0.9)
        >>> open_words(told)
        'may be there at level 0.9: ball'
    """
    if verdict.verdict is not Outcome.AMBIGUOUS or verdict.set is None:
        return ""
    at = "" if verdict.level is None else f" at level {verdict.level:g}"
    if verdict.unsure is not None:
        return f"may be there{at}: {', '.join(map(plain, verdict.unsure))}"
    return (
        f"not ruled out{at}: {', '.join(map(plain, verdict.set))}" if verdict.set else f"every label is ruled out{at}"
    )


def physics_words(verdict: Verdict) -> str:
    """Whether physics agrees, in a few words; where it does not say yes, with what it finds.

    Example:
        >>> line = {"label": "outer_race", "hz": 53.31, "snr_db": 18.2, "found": True}
        >>> told = {"agrees": "not applicable", "lines": [line]}
        >>> physics_words(Verdict("a.wav", Outcome.OUTSIDE, witness=told))
        'no label; finds outer race 53.3 Hz, 18 dB'
    """
    if verdict.witness is None:
        return ""
    agrees = str(verdict.witness.get("agrees")) if verdict.labels else "no label"
    found = [
        f"{plain(str(line['label']))} {line['hz']:.1f} Hz, {line['snr_db']:.0f} dB"
        for line in verdict.witness.get("lines") or ()
        if line.get("found")
    ]
    return agrees if agrees == "yes" or not found else f"{agrees}; finds {'; '.join(found)}"


def _open_sentence(verdict: Verdict) -> str:
    """Of a verdict that leaves several answers open: which, as far as its set tells."""
    if verdict.unsure is not None:
        certain = [label for label in verdict.set or () if label not in verdict.unsure]
        finds = f"finds {_found(verdict, certain)}, and " if certain else ""
        return f"The model {finds}cannot tell whether there is {_found(verdict, verdict.unsure, 'or')}."
    if verdict.set and len(verdict.set) > 1:
        return f"The model cannot decide: it may be {_found(verdict, verdict.set, 'or')}."
    last = "and" if verdict.task == "multilabel" else "or"
    return f"The model cannot decide: it may be {_found(verdict, verdict.labels, last)}, or something else."


def _found(verdict: Verdict, labels: Sequence[str], last: str = "and") -> str:
    return (listed(map(finding, labels), last) if labels else "nothing") + _scores(verdict, labels)


def _reason(verdict: Verdict) -> str:
    return " ".join((verdict.reason or "").split()).rstrip(".") or "no reason was recorded"


def _scores(verdict: Verdict, labels: Sequence[str]) -> str:
    known = [score_text(verdict.probabilities[label]) for label in labels if label in verdict.probabilities]
    if not known:
        return ""
    word = score_word(verdict.calibrated)
    plural = {"probability": "probabilities", "score": "scores"}[word]
    return f" ({word if len(known) == 1 else plural} {listed(known)})"
