"""Second opinions: what is said beside a verdict's answer: its set, how strange the signal is, what physics says."""

from typing import Any

from pipeline.reporting.wording import listed, plain
from pipeline.signals.labels import HEALTHY
from pipeline.verdict import Verdict

WITNESS_AGREES = {
    "yes": "it agrees",
    "no": "it disagrees",
    "not applicable": "it speaks neither for nor against the verdict",
}
"""What the witness makes of a verdict."""


def second_opinions(verdict: Verdict) -> list[str]:
    """Set, outside and witness of a verdict, those it has.

    Example:
        >>> from pipeline.verdict import Outcome
        >>> told = Verdict("a.wav", Outcome.AMBIGUOUS, ("ball",), set=("ball", "cage"), unsure=("cage",), level=0.9)
        >>> second_opinions(told)
        ['With 90 % coverage for each label, there: ball; may be there: cage.']
    """
    lines = []
    if verdict.set is not None:
        lines.append(_possible(verdict))
    if verdict.outside_p is not None:
        lines.append(f"Of signals like those trained on, {_percent(verdict.outside_p)} look at least this strange.")
    return lines + ([_witness(verdict)] if verdict.witness else [])


def _possible(verdict: Verdict) -> str:
    """What is not ruled out; multilabel: which faults are there for certain, and which may be."""
    coverage = "" if verdict.level is None else f"{100 * verdict.level:.0f} % coverage"
    names = [plain(label) for label in verdict.set or ()]
    if verdict.unsure is None:
        return f"Cannot be ruled out{coverage and ', with '}{coverage}: {listed(names) if names else 'nothing'}."
    unsure = [plain(label) for label in verdict.unsure]
    there = [name for name in names if name not in unsure and name != HEALTHY]
    told = [f"{word}: {listed(some)}" for word, some in (("there", there), ("may be there", unsure)) if some]
    return f"With {coverage} for each label, {'; '.join(told) or 'every fault is ruled out'}."


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %" if share >= 0.01 else "fewer than 1 %"


def _witness(verdict: Verdict) -> str:
    """What physics found, and what that says of the verdict; one without a label says nothing to agree with."""
    witness = verdict.witness or {}
    agrees = WITNESS_AGREES.get(str(witness.get("agrees")), str(witness.get("agrees")))
    told = [agrees] if verdict.labels else []
    lines = [_line(line) for line in witness.get("lines") or []]
    told += [f"it finds {'; '.join(lines) or 'nothing'}"] if lines or not told else []
    return f"Physics without the model: {'; '.join(told)}."


def _line(line: dict[str, Any]) -> str:
    told = [plain(str(line.get("label", "line"))) + " (a hint)" * (line.get("found") is False)]
    told += [f"at {line['hz']:.4g} Hz"] if line.get("hz") is not None else []
    told += [f"{line['snr_db']:.0f} dB"] if line.get("snr_db") is not None else []
    told += [f"p = {line['p_value']:.2g}"] if line.get("p_value") is not None else []
    return " ".join(told[:2]) + (f" ({', '.join(told[2:])})" if told[2:] else "")
