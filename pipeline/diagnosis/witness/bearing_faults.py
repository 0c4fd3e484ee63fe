"""Bearing faults: lines at BPFO, BPFI, 2 BSF and FTF in the squared envelope, strongest first.

A strong fault leaves lines at many sums of its order, the shaft's and the cage's, some of them near another fault's.
So the strongest comb is taken first, its lines and side bands are blanked, and the rest is asked again. A comb that
stands higher than a fault's, at an order that is no fault's of this bearing, is blanked before that fault is believed:
another bearing's harmonics must not be taken for this one's.

Several labels are asked, so Holm's steps hold the chance of any false finding: of the labels left the likeliest is
found only if its p-value is below the level over their number. Source: Holm (1979), Scand. J. Statist. 6, 65-70.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from pipeline.diagnosis.witness.chance import Chance, chance_of
from pipeline.diagnosis.witness.combs import Comb, Teeth, comb_at, family, highest_comb, read
from pipeline.diagnosis.witness.heard import Heard
from pipeline.diagnosis.witness.order_spectra import BESIDE_BINS, BESIDE_SHARE, Floats, OrderSpectra
from pipeline.signals.bearing import BearingOrders
from pipeline.signals.labels import BEARING_FAULTS

CAGE = "cage"
BEARING_LABELS = (*BEARING_FAULTS, CAGE)

SLIP = 0.02
"""Rolling elements slip: lines of sound geometry were found up to 1.1 % away."""
TEETH = Teeth((1, 2, 3), SLIP)

FEWEST_HARMONICS = {"outer_race": 1, "inner_race": 1, "ball": 1, CAGE: 2}
"""Loud lines that a finding needs; a single one so low may be any slow swell of load or flow."""

BLANKED_LINES, BLANKED_SHARE = 12, 0.004
"""Multiples of a comb that are blanked, and how much wider than a line its slip smears them."""
SHAFT_SIDES, CAGE_SIDES = 4, 3
"""Side bands of a comb, at so many multiples of the shaft's turn and of the cage's, on either side."""

COMPANION = 0.4
"""A comb that stands less than this share as high as the bearing's highest is taken for a companion of that."""

LOUDER_DB = 3.0
"""By so much another line, whole turns of the shaft away, makes a single one its side band."""

MOST_OTHERS, CLEARLY_DB = 4, 6.0
"""Foreign combs that are blanked, one after the other, and by how much each must stand above the fault it explains."""
LOWEST_ORDER = 0.7
"""Of a foreign comb; below it every bearing's cage turns."""


def askable(spectra: OrderSpectra, orders: BearingOrders) -> tuple[list[str], dict[str, str]]:
    """Labels whose lines can be read and told from the shaft's, and why the others cannot.

    Args:
        spectra: with the shaft's lines blanked.
        orders: of the bearing.
    """
    reasons: dict[str, str] = {}
    for label in BEARING_LABELS:
        order = float(getattr(orders, label))
        lines = order * np.array(TEETH.multiples)
        whole = np.round(lines)
        reach = BESIDE_BINS * spectra.resolution + BESIDE_SHARE * lines
        if order * (1 + SLIP) > spectra.top:
            reasons[label] = f"its line, order {order:.4g}, lies past what the rate lets an envelope show"
        elif (np.abs(lines - whole) < reach).all():
            near = f"its lines, order {order:.4g}, fall on the shaft's own {whole[0]:.0f}x, {whole[1]:.0f}x, ..."
            reasons[label] = f"{near}; a longer recording or a bearing's own side bands would be needed"
        elif label == CAGE and order < 3 * BESIDE_BINS * spectra.resolution:
            reasons[label] = f"{spectra.turns:.0f} turns in a segment do not part its line from 0 Hz"
    return [label for label in BEARING_LABELS if label not in reasons], reasons


def bearing_faults(
    spectra: OrderSpectra, orders: BearingOrders, labels: Sequence[str], level: float, rng: np.random.Generator
) -> tuple[dict[str, Heard], list[tuple[Comb, Chance]]]:
    """Which faults of a bearing show.

    Args:
        spectra: with the shaft's lines blanked.
        orders: of the bearing.
        labels: to be asked; see `askable`.
        level: of Holm's steps over them.
        rng: source of chance.

    Returns:
        Per label what was heard, and the combs of other parts, each with what random combs reach.
    """
    heard: dict[str, Heard] = {}
    others: list[tuple[Comb, Chance]] = []
    left = list(labels)
    while left:
        asked = {label: _asked(spectra, label, orders, rng) for label in left}
        heard |= asked
        loud = [each for each in left if asked[each].harmonics >= FEWEST_HARMONICS[each] and not asked[each].note]
        if not loud:
            break
        likeliest = min(loud, key=lambda label: (asked[label].chance.p_value, -asked[label].chance.excess_db))
        if asked[likeliest].chance.p_value > level / len(left):
            break
        rival = _rival(spectra, asked[likeliest].comb, orders, rng) if len(others) < MOST_OTHERS else None
        if rival is not None:
            others.append(rival)
            spectra = spectra.without(_lines(rival[0].order, likeliest, orders.cage), BLANKED_SHARE)
            continue
        heard[likeliest] = replace(asked[likeliest], found=True)
        left.remove(likeliest)
        spectra = spectra.without(_lines(asked[likeliest].comb.order, likeliest, orders.cage), BLANKED_SHARE)
    return _believed(heard), others


