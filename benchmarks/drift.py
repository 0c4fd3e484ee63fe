"""Drift of simulated plants: how often a sound one is told of it, and how long one that changed waits.

    python benchmarks/drift.py --json drift.json

A plant is some machines, each recorded once a night for a year; what is simulated is `outside_p` alone, how often a
signal like those trained on would be as strange. Sound plants are of four kinds: values as the theory has them, even
and independent; machines that are odd each in its own way, every night alike, and share each night's weather; the same
where what is odd of a machine wanders from night to night, half of it or nine tenths of it staying (an urn no more: the
promise does not hold there, and what it costs is printed); and values of six sizes, as a model of five parts gives.
Printed: percent of plants that were ever told within the year, with the upper end of the 95 % interval (Clopper and
Pearson), beside the 1 % of Ville's inequality. In plants that change, a share of the recordings is twenty times as
strange from night 60 on: percent told within the year, nights until then in the median and the slowest tenth, and
recordings. Compared: ours (ranks among the point's own nights, one bet a night), a bet for each recording on such
ranks, and one bet a night on the values as they are, as if every machine were drawn anew each night from what the model
was trained on. (50 plants instead of 500 with --quick.)
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from ledger import Ledger, arguments, count
from scipy.stats import beta

from pipeline.batch.trends.drift import ODDS, Heard, drift_in, ranked
from pipeline.batch.trends.jumper import log10_capital

Floats = npt.NDArray[np.float64]

SOUND, CHANGED = "sound", "changed"
NIGHTS, CHANGE, FIRST = 365, 60, datetime(2026, 1, 1, 3, tzinfo=UTC)
MACHINES = (1, 4, 20)
STRANGER = 0.05
SHARES = (0.1, 0.25, 0.5, 1.0)


def even(rng: np.random.Generator, machines: int) -> Floats:
    """As the theory has them, shape (night, machine)."""
    return rng.random((NIGHTS, machines))


def own_ways(rng: np.random.Generator, machines: int, staying: float = 0.0) -> Floats:
    """Machines that are odd each in its own way and share the weather; so much of a night's oddness stays."""
    nightly = rng.normal(0.0, np.sqrt(1.0 - staying**2), (NIGHTS, machines))
    for night in range(1, NIGHTS):
        nightly[night] += staying * nightly[night - 1]
    weather = rng.normal(0.0, 1.0, (NIGHTS, 1))
    return np.asarray(1.0 / (1.0 + np.exp(1.5 + rng.normal(0.0, 1.5, machines) + weather + nightly)))


def wandering(staying: float) -> Callable[[np.random.Generator, int], Floats]:
    """The same, staying."""
    return lambda rng, machines: own_ways(rng, machines, staying)


def coarse(rng: np.random.Generator, machines: int) -> Floats:
    """As a model of five parts gives: multiples of one sixth."""
    return np.ceil(6.0 * own_ways(rng, machines)) / 6.0


PLANTS = {
    "even, independent": even,
    "own ways, shared weather": own_ways,
    "half of it stays": wandering(0.5),
    "nine tenths stay": wandering(0.9),
    "own ways, six sizes": coarse,
}


class Told(NamedTuple):
    """When a plant was told.

    Attributes:
        night: None where it never was.
        since: the night the drift is dated to; None where the way gives none.
    """

    night: int | None
    since: int | None = None


Plants = Sequence[Floats]


def ours(plants: Plants) -> list[Told]:
    """As a batch tells it."""
    found = [drift_in(heard(values), date.max) for values in plants]
    return [Told(None) if one is None else Told(_night(one.told_by.at), _night(one.since.at)) for one in found]


