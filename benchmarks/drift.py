"""Drift of simulated plants: how often a sound one is told of it, and how long one that changed waits.

    python benchmarks/drift.py --json drift.json

A plant is some machines, each recorded once a night for a year; what is simulated is `outside_p` alone, how often a
signal like those trained on would be as strange. Sound plants: values as the theory has them, even and independent;
machines that are odd each in its own way, every night alike, and share each night's weather; the same where what is odd
of a machine wanders from night to night, half of it or nine tenths of it staying (an urn no more: the promise does not
hold there, and what it costs is printed); values of six sizes, as a model of five parts gives; nights of which every
fifth is odd, and then each machine is recorded once instead of six times, or only the first machine at all; and
machines that join one after another (no urn either). Printed: percent of plants that were ever told within the year,
with the upper end of the 95 % interval (Clopper and Pearson), beside the 1 % of Ville's inequality. In plants that
change, a share of the recordings is twenty times as strange from night 60 on: percent told within the year, nights
until then in the median and the slowest tenth, and recordings. Compared: ours (whole nights ranked among all nights,
one bet a night), one bet a night on the mean of its recordings' ranks among those of their own point before, a bet for
each recording on such ranks, and one bet a night on the mean of the values as they are, as if every machine were drawn
anew each night from what the model was trained on. (50 plants instead of 300 with --quick.)
"""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from ledger import Ledger, arguments, count

from pipeline.batch.trends.drift import ODDS, drift_in
from pipeline.batch.trends.jumper import log10_capital
from pipeline.batch.trends.nights import Heard
from pipeline.evaluation.share import interval

Floats = npt.NDArray[np.float64]

SOUND, CHANGED = "sound", "changed"
NIGHTS, CHANGE, FIRST = 365, 60, datetime(2026, 1, 1, 3, tzinfo=UTC)
MACHINES = (1, 4, 20)
STRANGER = 0.05
ODD_NIGHTS, CALM_RECORDINGS = 0.2, 6
NO_BET = 0.5
SHARES = (0.1, 0.25, 0.5, 1.0)


def even(rng: np.random.Generator, machines: int) -> Floats:
    """As the theory has them, shape (night, machine, recording)."""
    return rng.random((NIGHTS, machines, 1))


def own_ways(rng: np.random.Generator, machines: int, staying: float = 0.0) -> Floats:
    """Machines that are odd each in its own way and share the weather; so much of a night's oddness stays."""
    nightly = rng.normal(0.0, np.sqrt(1.0 - staying**2), (NIGHTS, machines))
    for night in range(1, NIGHTS):
        nightly[night] += staying * nightly[night - 1]
    weather = rng.normal(0.0, 1.0, (NIGHTS, 1))
    return _usual(1.5 + rng.normal(0.0, 1.5, machines) + weather + nightly)[..., None]


def wandering(staying: float) -> Callable[[np.random.Generator, int], Floats]:
    """The same, staying."""
    return lambda rng, machines: own_ways(rng, machines, staying)


def coarse(rng: np.random.Generator, machines: int) -> Floats:
    """As a model of five parts gives: multiples of one sixth."""
    return np.ceil(6.0 * own_ways(rng, machines)) / 6.0


def odd_nights(rng: np.random.Generator, machines: int, recordings: int) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Own ways and shared weather where some nights are odd, and which."""
    odd = rng.random(NIGHTS) < ODD_NIGHTS
    weather = rng.normal(0.0, 1.0, NIGHTS) + 3.0 * odd
    nightly = rng.normal(0.0, 1.0, (NIGHTS, machines, recordings))
    return _usual(1.5 + rng.normal(0.0, 1.5, (machines, 1)) + weather[:, None, None] + nightly), odd


def often_when_calm(rng: np.random.Generator, machines: int) -> Floats:
    """Six recordings of each machine, but one in an odd night."""
    values, odd = odd_nights(rng, machines, CALM_RECORDINGS)
    values[odd, :, 1:] = np.nan
    return values


def silent_when_odd(rng: np.random.Generator, machines: int) -> Floats:
    """A recording of each machine, but of the first alone in an odd night."""
    values, odd = odd_nights(rng, machines, 1)
    values[odd, 1:] = np.nan
    return values


def joining(rng: np.random.Generator, machines: int) -> Floats:
    """Own ways, shared weather; machines join one after another."""
    values = own_ways(rng, machines)
    for machine in range(machines):
        values[: machine * NIGHTS // machines, machine] = np.nan
    return values


def _usual(oddness: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(oddness)))


PLANTS = {
    "even, independent": even,
    "own ways, shared weather": own_ways,
    "half of it stays": wandering(0.5),
    "nine tenths stay": wandering(0.9),
    "own ways, six sizes": coarse,
    "six times in calm nights, once in odd ones": often_when_calm,
    "one machine alone in odd nights": silent_when_odd,
    "machines join": joining,
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


def a_mean_rank_a_night(plants: Plants) -> list[Told]:
    """One bet a night, on the mean of its recordings' ranks."""
    means = []
    for number, values in enumerate(plants):
        ranks, nights = own_ranks(values, number)
        counts = np.bincount(nights, minlength=NIGHTS)
        means.append(np.where(counts, np.bincount(nights, ranks, NIGHTS) / np.maximum(counts, 1), NO_BET))
    return [Told(place) for place in reached(means)]


