"""Rotor faults: imbalance, misalignment and looseness as the plain spectrum hints at them.

Every shaft leaves lines at its multiples; what is wrong with a machine is told by their levels, their direction and
their phase, of which one channel without history knows nothing. So these are hints: the p-value says that the lines
are there, the rule that their proportions fit. Lines are compared as velocity, the way vibration standards do.
Source: Randall (2021), Vibration-based Condition Monitoring, 2nd ed., chapter 2; 2x above half of 1x as a sign of a
misaligned coupling: Piotrowski (2006), Shaft Alignment Handbook, 3rd ed.
"""

from dataclasses import replace

import numpy as np

from pipeline.diagnosis.witness.chance import chance_of
from pipeline.diagnosis.witness.combs import Teeth, comb_at
from pipeline.diagnosis.witness.heard import Heard
from pipeline.diagnosis.witness.order_spectra import Floats
from pipeline.diagnosis.witness.plain_spectrum import PlainSpectrum

TOLERANCE = 0.004
"""Shares of speed by which a stated one may be off."""

ROTOR_LINES = {
    "imbalance": (1.0, Teeth((1,), TOLERANCE)),
    "misalignment": (1.0, Teeth((2, 3), TOLERANCE)),
    "looseness": (0.5, Teeth((1, 3, 5, 7), TOLERANCE)),
}
"""Label -> an order, and which of its multiples are asked for: 1x; 2x and 3x; half orders."""
HIGHEST = 16.0
"""Order up to which the spectrum is read."""

HARMONICS = 10
DOMINATES = 2.0
"""By so much 1x stands above every other harmonic of an imbalance."""
COUPLED = 0.5
"""Of 1x, what 2x is at least where a coupling is misaligned."""
MOST = 0.5
"""Share of the velocity's power that a fault's own lines hold at least; a sound machine's lines are there, but few."""
LOWEST = 0.4
"""Order above which that power is counted; below it acceleration says little of velocity."""
MANY, HALVES = 6, 2
"""Of ten harmonics, and of four half orders, those that are loud where something is loose."""


def rotor_faults(spectrum: PlainSpectrum, level: float, rng: np.random.Generator) -> dict[str, Heard]:
    """Hints at faults of the rotor; `found` where the lines are there and their proportions fit.

    Args:
        spectrum: of the samples.
        level: of Holm's steps over the three labels.
        rng: source of chance.
    """
    heard = {label: _asked(spectrum, label, rng) for label in ROTOR_LINES}
    fits = _fits(spectrum)
    told: dict[str, Heard] = {}
    there = True
    for place, label in enumerate(sorted(heard, key=lambda label: heard[label].chance.p_value)):
        # The first step that fails is the last: what is less likely still cannot be there.
        there = there and heard[label].chance.p_value <= level / (len(heard) - place)
        told[label] = replace(heard[label], found=there and heard[label].harmonics > 0 and fits[label])
    return {label: told[label] for label in heard}


def _asked(spectrum: PlainSpectrum, label: str, rng: np.random.Generator) -> Heard:
    order, teeth = ROTOR_LINES[label]
    comb = comb_at(spectrum.levels, order, teeth)
    lines = 0.5 * np.arange(1.0, 2 * HIGHEST)
    rest = spectrum.levels.without(lines)
    chance = chance_of(rest, comb, order, teeth, lines, rng)
    return Heard(comb, chance, int((comb.levels_db > spectrum.levels.loud_db).sum()))


def _fits(spectrum: PlainSpectrum) -> dict[str, bool]:
    """Whether the proportions of the shaft's lines are those of each fault."""
    whole, halves = np.arange(1.0, HARMONICS + 1), np.arange(0.5, 4.0)
    first, second, *rest = spectrum.velocity(whole, TOLERANCE)
    n_whole, n_halves = (_n_loud(spectrum, orders) for orders in (whole, halves))
    loose = n_whole >= MANY and n_halves >= HALVES
    fits = {
        "imbalance": bool(first >= DOMINATES * max(second, *rest)),
        "misalignment": bool(second >= COUPLED * first and second >= max(rest)) and not loose,
        "looseness": loose,
    }
    lines = {"imbalance": whole[:1], "misalignment": whole[:3], "looseness": np.append(whole, halves)}
    return {label: fit and _share(spectrum, lines[label]) >= MOST for label, fit in fits.items()}


def _share(spectrum: PlainSpectrum, orders: Floats) -> float:
    """What some lines hold of the velocity's power."""
    places = np.arange(len(spectrum.power)) * spectrum.levels.step
    velocity = np.where(places > LOWEST, spectrum.power / np.maximum(places, LOWEST) ** 2, 0.0)
    return float(velocity[spectrum.levels.near(orders, TOLERANCE)].sum() / max(velocity.sum(), 1e-300))


def _n_loud(spectrum: PlainSpectrum, orders: Floats) -> int:
    combs = [comb_at(spectrum.levels, float(order), Teeth((1,), TOLERANCE)) for order in orders]
    return sum(comb.score > spectrum.levels.loud_db for comb in combs)
