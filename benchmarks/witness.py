"""The physics witness alone on real and simulated signals: what it finds, what it misses, how often it is wrong.

    FAULTPRINT_DATA=... python benchmarks/witness.py --json witness.json

Every signal of CWRU, MFPT and HIT-SM at hand, file by file, given its corpus's geometry and speed; no model, nothing
trained. Then 200 simulated healthy machines, alone and with the faulty neighbours that two of three hear, and simulated
faults. `level_db` is what stood above the median at other orders when the recordings were first looked at, by the same
kind of measure but before whitening; `db` is the witness's. `--quick` takes every eighth signal and 20 machines.
"""

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from honest.pictures import beside
from ledger import Ledger, arguments
from witness_levels import ABOVE, BELOW, BETWEEN, UNKNOWN, group_of, levels_of

from pipeline.catalog.corpora.loading import load_corpus
from pipeline.catalog.opening import open_row
from pipeline.catalog.row import Row
from pipeline.diagnosis.witness.bearing_faults import BEARING_LABELS
from pipeline.diagnosis.witness.examine import LABELS, LEVEL, examine
from pipeline.diagnosis.witness.gear_faults import GEAR_TOOTH
from pipeline.diagnosis.witness.witness import Witness
from pipeline.errors import CatalogError
from pipeline.reporting.drawing import TICK_PT, new_figure, png, tidy
from pipeline.reporting.palette import BLUE, GREY, INK, VERMILION
from pipeline.signals.labels import HEALTHY
from pipeline.signals.signal import Signal
from pipeline.signals.simulation.simulated_machine import Machine, random_machine
from pipeline.signals.simulation.synthetic import simulate
from pipeline.whole_file import write_whole

CORPORA = ("cwru", "mfpt", "hit_sm")
FRESH_SEED = 300_000
FAULT_SEED = 200_000
"""Of machines that nothing was chosen on."""

SIMULATED_S = 10.0
NEIGHBOURLY = 0.02
"""A found order this near to a multiple of a neighbour's is the neighbour's line."""

SAID = (
    "how it hears (60 turns, whitening, three teeth, what counts as loud, as a companion) was chosen while looking at "
    "these CWRU, MFPT and HIT-SM files and at simulated machines of other seeds than those of the rows"
)
OTHER_END = (
    "the other end's bearing is called healthy by its publisher, and hears the fault; DE lines at order 3.59-3.60 in "
    "files of the fan end, and FE lines at 4.93 in files of the drive end, stand where the same bearings' own faults do"
)
FE_BALL = (
    "2 BSF of the fan end's 6203 is order 3.987, which no stated speed parts from the shaft's 4x: in the healthy file "
    "97 that line stands 35 dB high before whitening; the label is not asked there"
)
SINGLE = (
    "one label's own p-value is at most 0.05 about as often as it says on simulated machines alone, and three times as "
    "often at CWRU's other ends: real envelopes hold lines of cross-talk, motor and supply that are no noise; the "
    "seconds are the processor's, one thread"
)
ROTOR = "hints at imbalance, misalignment and looseness are no findings: a sound shaft leaves such lines too"


def heard(signal: Signal) -> dict[str, Any]:
    """One signal's columns: a p-value per label, what was found."""
    told = examine(signal)
    lines = {line.label: line for line in told.lines}
    return {
        "p": {label: lines[label].p_value for label in LABELS if label in lines},
        "db_by_label": {label: round(lines[label].snr_db, 1) for label in BEARING_LABELS if label in lines},
        "orders": {label: round(lines[label].order, 3) for label in told.found},
        "found": ", ".join(told.found),
        "hints": ", ".join(told.hints),
        "others": [round(other.order, 3) for other in told.others],
        "not_asked": sorted(label for label in told.unasked if label in BEARING_LABELS),
    }


def real(ledger: Ledger, every: int) -> None:
    """A row per signal of the public recordings."""
    for name in CORPORA:
        try:
            catalog = load_corpus(name)
        except CatalogError as error:
            ledger.note(f"no rows of {name}: {error}")
            continue
        for row in catalog.rows[::every]:
            signal = open_row(row, catalog.root)
            (stated,) = signal.labels
            found = heard(signal)
            ledger.add(
                corpus=name,
                file=row.source.rpartition("/")[2],
                channel=row.point,
                fault_end=row.condition.get("fault_end"),
                fault=stated,
                fault_name=fault_name(name, row),
                level_db=levels_of(name, row),
                db=found["db_by_label"].get(stated),
                hit=stated in found["found"].split(", "),
                **found,
            )


