"""Combs: how high the lines at multiples of one order stand together, in whichever band shows them best."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.diagnosis.witness.order_spectra import Floats, Levels, OrderSpectra

FLOOR_DB, CEILING_DB = -3.0, 40.0
"""What a single line counts; a hole is no more than a hole."""


@dataclass(frozen=True)
class Teeth:
    """Which multiples of an order are read, and how far off the order may be.

    Attributes:
        multiples: of the order, one a tooth.
        tolerance: share of the order on either side; all teeth move together.
    """

    multiples: tuple[int, ...]
    tolerance: float

    def shifts(self, order: float, resolution: float) -> Floats:
        """Factors tried on an order, so close that the highest tooth moves by half a bin."""
        reach = self.tolerance * order * max(self.multiples)
        count = 2 * int(np.ceil(reach / (0.5 * resolution))) + 1
        return 1.0 + np.linspace(-self.tolerance, self.tolerance, max(count, 3))


@dataclass(frozen=True)
class Comb:
    """The comb near an order that stands highest.

    Attributes:
        score: sum of its teeth's decibels.
        order: of its first line, as found.
        band: number of the carrier.
        levels_db: of its teeth there.
    """

    score: float
    order: float
    band: int
    levels_db: Floats


def read(spectra: OrderSpectra, orders: Floats) -> Levels:
    """Levels at some orders, clipped.

    Args:
        spectra: of the signal.
        orders: any shape; past the top the last place is read.

    Returns:
        Decibels, shape (band, *orders.shape).
    """
    places = np.rint(orders / spectra.step).astype(np.int32)
    levels = spectra.levels_db.clip(FLOOR_DB, CEILING_DB)
    return np.asarray(np.take(levels, np.minimum(places, levels.shape[1] - 1), axis=1))


def comb_at(spectra: OrderSpectra, order: float, teeth: Teeth) -> Comb:
    """The highest comb within the tolerance of an order, over all bands.

    Example:
        >>> levels = np.zeros((2, 1000), np.float32)
        >>> levels[1, [351, 702]] = 12.0
        >>> heard = OrderSpectra(levels, 0.01, 0.02, ((0.0, 1.0), (1.0, 2.0)), 50.0, 1)
        >>> found = comb_at(heard, 3.5, Teeth((1, 2), tolerance=0.02))
        >>> round(found.order, 2), found.band, found.score
        (3.51, 1, 24.0)
    """
    shifts = teeth.shifts(order, spectra.resolution)
    each = read(spectra, np.multiply.outer(np.array(teeth.multiples, dtype=float), order * shifts))
    total = each.sum(axis=1)
    band, shift = np.unravel_index(int(total.argmax()), total.shape)
    levels = each[band, :, shift].astype(np.float64)
    return Comb(float(total[band, shift]), float(order * shifts[shift]), int(band), levels)


def highest_comb(spectra: OrderSpectra, lowest: float, highest: float, teeth: Teeth) -> Comb:
    """The comb that stands highest anywhere between two orders.

    Args:
        spectra: of the signal.
        lowest, highest: orders of its first line.
        teeth: read of each; the tolerance is not looked at.
    """
    spacing = 0.5 * spectra.resolution / max(teeth.multiples)
    orders = np.arange(lowest, highest, spacing)
    total = sum(read(spectra, multiple * orders).astype(np.float64) for multiple in teeth.multiples)
    band, place = np.unravel_index(int(np.argmax(total)), np.shape(total))
    at = float(orders[place])
    levels = np.array([read(spectra, np.array([multiple * at]))[band, 0] for multiple in teeth.multiples], dtype=float)
    return Comb(float(levels.sum()), at, int(band), levels)


def family(order: float, n_multiples: int, beside: Sequence[float]) -> Floats:
    """Orders of a comb's lines and of their side bands.

    Args:
        order: of the first line.
        n_multiples: so many lines.
        beside: distances of side bands, either sign; 0 for the lines themselves.

    Example:
        >>> family(3.5, 2, (-1.0, 0.0, 1.0))
        array([2.5, 3.5, 4.5, 6. , 7. , 8. ])
    """
    lines = np.add.outer(order * np.arange(1.0, n_multiples + 1), np.array(beside, dtype=float))
    return np.asarray(lines.ravel())