def each_recording(plants: Plants) -> list[Told]:
    """A bet for each recording, on its rank among its point's own nights, from the second night on."""
    ranks = np.array([[rank for _, rank in ranked(heard(values))] for values in plants])
    machines = plants[0].shape[1]
    return [Told(None if place is None else 1 + place // machines) for place in reached(ranks)]


def as_they_are(plants: Plants) -> list[Told]:
    """One bet a night, on the mean of the values."""
    return [Told(place) for place in reached(np.array([values.mean(axis=1) for values in plants]))]


WAYS: dict[str, Callable[[Plants], list[Told]]] = {
    "ours: own past, one bet a night": ours,
    "own past, a bet each recording": each_recording,
    "values as they are, one bet a night": as_they_are,
}


def heard(values: Floats) -> Iterator[Heard]:
    """Nights of machines as a store tells of them."""
    for night, row in enumerate(values):
        for machine, p in enumerate(row):
            at = FIRST + timedelta(days=night, minutes=machine)
            yield Heard(0, at, (f"{machine}",), f"{night} {machine} {p}", float(p))


def _night(at: datetime) -> int:
    return (at - FIRST).days


def reached(values: Floats) -> list[int | None]:
    """Where the capital first reaches the odds, shape (plant, bet); None where it never does."""
    high = log10_capital(values) >= np.log10(ODDS)
    return [int(row.argmax()) if row.any() else None for row in high]


def at_most(told: int, plants: int) -> float:
    """Upper end of the 95 % interval of a share, in percent.

    Source: Clopper and Pearson (1934), The use of confidence or fiducial limits.

    Example:
        >>> round(at_most(0, 100), 2), at_most(100, 100)
        (3.62, 100.0)
    """
    return 100.0 if told == plants else 100.0 * float(beta.ppf(0.975, told + 1, plants - told))


def sound_rows(ledger: Ledger, plants: int) -> None:
    """How often a sound plant is told."""
    for kind, drawn in PLANTS.items():
        for machines in MACHINES:
            values = [drawn(np.random.default_rng([number, machines]), machines) for number in range(plants)]
            for name, way in WAYS.items():
                told = sum(one.night is not None for one in way(values))
                ledger.add(
                    job=SOUND, method=name, plant=kind, machines=machines, plants=plants,
                    told_percent=round(100.0 * told / plants, 2), at_most=round(at_most(told, plants), 2), bound=1.0,
                )  # fmt: skip


def changed_rows(ledger: Ledger, plants: int) -> None:
    """How long a plant waits that changed."""
    for machines in MACHINES:
        for share in SHARES:
            values = [shifted(number, machines, share) for number in range(plants)]
            for name, way in WAYS.items():
                if way is not as_they_are:  # whose sound plants it tells of
                    ledger.add(
                        job=CHANGED, method=name, plant="own ways, shared weather", machines=machines, plants=plants,
                        shifted_percent=100.0 * share, **waited(way(values), machines),
                    )  # fmt: skip


def shifted(number: int, machines: int, share: float) -> Floats:
    """A plant in which a share of the recordings is stranger from CHANGE on."""
    rng = np.random.default_rng([number, machines, 1])
    values = own_ways(rng, machines)
    stranger = rng.random((NIGHTS - CHANGE, machines)) < share
    values[CHANGE:] *= np.where(stranger, STRANGER, 1.0)
    return values


def waited(told: Sequence[Told], machines: int) -> dict[str, Any]:
    """Nights and recordings from the change until it was told; one never told waits for ever."""
    waits = [np.inf if one.night is None else float(one.night - CHANGE) for one in told]
    dated = [one.since - CHANGE for one in told if one.since is not None]
    return {
        "told_percent": round(100.0 * float(np.mean(np.isfinite(waits))), 1),
        "nights": _quantile(waits, 0.5),
        "nights_90": _quantile(waits, 0.9),
        "recordings": None if (nights := _quantile(waits, 0.5)) is None else nights * machines,
        "dated_nights_off": float(np.median(dated)) if dated else None,
    }


def _quantile(values: Sequence[float], share: float) -> float | None:
    found = float(np.quantile(values, share, method="higher"))
    return found if np.isfinite(found) else None


def main() -> None:
    """Sound plants, then such that change."""
    options = arguments(__doc__, lambda parser: parser.add_argument("--plants", type=count, help="how many"))
    ledger = Ledger("drift.py")
    plants = options.plants or (50 if options.quick else 500)
    sound_rows(ledger, plants)
    changed_rows(ledger, max(plants // 5, 1))
    ledger.note("simulated p-values, no signals: what a model makes of a plant that changes is not measured by this")
    for row in ledger.rows:
        if row["job"] == SOUND and row["method"].startswith("ours") and row["told_percent"] > row["bound"]:
            ledger.note(
                f"LOSS: ours tells {row['told_percent']:g} % of sound plants ({row['plant']}, {row['machines']} "
                "machines), above Ville's 1 %"
            )
    ledger.finish(options.json)


if __name__ == "__main__":
    main()
