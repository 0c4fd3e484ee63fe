"""Heard: one fault as heard, before it is told: its comb, and what chance makes of it."""

from dataclasses import dataclass

from pipeline.diagnosis.witness.chance import Chance
from pipeline.diagnosis.witness.combs import Comb


@dataclass(frozen=True)
class Heard:
    """A label as heard.

    Attributes:
        comb: the highest near its order.
        chance: what random combs reach.
        harmonics: teeth that are loud, which noise seldom is.
        band_hz: the carrier that shows them best.
        found: whether it is believed.
        note: why not, or what else to know.
    """

    comb: Comb
    chance: Chance
    harmonics: int
    band_hz: tuple[float, float] | None = None
    found: bool = False
    note: str = ""
