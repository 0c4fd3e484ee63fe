"""Alarms on simulated histories: 500 machines, a year of weeks, faults growing in three of four.

    python benchmarks/alarms.py --json alarms.json

Every machine is recorded once a week for two seconds and listened to by `ready`; each has a speed of its own (900 to
3000 rpm), and each recording one within a tenth of that; its loudness goes with the square of speed, and with a load
that sways by 1 dB. Half of the machines get a fault of the outer race, the inner race or the ball, a quarter one of the
rotor (imbalance, misalignment, looseness), which the model does not know and must not take for one of the bearing; a
quarter stays sound. A fault begins in a week between the 10th and the 26th and grows by 1 to 3 dB a week, from 24 dB
below the machine's background to 12 above it, swaying by 1 dB. Two of three machines have a faulty neighbour, as in the
simulation always. (40 machines with --quick.)

Compared over the same histories: the house's rules (`pipeline/batch/trends/rules.py`), a plain threshold without
persistence and hysteresis (the peer), the same raised until it is needless no more often than the house's rules, and
loudness alone, by the house's rules and plain. Printed: how many faults raise an alarm; at which severity, and how many
weeks after their begin, in the median and the slowest tenth (a fault without an alarm counts as one that comes never);
how many weeks before the fault is as loud as its machine; how often an alarm opens per fault; needless alarms per year
of machines that have no such fault (yet), with the upper end of their 95 % interval; and how many alarms a fault raises
under another's name. Machines and growth are simulated: what an alarm is worth in a plant is not measured by this.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from alarm_lives import Life, lives
from alarm_picture import draw
from alarm_scores import Way, plain, scores
from ledger import Ledger, arguments, count

from pipeline.batch.trends.rules import Rules

RULES, TRADE = "rules", "trade-off"
HOUSE = Way("the house's rules", Rules())
PLAIN = Way("plain threshold 0.8", plain(0.8))
STRICT = Way("5 of 6 recordings", Rules(needed=5, of=6))
LOUD = Way("loudness, the house's rules", Rules(), by_level=True)
PLAIN_LOUD = Way("loudness, plain threshold", plain(0.8), by_level=True)
PERSISTENCE = ((3, 4), (2, 3))
THRESHOLDS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999)


class Lists(Ledger):
    """Keeps curves out of the table."""

    json_only = frozenset({"alarmed_by"})


def add_rules(ledger: Ledger, found: Sequence[Life]) -> None:
    """A row per way, the peer raised to as few needless alarms among them."""
    house = scores(found, HOUSE)
    peers = list(raised(found, house["needless"]))
    for way in (HOUSE, PLAIN, *peers, STRICT, LOUD, PLAIN_LOUD):
        told = house if way is HOUSE else scores(found, way)
        ledger.add(job=RULES, method=way.told, machines=len(found), **told)
        if way in peers:
            ledger.note(beside_peer(house, told))


def beside_peer(house: Mapping[str, Any], peer: Mapping[str, Any]) -> str:
    """Who is earlier where neither is needless more often, a loss of ours as plainly as a gain.

    Example:
        >>> few = {"severity_db": -6.7, "needless": 3, "alarms_per_fault": 1.0}
        >>> beside_peer(few, few | {"severity_db": -9.6, "alarms_per_fault": 1.35})
        "LOSS: the house's rules alarm at -6.7 dB, the raised peer at -9.6 (median); alarms per fault 1 and 1.35"
    """
    ours, theirs = (np.inf if one["severity_db"] is None else one["severity_db"] for one in (house, peer))
    outcome = "LOSS" if ours > theirs else "gain" if ours < theirs else "tie"
    return (
        f"{outcome}: the house's rules alarm at {ours:g} dB, the raised peer at {theirs:g} (median); "
        f"alarms per fault {house['alarms_per_fault'] or 0:g} and {peer['alarms_per_fault'] or 0:g}"
    )


def raised(found: Sequence[Life], most: int) -> Iterator[Way]:
    """The lowest plain threshold that is needless no more often; none where even the highest is."""
    for threshold in THRESHOLDS:
        way = Way(f"plain threshold {threshold:g}, as few needless", plain(threshold))
        if scores(found, way)["needless"] <= most:
            yield way
            return


def add_trade_off(ledger: Ledger, found: Sequence[Life]) -> None:
    """Every family over all thresholds: what lateness buys."""
    for threshold in THRESHOLDS:
        held = [Way(f"{needed} of {of}", persistent(threshold, needed, of)) for needed, of in PERSISTENCE]
        for way in (*held, Way("plain threshold", plain(threshold))):
            ledger.add(job=TRADE, method=way.told, open_at=threshold, machines=len(found), **scores(found, way))


def persistent(open_at: float, needed: int, of: int) -> Rules:
    """The house's rules but for their threshold and persistence."""
    return Rules(open_at=open_at, close_below=min(Rules().close_below, open_at), needed=needed, of=of)


def mute(found: Sequence[Life]) -> str:
    """How many recordings gave no verdict."""
    silent = sum(not one.faults for life in found for one in life.history)
    return f"recordings without a verdict: {silent} of {sum(len(life.history) for life in found)}"


def steadiness(found: Sequence[Life]) -> str:
    """How far loudness sways on sound machines, from one recording to the next."""
    sound = [[one.rms for one in life.history if one.rms] for life in found if life.fault is None]
    spread_db = float(np.median([np.std(20.0 * np.log10(levels)) for levels in sound]))
    return f"loudness of sound machines sways by {spread_db:.1f} dB (standard deviation, median machine)"


def main() -> None:
    """Simulate the years once; judge them in several ways."""
    options = arguments(__doc__, lambda parser: parser.add_argument("--machines", type=count, help="how many"))
    ledger = Lists("alarms.py")
    found = lives(options.machines or (40 if options.quick else 500))
    add_rules(ledger, found)
    add_trade_off(ledger, found)
    ledger.note("simulated machines and growth; `ready` was taught by other simulated machines, no plant by this")
    ledger.note("at_most: upper end of the 95 % interval (Poisson) of needless alarms per machine-year")
    ledger.note(mute(found)).note(steadiness(found))
    if options.json:
        draw(options.json, ledger.rows)
    ledger.finish(options.json)


if __name__ == "__main__":
    main()
