"""`faultprint alarms`: what trends say that somebody should look at."""

import getpass
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline import terminal
from pipeline.exits import SOME_UNUSABLE
from pipeline.options import Json, StoreName

if TYPE_CHECKING:
    from pipeline.batch.store.kept_alarms import KeptAlarm

app = typer.Typer(help="What the trends of machines say that somebody should look at.", no_args_is_help=True)

COLUMNS = (
    "id",
    "grade",
    "site",
    "machine",
    "point",
    "channel",
    "kind",
    "worst",
    "unit",
    "opened",
    "closed",
    "seen by",
    "note",
)


@app.command("list")
def alarms_list(
    store: StoreName,
    everything: Annotated[bool, typer.Option("--all", help="Closed ones, too.")] = False,
    json: Json = False,
) -> None:
    """Open alarms: unseen ones first, alarms before warnings. Example: faultprint alarms list plant.db"""
    from pipeline.workflow.alarms import list_alarms

    damaged: list[str] = []
    found = list_alarms(store, everything, damaged.append)
    for line in damaged:
        terminal.complain(f"{line}; it is left out")
    if json:
        for alarm in found:
            terminal.show_json(alarm.to_dict())
    else:
        _show(found, everything)
    if damaged:
        raise typer.Exit(SOME_UNUSABLE)


def _show(found: "Sequence[KeptAlarm]", everything: bool) -> None:
    rows = [
        (
            alarm.id, alarm.grade, alarm.site, alarm.machine or alarm.model, alarm.point, alarm.channel, alarm.kind,
            f"{alarm.worst:.2f}", alarm.unit, alarm.opened_at.date(), alarm.closed_at and alarm.closed_at.date(),
            alarm.acknowledged_by, alarm.note,
        )
        for alarm in found
    ]  # fmt: skip
    if not rows and sys.stdout.isatty():
        terminal.say("no alarms" if everything else "no open alarms")
        return
    terminal.show_table(COLUMNS, rows)


@app.command("ack")
def alarms_ack(
    store: StoreName,
    ids: Annotated[list[int], typer.Argument(metavar="ID...", help="As alarms list tells them.")],
    by: Annotated[str | None, typer.Option("--by", help="Who has seen them; you, if absent.")] = None,
    note: Annotated[str | None, typer.Option("--note", help="What is to be said of them.")] = None,
) -> None:
    """Say that somebody has seen alarms; they close when the trend falls. Example: faultprint alarms ack plant.db 7"""
    from pipeline.batch.trends.judged import DRIFT
    from pipeline.workflow.alarms import acknowledge_alarms

    for alarm in acknowledge_alarms(store, ids, by or getpass.getuser(), note):
        where = " ".join(filter(None, (alarm.machine, alarm.point, alarm.channel))) or alarm.model
        until = (
            "over; what is recorded from now on is judged anew" if alarm.kind == DRIFT else "open until the trend falls"
        )
        open_still = until if alarm.closed_at is None else "closed already"
        terminal.say(f"alarm {alarm.id} ({where}: {alarm.kind}) seen by {alarm.acknowledged_by}; {open_still}")
