"""The fault_order image on simulated machines: what moves it, what does not, and which plane lights.

    python benchmarks/fault_order.py --json fault_order.json

Every window is 1 s brought to 12 kHz (gears: 4 s), taken in as a model takes it. Severities are the fault's rms against
the machine's whole background. A plane's score is the mean of its cells that can be read; nothing is trained.

- `columns`: noise whose strength swings at the n-th harmonic of a fault, n = 1 ... 5, every fault, at every change of
  machine and recorder: `right` is how often column n of that fault's plane is the brightest.
- `pooled`: per harmonic the mean over carriers, and the full band. `moved`: from setting to setting, other noise too;
  `noise`: from take to take at one setting; `setting`: what the setting alone does, moved^2 = noise^2 + setting^2;
  `shift`: the part of it that all machines share. Root mean squares, in the image's own unit (nepers). `same_noise`:
  one take heard by both recorders, for rates.
- `own plane`: how often the faulty part's plane is the brightest (`right`), and brighter than the threshold (`lit`).
- `healthy`: how often the brightest plane of a healthy machine passes the threshold, which is the 99th percentile of as
  many other healthy machines at 12 kHz; two in three hear a faulty neighbour.
- `speed`: a speed stated wrong, and one that varies by 5 % within the window, before and after order tracking.

Rates are in percent, those of bearings over 1,000 signals, other figures over 200 or 300; `--quick` takes a few dozen.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from fault_takes import (
    CHANGES,
    FAULTS,
    RECORDED_HZ,
    SEVERITIES_DB,
    TRACKED,
    Take,
    at_rate,
    at_speed,
    case,
    columns_kept,
    faulty_takes,
    gear_scores,
    healthy_machine,
    highest,
    images,
    movement,
    own_plane,
    own_score,
    percent,
    rates,
    recorded,
    scores,
    wavering,
)
from ledger import Ledger, arguments

from pipeline.signals.conditioning.steps import StepSpec


def columns_and_cells(ledger: Ledger, n_machines: int, n_signals: int, severities_db: tuple[float, ...]) -> None:
    """Rows of what settings move."""
    count, kept = columns_kept(at_rate(RECORDED_HZ), n_machines, rate_hz=RECORDED_HZ)
    ledger.add(claim="columns", what="model at 51.2 kHz", signals=count, right=kept)
    for name, (_, after) in CHANGES.items():
        count, kept = columns_kept(after, n_machines)
        ledger.add(claim="columns", what=name, signals=count, right=kept)
    for severity_db in severities_db:
        for name, (before, after) in CHANGES.items():
            row: dict[str, Any] = movement(before, after, n_signals, severity_db)._asdict()
            if name.startswith("rate"):
                takes = [case(number, severity_db) for number in range(n_signals)]
                apart = own_plane(takes, after, 0) - own_plane(takes, before, 0)
                row["same_noise"] = round(float(np.sqrt(np.nanmean(apart**2))), 4)
            ledger.add(claim="pooled", what=name, severity_db=severity_db, signals=n_signals, **row)


def planes(ledger: Ledger, n_signals: int) -> None:
    """Rows of which plane lights, and of what lights on a healthy machine."""
    healthy = [healthy_machine(number) for number in range(2 * n_signals)]
    threshold = float(np.quantile(highest(healthy[n_signals:]), 0.99))
    others: dict[str, Callable[[Take], Take]] = {"none": at_speed(1.0), "rate 51.2 -> 12 kHz": at_rate(12000)}
    others |= {name: after for name, (_, after) in CHANGES.items() if name != "resonances"}
    for name, change in others.items():
        top = highest([change(take) for take in healthy[:n_signals]])
        low, middle, high = (round(float(value), 3) for value in np.quantile(top, [0.05, 0.5, 0.99]))
        said = {"threshold": round(threshold, 3), "lit": percent(top > threshold)}
        ledger.add(claim="healthy", what=name, signals=n_signals, **said, q05=low, median=middle, q99=high)
    for severity_db in SEVERITIES_DB:
        takes, own = faulty_takes(n_signals, severity_db)
        found = scores(images([recorded(take) for take in takes]))
        for place, label in enumerate(FAULTS):
            some = own == place
            by_label = rates(found[some], own[some], threshold)._asdict()
            ledger.add(claim="own plane", what=label, severity_db=severity_db, signals=int(some.sum()), **by_label)
        ledger.add(
            claim="own plane", severity_db=severity_db, signals=n_signals, **rates(found, own, threshold)._asdict()
        )


def wheels(ledger: Ledger, n_signals: int) -> None:
    """Rows of gears."""
    threshold = float(np.quantile(gear_scores(n_signals, None, first=10**6).max(axis=1), 0.99))
    lit = percent(gear_scores(n_signals, None).max(axis=1) > threshold)
    ledger.add(claim="healthy gear", signals=n_signals, threshold=round(threshold, 3), lit=lit)
    for wheel, name in enumerate(("driving wheel", "driven wheel")):
        for severity_db in (-6.0, 0.0, 6.0):
            found = gear_scores(n_signals, wheel, severity_db)
            row = rates(found, np.full(n_signals, wheel), threshold)._asdict()
            ledger.add(claim="own plane", what=name, severity_db=severity_db, signals=n_signals, **row)


def speeds(ledger: Ledger, n_signals: int, severity_db: float = 6.0) -> None:
    """Rows of speeds stated wrong, and of speeds that vary."""
    takes, own = faulty_takes(n_signals, severity_db)
    heard = [recorded(take) for take in takes]
    for off in (0.0, 0.006, 0.03):
        stated = [signal.changed(speed_rpm=float(signal.speed_rpm or 0.0) * (1 + off)) for signal in heard]
        score = scores(images(stated))
        row = {"right": percent(score.argmax(axis=1) == own), "own_score": own_score(score, own)}
        ledger.add(claim="speed", what=f"stated {100 * off:g} % wrong", signals=n_signals, **row)
    steady: tuple[StepSpec, ...] = ()
    for depth, steps in ((0.0, steady), (0.025, steady), (0.025, TRACKED)):
        score = scores(images([wavering(take, depth) for take in takes], conditioning=steps))
        row = {"right": percent(score.argmax(axis=1) == own), "own_score": own_score(score, own)}
        name = f"varies {200 * depth:g} %{', order tracked' if steps else ''}"
        ledger.add(claim="speed", what=name, signals=n_signals, **row)


def main() -> None:
    """Print the table, and write it where asked."""
    given = arguments(__doc__)
    torch.set_num_threads(1)
    ledger = Ledger("fault_order.py")
    n_machines, n_moved, n_signals, n_few = (1, 24, 45, 15) if given.quick else (20, 200, 1000, 300)
    columns_and_cells(ledger, n_machines, n_moved, (6.0,) if given.quick else (0.0, 6.0, 12.0))
    planes(ledger, n_signals)
    wheels(ledger, n_few)
    speeds(ledger, n_few)
    ledger.finish(given.json)


if __name__ == "__main__":
    main()
