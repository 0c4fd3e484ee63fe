"""Explained words: what a sheet says of a verdict and its explanation besides the pictures, line by line."""

from typing import TYPE_CHECKING

from pipeline.reporting.condition_words import condition_words
from pipeline.reporting.wording import plain
from pipeline.signals.labels import HEALTHY
from pipeline.verdict import Verdict

if TYPE_CHECKING:
    from pipeline.diagnosis.explanation.explanation import Explanation, Occlusion

METHOD_NAMES = {"grad_cam": "Grad-CAM", "integrated_gradients": "integrated gradients", "lrp": "LRP"}

LOOKED_AT = {
    "yes": "The model looked at the fault's own lines",
    "no": "The model did not look at the fault's own lines",
    "not applicable": "Whether the model looked at the fault's own lines cannot be told",
}
"""What relevance says, which is not what physics says: a net may look at the right lines and read them wrongly."""

SCORE = "Score: what the model adds up for a label, before that becomes a probability; above 0 speaks for it."


def method_name(method: str) -> str:
    """How papers call a method.

    Example:
        >>> method_name("lrp"), method_name("my_own")
        ('LRP', 'my own')
    """
    return METHOD_NAMES.get(method, plain(method))


def explanation_lines(explanation: "Explanation", verdict: Verdict) -> list[str]:
    """What an explanation says, and whether to believe it, paragraph by paragraph."""
    how = f"by {method_name(explanation.method)}{_branch(explanation)}"
    lines = [f"Explained: {plain(explanation.label)}, {how}.{_unnamed(explanation.label, verdict)}"]
    if explanation.occlusion is not None:
        lines.append(_occlusion(explanation.occlusion, explanation.logit))
    if explanation.lines is not None:
        lines.append(f"{LOOKED_AT[explanation.lines.agrees]}: {explanation.lines.told}.")
    return lines


def _unnamed(label: str, verdict: Verdict) -> str:
    """What to make of the explanation of a label that is not in the answer."""
    if label in verdict.labels:
        return ""
    if verdict.labels == (HEALTHY,):
        return f" The verdict is healthy: shown is why {plain(label)} came nearest to a fault, not that there is one."
    return f" The verdict does not name {plain(label)}: shown is what speaks for it and against it nevertheless."


def _branch(explanation: "Explanation") -> str:
    if explanation.branches == 1:
        return ""
    return f"; branch {explanation.branch} of {explanation.branches} alone, what the others say is not in this picture"


def _occlusion(found: "Occlusion", logit: float) -> str:
    if found.passed is None:
        return "Occlusion check: not applicable: no cell speaks for the label."
    told = "passed" if found.passed else "FAILED"
    return (
        f"Occlusion check {told}: without the {100 * found.share:.0f} % it points at, the label's score of {logit:.2f} "
        f"{_falls(found.drop)}, without as much elsewhere it {_falls(found.elsewhere)} "
        f"(median of {found.draws} draws, p = {found.p_value:.2f}). {SCORE}"
    )


def _falls(drop: float) -> str:
    return f"{'falls' if drop >= 0 else 'rises'} by {abs(drop):.2f}"


def provenance(verdict: Verdict) -> list[str]:
    """Where a verdict comes from: file, hash, model, fingerprint, condition."""
    condition = "; ".join(f"{name} {words}" for name, words in condition_words(verdict.condition))
    lines = [f"File {verdict.source}" + (f", channel {verdict.channel}" if verdict.channel else "")]
    if verdict.sha256:
        lines.append(f"SHA-256 {verdict.sha256}")
    if verdict.model:
        lines.append(f"Model {verdict.model}" + f", {verdict.model_fingerprint}" * bool(verdict.model_fingerprint))
    if condition:
        lines.append(f"Condition: {condition}")
    if verdict.history:
        lines.append(f"Done to the samples: {'; '.join(verdict.history)}")
    return lines
