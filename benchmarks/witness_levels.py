"""Levels of fault lines as first measured, by end, fault, size and place: dB over the median at about 100 other orders.

The highest magnitude of the squared-envelope spectrum near the expected frequency, best of four carrier bands, not
whitened; ranges over loads. Below about 8 dB a line could not be told from what stands at other orders.
"""

from pipeline.catalog.row import Row
from pipeline.signals.labels import HEALTHY

ABOVE, BETWEEN, BELOW, UNKNOWN = "above 8 dB", "partly above 8 dB", "below 8 dB", "not measured before"

SEEN_DB = 8.0

CWRU: dict[tuple[str, str, int], str] = {
    ("DE", "IR", 7): "38", ("DE", "IR", 14): "23 to 26", ("DE", "IR", 21): "32 to 33", ("DE", "IR", 28): "2 to 8",
    ("FE", "IR", 7): "29 to 30", ("FE", "IR", 14): "29 to 35", ("FE", "IR", 21): "29 to 31",
    ("DE", "B", 7): "-4 to 1", ("DE", "B", 14): "3 to 6", ("DE", "B", 21): "-1 to 8", ("DE", "B", 28): "17 to 19",
    ("FE", "B", 7): "7 to 11", ("FE", "B", 14): "11 to 16", ("FE", "B", 21): "5 to 16",
    ("DE", "OR", 14): "8 to 13", ("DE", "OR", 21): "23 to 32",
    ("FE", "OR", 14): "28 to 41", ("FE", "OR", 21): "28 to 41",
}  # fmt: skip
OUTER_007 = {
    ("DE", 6): "35 to 37", ("DE", 3): "30 to 35", ("DE", 12): "25",
    ("FE", 6): "32 to 33", ("FE", 3): "5 to 12", ("FE", 12): "2 to 8",
}  # fmt: skip
HIT_SM = "38 to 53"


def levels_of(corpus: str, row: Row) -> str | None:
    """A range of decibels as text, None where nobody measured."""
    if HEALTHY in row.labels or row.rate_hz == 48000:
        return None
    if corpus == "hit_sm":
        return HIT_SM
    if corpus != "cwru":
        return None
    kind, size = str(row.condition["fault_type"]), int(row.condition["size_mil"])
    if (kind, size) == ("OR", 7):
        return OUTER_007[row.point, int(row.condition["position"])]
    return CWRU[row.point, kind, size]


def group_of(levels: str | None) -> str:
    """Whether a range lies above what can be told from chance.

    Example:
        >>> group_of("8 to 13"), group_of("5 to 12"), group_of("-4 to 1"), group_of("38")
        ('above 8 dB', 'partly above 8 dB', 'below 8 dB', 'above 8 dB')
    """
    if levels is None:
        return UNKNOWN
    ends = [float(end) for end in levels.split(" to ")]
    if min(ends) >= SEEN_DB:
        return ABOVE
    return BELOW if max(ends) <= SEEN_DB else BETWEEN
