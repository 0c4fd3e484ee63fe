"""Report: a fleet's page, a page per machine, sheets of single diagnoses; written while the store is read."""

import shlex
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import groupby
from typing import Any

from pipeline.batch.monitor.health import Health
from pipeline.batch.store.diagnosed import Diagnosed
from pipeline.batch.store.kept_alarms import KeptAlarm
from pipeline.batch.trends.history import Where
from pipeline.batch.trends.judged import DRIFT
from pipeline.batch.trends.rules import Rules
from pipeline.reporting.fleet.cells import ASIDE, FLEET, aside_row, fleet_row, moment, recordings_table
from pipeline.reporting.fleet.folder import Folder, page_of
from pipeline.reporting.fleet.machine import MEANINGS, Machine, State, alarm_words
from pipeline.reporting.fleet.pictures import trends_of
from pipeline.reporting.fleet.point import Point
from pipeline.reporting.fleet.sheets import Kept, write_sheets
from pipeline.reporting.fleet.table import Table
from pipeline.reporting.templates import template
from pipeline.verdict import Outcome


class Sheets(StrEnum):
    """Of which diagnoses a report has a sheet."""

    ALARMS = "alarms"
    ALL = "all"
    NONE = "none"


@dataclass(frozen=True)
class About:
    """What a report is about.

    Attributes:
        title: of its pages.
        store: where the diagnoses are kept, without a password.
        made_at: this moment.
        health: of the runs that made them.
        rules: by which trends are told.
        sheets: of which diagnoses there is one.
        seeks_changes: whether changes of levels are sought.
        since: only what was recorded then or later is listed; machines with open alarms are, whenever that was.
    """

    title: str
    store: str
    made_at: datetime
    health: Health
    rules: Rules = field(default_factory=Rules)
    sheets: Sheets = Sheets.ALARMS
    seeks_changes: bool = True
    since: datetime | None = None

    def lists(self, row: Diagnosed) -> bool:
        """Whether a diagnosis is listed."""
        return self.since is None or row.at >= self.since

    def shows(self, machine: Machine) -> bool:
        """Whether a machine has a page."""
        return bool(machine.open_alarms) or self.lists(machine.latest)


@dataclass
class _Fleet:
    """What the fleet's page needs of each machine, once its own page is written."""

    rows: list[list[Any]] = field(default_factory=list)
    aside: list[list[Any]] = field(default_factory=list)
    states: Counter[State] = field(default_factory=Counter)
    sites: set[str] = field(default_factory=set)
    verdicts: set[str] = field(default_factory=set)
    sheets: dict[int, Diagnosed] = field(default_factory=dict)
    signals: int = 0


def write_report(
    folder: Folder,
    rows: Iterable[Diagnosed],
    alarms: Sequence[KeptAlarm],
    kept: Callable[[Sequence[int]], Iterator[Kept]],
    about: About,
    tick: Callable[[int], None] = lambda _: None,
) -> dict[str, int]:
    """Write all pages; machine by machine, so that memory holds one machine at a time.

    Args:
        folder: where.
        rows: diagnoses in the order of sites, machines, points and time.
        alarms: all that are kept, closed ones too.
        kept: whole verdicts and their evidence, by number.
        about: what the report says of itself.
        tick: told how many signals are behind.

    Returns:
        How many `machines`, `signals`, `sheets` and signals put `aside` there are.

    Raises:
        RequestError: when a page cannot be written; pages are replaced one by one, each whole.
    """
    fleet = _Fleet()
    folder.write_parts()
    for machine in filter(about.shows, machines_of(rows, alarms, about)):
        _write_machine(folder, fleet, machine, about)
        tick(fleet.signals)
    write_sheets(folder, fleet.sheets, kept, about.made_at)
    _write_aside(folder, fleet, about)
    _write_fleet(folder, fleet, about)
    counts = {
        "machines": len(fleet.rows), "signals": fleet.signals, "sheets": len(fleet.sheets), "aside": len(fleet.aside)
    }  # fmt: skip
    folder.finish(dict(counts), about.made_at)
    return counts


def machines_of(rows: Iterable[Diagnosed], alarms: Sequence[KeptAlarm], about: About) -> Iterator[Machine]:
    """One machine after another."""
    by_point: Mapping[Where, list[KeptAlarm]] = defaultdict(list)
    for alarm in alarms:
        if alarm.kind != DRIFT:  # a model's, not a machine's
            by_point[alarm.where].append(alarm)
    for (site, name), own in groupby(rows, lambda row: (row.site, row.machine)):
        points = [
            Point(list(there), by_point.get(where, []), about.rules, about.seeks_changes)
            for where, there in groupby(own, lambda row: row.where)
        ]
        yield Machine(name, points, site)


def _write_machine(folder: Folder, fleet: _Fleet, machine: Machine, about: About) -> None:
    shown = {row.id: row for row in _with_sheet(machine, about.sheets)}
    fleet.sheets |= shown
    fleet.rows.append(fleet_row(machine))
    fleet.states[machine.state] += 1
    fleet.sites |= {machine.site} - {""}
    fleet.verdicts.add(machine.telling.verdict)
    listed = [row for point in machine.points for row in point.rows if about.lists(row)]
    fleet.signals += len(listed)
    fleet.aside += [aside_row(row, machine) for row in listed if row.verdict is Outcome.UNUSABLE]
    several = len({point.latest.model_id for point in machine.points}) > 1
    page = template("fleet/machine.html").generate(
        about=about, machine=machine, meaning=MEANINGS[machine.state], several=several, trends_of=trends_of,
        table=recordings_table(listed, shown), alarm_words=alarm_words, moment=moment, quoted=shlex.quote,
    )  # fmt: skip
    folder.write(page_of(machine.name, machine.site), page)


def _with_sheet(machine: Machine, sheets: Sheets) -> Iterator[Diagnosed]:
    """The diagnoses that have a sheet: of an alarm the one that opened it, its worst and the latest."""
    if sheets is Sheets.NONE:
        return
    usable = [row for point in machine.points for row in point.rows if row.verdict is not Outcome.UNUSABLE]
    if sheets is Sheets.ALL:
        yield from usable
        return
    yield from machine.findings
    for point in machine.points:
        opened_by = {alarm.opened_by for alarm in point.open_alarms}
        worst_at = {alarm.worst_at for alarm in point.open_alarms}
        yield from (row for row in point.rows if row.id in opened_by or row.at in worst_at)
        if point.open_alarms:
            yield point.latest


def _write_aside(folder: Folder, fleet: _Fleet, about: About) -> None:
    if fleet.aside:
        table = Table("aside", "Signals that could not be diagnosed", ASIDE, fleet.aside, [(0, True)])
        folder.write("aside.html", template("fleet/aside.html").generate(about=about, table=table, moment=moment))


def _write_fleet(folder: Folder, fleet: _Fleet, about: About) -> None:
    told = [place for place, column in enumerate(FLEET) if column.key != "site" or fleet.sites]
    rows = [[row[place] for place in told] for row in fleet.rows]
    columns = [FLEET[place] for place in told]
    table = Table("fleet", "Machines, the most urgent first", columns, rows, [(0, False), (3, False)])
    page = template("fleet/fleet.html").generate(
        about=about, table=table, fleet=fleet, meanings=MEANINGS, moment=moment
    )
    folder.write("index.html", page)
