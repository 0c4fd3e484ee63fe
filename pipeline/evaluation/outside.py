"""Outside: whether signals unlike anything trained on are told, and how many sound verdicts that costs."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from pipeline.evaluation.judged import CONFIDENT, OUTSIDE, Judged, specimens_of
from pipeline.evaluation.ranking import ranked_above
from pipeline.evaluation.share import Share, effective, interval, share


class OutsideFigures(NamedTuple):
    """Of signals whose labels the model knows, and of those it was never taught.

    Attributes:
        auroc: how often the p-value of one it was never taught is below that of one it knows, 0 to 1; None without
            both, or without p-values.
        auroc_low, auroc_high: its interval of 95 %, that of as many trials as there are effectively parts on the
            smaller side: no AUROC spreads more (Birnbaum, Klose 1957), so it is wide rather than narrow.
        n_known, n_unknown: signals of each.
        told: share of the unknown whose verdict is OUTSIDE; None, as the next, where no verdict has a p-value.
        false_flags: share of the known whose verdict is OUTSIDE.
        confident_wrong: share of the known whose verdict is CONFIDENT and wrong; None, as the next, where nothing is
            calibrated.
        confident_unknown: share of the unknown whose verdict is CONFIDENT; it cannot be right.
    """

    auroc: float | None
    auroc_low: float | None
    auroc_high: float | None
    n_known: int
    n_unknown: int
    told: Share | None
    false_flags: Share | None
    confident_wrong: Share | None
    confident_unknown: Share | None


def outside_figures(judged: Sequence[Judged]) -> OutsideFigures:
    """What OUTSIDE is worth: signals whose true label the model was never taught are what it should flag.

    Source: Birnbaum, Klose (1957), Bounds for the variance of the Mann-Whitney statistic, for the AUROC's interval.

    Example:
        >>> known = Judged("a", "a", "a.wav", ("ball",), outcome="CONFIDENT", outside_p=0.6)
        >>> other = Judged("b", "b", "b.wav", ("cage",), known=False, outcome="OUTSIDE", outside_p=0.01)
        >>> found = outside_figures([known, other])
        >>> found.auroc, found.told.value, found.false_flags.value
        (1.0, 1.0, 0.0)
    """
    inside, unknown = [one for one in judged if one.known], [one for one in judged if not one.known]
    asked = any(one.outside_p is not None for one in judged)
    sure = any(one.calibrated for one in judged)
    p_inside, p_unknown = ([-p for one in some if (p := one.outside_p) is not None] for some in (inside, unknown))
    auroc = ranked_above(p_unknown, p_inside)
    parts = min(effective(specimens_of(some)) for some in (inside, unknown))
    low, high = (None, None) if auroc is None else interval(auroc, parts)
    return OutsideFigures(
        auroc,
        low,
        high,
        len(inside),
        len(unknown),
        _how_often(lambda one: one.outcome == OUTSIDE, unknown) if asked else None,
        _how_often(lambda one: one.outcome == OUTSIDE, inside) if asked else None,
        _how_often(lambda one: one.outcome == CONFIDENT and not one.right, inside) if sure else None,
        _how_often(lambda one: one.outcome == CONFIDENT, unknown) if sure else None,
    )


def _how_often(held: Callable[[Judged], bool], judged: Sequence[Judged]) -> Share | None:
    return share([held(one) for one in judged], specimens_of(judged))