def each_recording(plants: Plants) -> list[Told]:
    """A bet for each recording, on its rank."""
    found = [own_ranks(values, number) for number, values in enumerate(plants)]
    places = reached([ranks for ranks, _ in found])
    return [Told(None if at is None else int(nights[at])) for at, (_, nights) in zip(places, found, strict=True)]


def as_they_are(plants: Plants) -> list[Told]:
    """One bet a night, on the mean of the values."""
    return [Told(place) for place in reached([np.nanmean(values, axis=(1, 2)) for values in plants])]


WAYS: dict[str, Callable[[Plants], list[Told]]] = {
    "ours: whole nights, one bet a night": ours,
    "own past, a mean rank a night": a_mean_rank_a_night,
    "own past, a bet each recording": each_recording,
    "values as they are, one bet a night": as_they_are,
}


def own_ranks(values: Floats, seed: int) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Smoothed rank of each recording among those of its machine on earlier nights, and its night, in time.

    Example:
        >>> ranks, nights = own_ranks(np.array([[[0.5]], [[0.6]], [[0.01]]]), 0)
        >>> (ranks < 1 / 3).tolist(), nights.tolist()
        ([False, True], [1, 2])
    """
    even = np.random.default_rng(seed).random(values.size).tolist()
    past: list[list[float]] = [[] for _ in values[0]]
    found: list[float] = []
    nights: list[int] = []
    for night, row in enumerate(values.tolist()):
        tonight = [(machine, p) for machine, some in enumerate(row) for p in some if p == p]  # NaN is not itself
        for machine, p in tonight:
            if before := past[machine]:
                below, upto = bisect_left(before, p), bisect_right(before, p)
                found.append((below + even[len(found)] * (1 + upto - below)) / (1 + len(before)))
                nights.append(night)
        for machine, p in tonight:
            insort(past[machine], p)
    return np.array(found), np.array(nights, dtype=np.int64)


def heard(values: Floats) -> Iterator[Heard]:
    """Nights of machines as a store tells of them; NaN was not recorded."""
    for night, row in enumerate(values.tolist()):
        at = FIRST + timedelta(days=night)
        for machine, some in enumerate(row):
            for number, p in enumerate(some):
                if p == p:
                    yield Heard(0, at, (f"{machine}",), f"{night} {machine} {number} {p}", p)


def _night(at: datetime) -> int:
    return (at - FIRST).days


def reached(values: Sequence[Floats]) -> list[int | None]:
    """Where the capital of each plant first reaches the odds; None where it never does.

    Args:
        values: that are bet on, of each plant of shape (bet,).
    """
    padded = np.full((len(values), max(map(len, values))), NO_BET)
    for row, some in zip(padded, values, strict=True):
        row[: len(some)] = some
    high = log10_capital(padded) >= np.log10(ODDS)
    return [int(row.argmax()) if row.any() else None for row in high]


def sound_rows(ledger: Ledger, plants: int) -> None:
    """How often a sound plant is told."""
    for kind, drawn in PLANTS.items():
        for machines in MACHINES:
            values = [drawn(np.random.default_rng([number, machines]), machines) for number in range(plants)]
            for name, way in WAYS.items():
                told = sum(one.night is not None for one in way(values))
                _, most = interval(told / plants, plants)
                ledger.add(
                    job=SOUND, method=name, plant=kind, machines=machines, plants=plants,
                    told_percent=round(100.0 * told / plants, 2), at_most=round(100.0 * most, 2), bound=1.0,
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
    values[CHANGE:] *= np.where(stranger, STRANGER, 1.0)[..., None]
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
    plants = options.plants or (50 if options.quick else 300)
    sound_rows(ledger, plants)
    changed_rows(ledger, max(plants // 3, 1))
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