def _asked(spectra: OrderSpectra, label: str, orders: BearingOrders, rng: np.random.Generator) -> Heard:
    order = float(getattr(orders, label))
    teeth = replace(TEETH, multiples=readable(order, spectra.top))
    comb = comb_at(spectra, order, teeth)
    # The cage's side bands would blank all the low orders that its random combs are drawn from.
    beside = np.arange(-SHAFT_SIDES, SHAFT_SIDES + 1.0) if label != CAGE else np.zeros(1)
    rest = spectra.without(family(comb.order, len(teeth.multiples) + 2, beside.tolist()))
    harmonics = int((comb.levels_db > spectra.loud_db).sum())
    chance = chance_of(rest, comb, order, teeth, fault_lines(orders), rng)
    note = _another(spectra, comb, teeth) if harmonics == 1 else ""
    return Heard(comb, chance, harmonics, spectra.bands_hz[comb.band], note=note)


def _another(spectra: OrderSpectra, comb: Comb, teeth: Teeth) -> str:
    """Whose else a single loud line is likelier: of another comb, or of a louder line whole turns of the shaft away."""
    loudest = int(comb.levels_db.argmax())
    first_blank = bool(spectra.blank[round(comb.order / spectra.step)])
    if loudest and not first_blank:
        return f"only its {teeth.multiples[loudest]}x is loud, and not its first line: likelier another part's"
    at = teeth.multiples[loudest] * comb.order
    beside = at + np.array([turns for turns in range(-SHAFT_SIDES, SHAFT_SIDES + 1) if turns and at + turns > 0.5])
    wide = beside[:, None] + spectra.resolution * np.linspace(-2.0, 2.0, 9)
    levels = read(spectra, wide)[comb.band].max(axis=1)
    if levels.max(initial=0.0) < comb.levels_db[loudest] + LOUDER_DB:
        return ""
    return f"its one line may be a side band of a louder one at order {beside[levels.argmax()]:.4g}"


def readable(order: float, top: float) -> tuple[int, ...]:
    """Multiples of an order that the spectrum still shows, the first always.

    Example:
        >>> readable(5.4, top=12.0)
        (1, 2)
    """
    return tuple(each for each in TEETH.multiples if each == 1 or each * order * (1 + SLIP) <= top)


def fault_lines(orders: BearingOrders) -> Floats:
    """Orders where a fault of this bearing may show: the first multiples of races and ball."""
    return np.outer([getattr(orders, label) for label in BEARING_FAULTS], np.arange(1.0, 5.0)).ravel()


def _lines(order: float, label: str, cage: float) -> Floats:
    """All that a fault of some kind leaves in an envelope."""
    if label == CAGE:
        return family(order, BLANKED_LINES, (0.0,))
    shaft = np.arange(-SHAFT_SIDES, SHAFT_SIDES + 1.0)
    caged = cage * np.arange(-CAGE_SIDES, CAGE_SIDES + 1.0)
    return family(order, BLANKED_LINES, [*shaft.tolist(), *caged.tolist()])


def _rival(
    spectra: OrderSpectra, own: Comb, orders: BearingOrders, rng: np.random.Generator
) -> tuple[Comb, Chance] | None:
    """A comb that stands clearly higher at an order that is neither this fault's nor one of its side bands'."""
    highest = spectra.top / (TEETH.multiples[-1] * (1 + SLIP))
    if highest <= LOWEST_ORDER:
        return None
    kin = family(own.order, 3, np.arange(-SHAFT_SIDES, SHAFT_SIDES + 1.0).tolist())
    kin = np.append(np.abs(kin), family(own.order, 3, [-orders.cage, orders.cage]))
    rest = spectra.without(kin)
    rival = highest_comb(spectra, LOWEST_ORDER, highest, TEETH)
    near_own = np.abs(rival.order - kin).min() < BESIDE_BINS * spectra.resolution + BESIDE_SHARE * rival.order
    of_bearing = any(abs(rival.order / order - 1) < SLIP for order in orders)
    if near_own or of_bearing or rival.score < own.score + CLEARLY_DB:
        return None
    return rival, chance_of(rest, rival, rival.order, TEETH, fault_lines(orders), rng)


def _believed(heard: Mapping[str, Heard]) -> dict[str, Heard]:
    """Companions are not believed: a far weaker comb, and a cage's beside a believed fault, which it modulates."""
    highest = max((each.chance.excess_db for each in heard.values() if each.found), default=0.0)
    weak = {label for label, each in heard.items() if each.chance.excess_db < COMPANION * highest}
    faults = [label for label, each in heard.items() if each.found and label not in (*weak, CAGE)]
    told: dict[str, Heard] = {}
    for label, each in heard.items():
        if label == CAGE and each.found and faults:
            told[label] = replace(each, found=False, note=f"the cage modulates every fault; taken with {faults[0]}")
        elif each.found and label in weak:
            told[label] = replace(each, found=False, note="far weaker than the strongest; taken for its companion")
        else:
            told[label] = each
    return told