def fault_name(corpus: str, row: Row) -> str:
    """Which faults are told together."""
    condition = row.condition
    if corpus != "cwru" or HEALTHY in row.labels:
        return HEALTHY if HEALTHY in row.labels else row.labels[0]
    clock = f" @{condition['position']:g}" if condition.get("position") else ""
    rate = " 48 kHz" if row.rate_hz == 48000 else ""
    return f"{row.point} {row.labels[0]} {condition['size_mil']:03.0f}{clock}{rate}"


def by_fault(rows: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """A row per fault: how many of its files show it."""
    names = dict.fromkeys((row["corpus"], row["fault_name"]) for row in rows if row["fault"] != HEALTHY)
    for corpus, name in names:
        mine = [row for row in rows if (row["corpus"], row["fault_name"]) == (corpus, name)]
        yield {"job": corpus, "fault": name, "level_db": mine[0]["level_db"], **counted(mine)}


def by_level(rows: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """A row per range of levels, of all corpora."""
    for group in (ABOVE, BETWEEN, BELOW, UNKNOWN):
        mine = [row for row in rows if row["fault"] != HEALTHY and group_of(row["level_db"]) == group]
        if mine:
            yield {"job": "faults by level", "fault": group, **counted(mine)}


def counted(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Hits, signals of which the stated label could not be asked, and what else was found."""
    levels = [row["db"] for row in rows if row["db"] is not None]
    else_found = Counter(
        label for row in rows for label in filter(None, row["found"].split(", ")) if label != row["fault"]
    )
    return {
        "signals": len(rows),
        "found": sum(row["hit"] for row in rows),
        "db": " to ".join(dict.fromkeys(str(round(end)) for end in (min(levels), max(levels)))) if levels else None,
        "not_asked": sum(row["fault"] in row["not_asked"] for row in rows) or None,
        "else_found": ", ".join(f"{count} {label}" for label, count in else_found.most_common()) or None,
    }


def healthy_real(rows: Sequence[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    """False alarms, by where a healthy bearing was listened to."""
    healthy = [row for row in rows if row["fault"] == HEALTHY]
    groups = {
        "CWRU 97": [row for row in healthy if row["corpus"] == "cwru" and not row["fault_end"]],
        "CWRU, DE of a fan-end fault": [row for row in healthy if row["fault_end"] == "FE" and row["channel"] == "DE"],
        "CWRU, FE of a drive-end fault": [
            row for row in healthy if row["fault_end"] == "DE" and row["channel"] == "FE"
        ],
        "HIT-SM normal": [row for row in healthy if row["corpus"] == "hit_sm"],
    }
    for name, mine in groups.items():
        if mine:
            yield {"job": "healthy", "fault": name, **alarms(mine)}


def alarms(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """How many signals have any finding at the level, and how often a label's own p-value is at most that."""
    found = Counter(label for row in rows for label in filter(None, row["found"].split(", ")))
    low = [p <= LEVEL for row in rows for label, p in row["p"].items() if label in (*BEARING_LABELS, GEAR_TOOTH)]
    hints = sum(bool(row["hints"]) for row in rows)
    return {
        "signals": len(rows),
        "found": sum(bool(row["found"]) for row in rows),
        "percent": round(100 * float(np.mean([bool(row["found"]) for row in rows])), 1),
        "single_p_percent": round(100 * float(np.mean(low)), 1),
        "else_found": ", ".join(f"{count} {label}" for label, count in found.most_common()) or None,
        "hints_percent": round(100 * hints / len(rows), 1),
    }


def simulated_healthy(ledger: Ledger, n_machines: int) -> None:
    """The same sound machines with faulty neighbours, as drawn, and without."""
    machines = [random_machine(FRESH_SEED + number) for number in range(n_machines)]
    for name, wanted in (("alone", False), ("with a faulty neighbour", True)):
        mine = [each for each in machines if each.neighbour] if wanted else [alone(each) for each in machines]
        rows = [heard(recorded(each, (), number)) for number, each in enumerate(mine)]
        own = [neighbours(each, row) for each, row in zip(mine, rows, strict=True)]
        ledger.add(
            job="healthy",
            fault=f"simulated machines, {name}",
            **alarms(rows),
            of_neighbour=sum(own) if wanted else None,
        )


def alone(machine: Machine) -> Machine:
    """A machine whose neighbours are sound."""
    return replace(machine, neighbour=None)


def recorded(machine: Machine, labels: Sequence[str], seed: int, wheel: int = 0, severity_db: float = 0.0) -> Signal:
    """Ten seconds of it at 12 kHz."""
    return simulate(machine, labels, duration_s=SIMULATED_S, seed=seed, faulty_wheel=wheel, severity_db=severity_db)


def neighbours(machine: Machine, row: Mapping[str, Any]) -> bool:
    """Whether anything found stands on a line that the neighbour makes."""
    if machine.neighbour is None:
        return False
    bearing = machine.neighbour.bearing.orders
    lines = [getattr(bearing, machine.neighbour.label), bearing.cage]
    ratios = [order / line for order in row["orders"].values() for line in lines]
    return any(abs(ratio / max(1, round(ratio)) - 1) <= NEIGHBOURLY for ratio in ratios)


def simulated_faults(ledger: Ledger, n_machines: int) -> None:
    """Every fault that can be asked, at the level of its machine's background."""
    wanted = [(label, 0) for label in LABELS] + [(GEAR_TOOTH, 1)]
    for label, wheel in wanted:
        machines = [alone(random_machine(FAULT_SEED + number)) for number in range(n_machines)]
        told = [examine(recorded(each, (label,), number, wheel)) for number, each in enumerate(machines)]
        name = f"{label}, wheel {wheel + 1}" if label == GEAR_TOOTH else label
        ledger.add(job="simulated faults, 0 dB", fault=name, **counted_simulated(told, label))


def counted_simulated(told: Sequence[Witness], label: str) -> dict[str, Any]:
    """Hits (hints, for a rotor's), and what else was found."""
    else_found = Counter(other for each in told for other in each.found if other != label)
    return {
        "signals": len(told),
        "found": sum(label in (*each.found, *each.hints) for each in told),
        "not_asked": sum(label in each.unasked for each in told) or None,
        "else_found": ", ".join(f"{count} {other}" for other, count in else_found.most_common()) or None,
    }


def cost(ledger: Ledger, repeats: int = 7) -> None:
    """Processor seconds for a signal, one thread, the median of some after one that warms up."""
    for duration_s, rate_hz in ((10.0, 12000.0), (10.0, 51200.0), (60.0, 12000.0)):
        machine = replace(random_machine(FAULT_SEED), gear=None)
        signal = simulate(machine, ["outer_race"], duration_s=duration_s, rate_hz=rate_hz)
        spent = []
        for _ in range(repeats + 1):
            started = time.process_time()
            examine(signal)
            spent.append(time.process_time() - started)
        seconds = round(float(np.median(spent[1:])), 3)
        ledger.add(job=f"one signal, {duration_s:g} s at {rate_hz:g} Hz", seconds=seconds)


class ByFile(Ledger):
    """Keeps what is told by label out of the table."""

    json_only = frozenset({"p", "db_by_label", "orders", "others"})


def draw(ledger: Ledger, path: Any) -> None:
    """How high every stated fault's line stands, found or not."""
    rows = [row for row in ledger.rows if row.get("file") and row["fault"] != HEALTHY and row["db"] is not None]
    names = list(dict.fromkeys((row["corpus"], row["fault_name"]) for row in rows))
    figure = new_figure(7.2, 0.8 + 0.17 * len(names))
    axes = figure.add_axes((0.33, 0.6 / (0.8 + 0.17 * len(names)), 0.65, 1 - 0.95 / (0.8 + 0.17 * len(names))))
    for row in rows:
        place = names.index((row["corpus"], row["fault_name"]))
        axes.plot(
            row["db"], place, marker="o", markersize=4.0, markeredgewidth=0.9,
            markeredgecolor=BLUE if row["hit"] else VERMILION, markerfacecolor=BLUE if row["hit"] else "white",
        )  # fmt: skip
    tidy(axes, "", "highest line at the stated fault's order, dB over the median at random orders")
    axes.set_yticks(range(len(names)), [f"{corpus} {name}" for corpus, name in names], fontsize=TICK_PT)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.grid(axis="y", color=GREY, linewidth=0.3)
    title = "The physics witness: stated faults found (full) and not found (hollow), file by file"
    figure.text(0.01, 0.995, title, fontsize=8.0, color=INK, va="top")
    write_whole(beside(path), [png(figure)])


def main() -> None:
    """Files, then what they come to, then simulated machines."""
    options = arguments(__doc__)
    torch.set_num_threads(1)
    ledger = ByFile("witness.py")
    n_machines, n_faults = (20, 5) if options.quick else (200, 30)
    real(ledger, 8 if options.quick else 1)
    files = list(ledger.rows)
    for row in (*by_fault(files), *by_level(files), *healthy_real(files)):
        ledger.add(**row)
    simulated_healthy(ledger, n_machines)
    simulated_faults(ledger, n_faults)
    cost(ledger)
    for row in ledger.rows:
        if row.get("of_neighbour"):
            of_all = f"{row['of_neighbour']} of the {row['found']}"
            ledger.note(f"with a faulty neighbour: {of_all} findings stand on the neighbour's own line or its cage's")
    for line in (SAID, OTHER_END, FE_BALL, SINGLE, ROTOR):
        ledger.note(line)
    if options.json and files:
        draw(ledger, options.json)
    ledger.finish(options.json)


if __name__ == "__main__":
    main()
