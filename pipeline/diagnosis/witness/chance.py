"""Chance: how high combs reach at random orders of the same recording, and so how much a comb at a fault's is worth.

Each tooth of a random comb gets an order of its own, drawn from the surroundings of the true tooth, away from the
lines of every fault that is asked for; shaft harmonics are blanked for all. The search, over bands and over slip, is
that of the true comb, so what searching finds is in both. Teeth drawn together (1, 2, 3 times one order) would be
honest too, but among the orders of bearings only some forty such combs share no line, and a p-value below 1/40 would
mean nothing.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.diagnosis.witness.combs import Comb, Teeth, read
from pipeline.diagnosis.witness.order_spectra import Floats, OrderSpectra

N_RANDOM = 999
FLOOR = 1 / (1 + N_RANDOM)
"""The smallest p-value."""

NEARBY = (0.65, 1.5)
"""Random teeth stand between these multiples of the true one, where spectrum and search are alike."""

AWAY_LINE, AWAY_BINS = 0.005, 2.0
"""Random teeth keep away from fault lines by the search's reach, by such a share of the line, and so many bins."""

DRAWN, FEWEST = 8, 100
"""Orders drawn for each that is wanted, so that enough are away from every fault; with fewer, some rules are waived."""

ALIKE = 0.15
"""Shares of two surroundings that are not blank may differ by so much."""


@dataclass(frozen=True)
class Chance:
    """What random combs reach.

    Attributes:
        p_value: (1 + those as high as the true one) / (1 + all).
        excess_db: how far the true one stands above their median.
        tooth_db: each true tooth above the median of random ones in its band.
    """

    p_value: float
    excess_db: float
    tooth_db: Floats


def chance_of(
    spectra: OrderSpectra, comb: Comb, order: float, teeth: Teeth, fault_lines: Floats, rng: np.random.Generator
) -> Chance:
    """How a comb compares with random ones.

    Args:
        spectra: in which the random combs are read: those of the comb, without its own lines.
        comb: as found near `order`.
        order: where it was looked for.
        teeth: of the comb.
        fault_lines: orders that random teeth keep away from.
        rng: source of chance.

    Source: Davison and Hinkley (1997), Bootstrap Methods and their Application, section 4.2, for (1 + #) / (1 + n).
    """
    shifts = teeth.shifts(order, spectra.resolution)
    total = np.zeros((len(spectra.bands_hz), N_RANDOM, len(shifts)), dtype=np.float32)
    tooth_db = []
    for multiple, own_db in zip(teeth.multiples, comb.levels_db, strict=True):
        drawn = _drawn(spectra, multiple * order, teeth.tolerance, fault_lines, rng)
        each = read(spectra, np.multiply.outer(drawn, shifts))
        total += each
        tooth_db.append(own_db - float(np.median(each[comb.band].max(axis=1))))
    reached = total.max(axis=(0, 2))
    p_value = (1 + int((reached >= comb.score - 1e-4).sum())) / (1 + N_RANDOM)
    return Chance(p_value, comb.score - float(np.median(reached)), np.array(tooth_db))


def _drawn(
    spectra: OrderSpectra, tooth: float, tolerance: float, fault_lines: Floats, rng: np.random.Generator
) -> Floats:
    """Random orders for one tooth, each with as much of the spectrum to search as the true one has."""
    highest = min(NEARBY[1] * tooth, spectra.top / (1 + tolerance))
    orders = np.exp(rng.uniform(np.log(NEARBY[0] * tooth), np.log(highest), DRAWN * N_RANDOM))
    near = fault_lines[(fault_lines > 0.5 * NEARBY[0] * tooth) & (fault_lines < 2 * NEARBY[1] * tooth)]
    away = tolerance * orders[:, None] + AWAY_LINE * near + AWAY_BINS * spectra.resolution
    free = (np.abs(orders[:, None] - near) > away).all(axis=1)
    searched, own = (_searched(spectra, each, tolerance) for each in (orders, np.array([tooth])))
    for fit in (free & (np.abs(searched - own) <= ALIKE), free, np.abs(orders - tooth) > 2 * tolerance * tooth):
        if fit.sum() >= FEWEST:
            return np.asarray(rng.choice(orders[fit], N_RANDOM))
    return orders[:N_RANDOM]


def _searched(spectra: OrderSpectra, orders: Floats, tolerance: float) -> Floats:
    """The share of each order's surroundings that is not blank."""
    readable = np.append(0, np.cumsum(~spectra.blank))
    first = np.rint(orders * (1 - tolerance) / spectra.step).astype(int)
    last = np.minimum(np.rint(orders * (1 + tolerance) / spectra.step).astype(int) + 1, len(readable) - 1)
    return np.asarray((readable[last] - readable[np.minimum(first, last)]) / np.maximum(last - first, 1))
