"""Gear faults: a damaged tooth knocks once a turn of its wheel, so the envelope holds many harmonics of that turn.

Runout, eccentricity and a bent shaft modulate the mesh too, but slowly: they leave the first side bands of each mesh
line and no more. A tooth is short, and its side bands go on; so harmonics from the third on are read, in bands that
lie above the shaft's own lines. The envelope of a band round a mesh line is the picture of that line's side bands.
Source: Randall (1982), A new method of modeling gear faults, J. Mech. Des. 104.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from pipeline.diagnosis.witness.chance import chance_of
from pipeline.diagnosis.witness.combs import Teeth, comb_at
from pipeline.diagnosis.witness.heard import Heard
from pipeline.diagnosis.witness.order_spectra import OrderSpectra

GEAR_TOOTH = "gear_tooth"

TEETH = Teeth((3, 4, 5, 6, 7, 8), tolerance=0.004)
"""Teeth do not slip; the tolerance is that of stated speeds."""
HIGHEST_TURNS = 8 * 1.6
"""Turns of the fastest wheel up to which a spectrum is read, random combs included."""

WHITENING = 0.5
"""What a tooth does repeats exactly, and full whitening would flatten it."""

SHAFT_LINES = 15
"""Bands begin above so many harmonics of the shaft, which beat with each other."""

FEWEST_LOUD = 3
"""Harmonics that must be loud."""


def gear_fault(
    spectra: OrderSpectra, wheel_orders: Sequence[float], speed_hz: float, rng: np.random.Generator
) -> tuple[Heard, int]:
    """The wheel that is likeliest to have a damaged tooth.

    Args:
        spectra: envelopes, whitened by half, the shaft's lines in them.
        wheel_orders: turns of each wheel per turn of the shaft.
        speed_hz: of the shaft.
        rng: source of chance.

    Returns:
        What was heard, its p-value that of the wheel times the number of wheels, and the wheel's number.
    """
    kept = [number for number, (low, _) in enumerate(spectra.bands_hz) if low >= SHAFT_LINES * speed_hz]
    kept = kept or [len(spectra.bands_hz) - 1]
    bands = tuple(spectra.bands_hz[number] for number in kept)
    high = replace(spectra, levels_db=spectra.levels_db[kept], bands_hz=bands)
    heard = [_asked(high, order, rng) for order in wheel_orders]
    likeliest = min(range(len(heard)), key=lambda wheel: (heard[wheel].chance.p_value, -heard[wheel].chance.excess_db))
    chance = heard[likeliest].chance
    p_value = min(1.0, chance.p_value * len(heard))
    told = replace(heard[likeliest], chance=replace(chance, p_value=p_value), band_hz=bands[heard[likeliest].comb.band])
    return told, likeliest


def _asked(spectra: OrderSpectra, order: float, rng: np.random.Generator) -> Heard:
    if abs(order - 1) > TEETH.tolerance:
        spectra = spectra.without_shaft()
    comb = comb_at(spectra, order, TEETH)
    numbers = np.arange(1.0, 2 * TEETH.multiples[-1])
    rest = spectra.without(order * numbers)
    chance = chance_of(rest, comb, order, TEETH, np.append(order * numbers, numbers), rng)
    return Heard(comb, chance, int((comb.levels_db > spectra.loud_db).sum()))
