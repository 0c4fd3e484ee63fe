"""Cells: machines, diagnoses and what was put aside, as rows of tables."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from pipeline.batch.store.diagnosed import Diagnosed
from pipeline.reporting.fleet.folder import page_of
from pipeline.reporting.fleet.machine import RANK, Machine, finding_words
from pipeline.reporting.fleet.table import Column, Table
from pipeline.reporting.fleet.trend import spark
from pipeline.reporting.wording import plain, score_text
from pipeline.verdict import Outcome

FLEET = (
    Column("State", "state", "state"),
    Column("Machine", "link", "machine"),
    Column("Why"),
    Column("Health", "number", "health"),
    Column("Its trend", "trend"),
    Column("Site", "text", "site"),
    Column("Latest answer", "answer", "verdict"),
    Column("Latest recording", "time", "since"),
    Column("Signals", "number"),
)

RECORDINGS = (
    Column("Recorded (UTC)", "time", "since"),
    Column("Point"),
    Column("Answer", "text", "answer"),
    Column("Highest", "number"),
    Column("Verdict", "word", "verdict"),
    Column("Rms", "number"),
    Column("Peak", "number"),
    Column("Kurtosis", "number"),
    Column("File"),
    Column("Model"),
    Column("Sheet", "link"),
)

ASIDE = (Column("Recorded (UTC)", "time", "since"), Column("Machine", "link"), Column("File"), Column("Reason"))


def fleet_row(machine: Machine) -> list[Any]:
    """A machine on the fleet's page."""
    worst, latest, state = machine.worst_point, machine.latest, machine.state
    health = worst.health_now if worst else None
    line = spark(worst.health, [row.at for row in worst.rows]) if worst and len(worst.rows) > 1 else ""
    return [
        [RANK[state], state], [machine.shown_name, page_of(machine.name, machine.site)], machine.why,
        [health, "" if health is None else f"{health:.0f}"], [health, line], machine.site,
        [answer_words(machine.telling), machine.telling.verdict], moment(latest.at),
        [machine.recordings, str(machine.recordings)],
    ]  # fmt: skip


def recordings_table(diagnoses: Sequence[Diagnosed], with_sheet: Collection[int]) -> Table:
    """Diagnoses of a machine."""
    rows = [_recording(row, with_sheet) for row in diagnoses]
    return Table("recordings", "Recordings and their verdicts", RECORDINGS, rows, [(0, True)])


def aside_row(row: Diagnosed, machine: Machine) -> list[Any]:
    """A signal that could not be used, on the page of those."""
    return [moment(row.at), [machine.shown_name, page_of(machine.name, machine.site)], row.source, row.reason or ""]


def answer_words(row: Diagnosed) -> str:
    """An answer, with the kind of verdict where that says more than the answer."""
    if row.verdict is Outcome.UNUSABLE:
        return "no answer"
    found = ", ".join(map(plain, row.labels)) or finding_words(row)
    return f"{found} ({row.verdict})" if row.verdict in (Outcome.AMBIGUOUS, Outcome.OUTSIDE) else found


def moment(at: datetime) -> str:
    """A time as tables show it."""
    return f"{at:%Y-%m-%d %H:%M}"


def _recording(row: Diagnosed, with_sheet: Collection[int]) -> Sequence[Any]:
    highest = max(row.probabilities.values(), default=None)
    unusable = row.verdict is Outcome.UNUSABLE
    answer = f"no answer: {row.reason}" if unusable else ", ".join(map(plain, row.labels)) or finding_words(row)
    sheet = [f"sheet {row.id}", f"../sheets/{row.id}.html"] if row.id in with_sheet else ["", ""]
    return [
        moment(row.at), ", ".join(filter(None, (row.point, row.channel))), answer,
        [highest, "" if highest is None else score_text(highest)], row.verdict,
        _figure(row.rms), _figure(row.peak), _figure(row.kurtosis), row.source, row.model, sheet,
    ]  # fmt: skip


def _figure(value: float | None) -> list[Any]:
    return [value, "" if value is None else f"{value:.3g}"]
