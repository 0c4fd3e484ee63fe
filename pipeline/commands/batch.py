"""`faultprint batch`: what is new in an inbox, diagnosed and kept."""

import re
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline import terminal
from pipeline.batch.keep_evidence import KeepEvidence
from pipeline.errors import RequestError
from pipeline.exits import INTERRUPTED, SOME_UNUSABLE
from pipeline.options import CatalogName, EngineName, Facts, Json, ModelFolder, Quiet, stating_facts

UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


@stating_facts
def batch(
    model: ModelFolder,
    inbox: Annotated[str, typer.Argument(metavar="INBOX", help="A folder of recordings, or its URL.")],
    *,
    store: Annotated[str, typer.Option("--store", help="A file for SQLite, or postgresql://...")] = "faultprint.db",
    facts: Facts,
    catalog: CatalogName = None,
    pattern: Annotated[
        str | None, typer.Option("--pattern", help="What names say: '{machine}/{point}_{rpm:d}.wav'.")
    ] = None,
    since: Annotated[str | None, typer.Option("--since", help="Only files changed since: 2026-05-04, or 36h.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Read no more files than this.")] = None,
    shard: Annotated[str, typer.Option("--shard", help="Only a part of the inbox: i/n, on n hosts at once.")] = "1/1",
    retry: Annotated[bool, typer.Option("--retry", help="Read quarantined files again.")] = False,
    again: Annotated[bool, typer.Option("--again", help="Read all files again, such as with other flags.")] = False,
    executor: Annotated[str, typer.Option("--executor", help="Where files are read: in-process, processes, ray.")] = (
        "in-process"
    ),
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes that read at once.")] = 2,
    address: Annotated[str | None, typer.Option("--address", help="Of a Ray cluster: HOST:6379, or auto.")] = None,
    engine: EngineName = "torch",
    evidence: Annotated[
        KeepEvidence, typer.Option("--evidence", help="Pictures are kept of all but healthy ones, all, or none.")
    ] = KeepEvidence.FAULTS,
    timeout: Annotated[float, typer.Option("--timeout", min=0.1, help="Seconds that one recording may take.")] = 600.0,
    wait: Annotated[bool, typer.Option("--wait", help="Wait while another run works on this inbox.")] = False,
    rules: Annotated[Path | None, typer.Option("--rules", help="When a trend becomes an alarm, YAML.")] = None,
    notify: Annotated[
        list[str] | None, typer.Option("--notify", help="Told of new alarms: a command, or https://...; repeatable.")
    ] = None,
    notify_template: Annotated[
        Path | None, typer.Option("--notify-template", help="Of what is told, Jinja; JSON if absent.")
    ] = None,
    log_file: Annotated[
        Path | None, typer.Option("--log", help="Append what happens to every file, as lines of JSON.")
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Diagnose what is new in an inbox, and keep the verdicts in a store.

    What is known is not read again; what cannot be read is put aside with its reason; what was interrupted goes on.

    Example: faultprint batch ready inbox --store plant.db --bearing 6205 --speed-rpm 1797
    """
    from pipeline.batch.inbox import Wanted, shard_of
    from pipeline.batch.json_lines import logged_to
    from pipeline.workflow.batch import After, How, Watch, run_batch
    from pipeline.workflow.inbox.place import beside

    if log_file and log_file.absolute() in {path.absolute() for path in beside(store)}:
        raise RequestError(f"--log {log_file}: is the store; name another file")
    wanted = Wanted(shard_of(shard), moment_meant(since, datetime.now(UTC)) if since else None, limit, retry, again)
    ended: list[int] = []

    def end(number: int, _: object) -> None:
        if ended:  # whoever asks twice does not wait for the recording at hand
            raise KeyboardInterrupt
        ended.append(number)

    signal.signal(signal.SIGTERM, end)
    with terminal.progress_bars(quiet) as tick, logged_to(log_file) as log:
        found = run_batch(
            model,
            inbox,
            store,
            catalog=catalog,
            pattern=pattern,
            wanted=wanted,
            how=How(executor, workers, address, engine, wait, evidence, timeout, may_end=True),
            after=After(rules, tuple(notify or ()), notify_template),
            watch=Watch(terminal.complain, unheard if quiet else terminal.complain, tick, log, lambda: bool(ended)),
            **facts,
        )
    if json:
        terminal.show_json(found)
    else:
        terminal.say(told(found, since))
    if ended:
        raise typer.Exit(INTERRUPTED)
    if found["quarantined"] or found["unfit"]:
        raise typer.Exit(SOME_UNUSABLE)


def unheard(_: str) -> None:
    """What nobody wants to be told."""


def told(found: dict[str, Any], since: str | None = None) -> str:
    """A run in a line.

    Example:
        >>> counts = {"diagnosed": 3, "quarantined": 1, "copies": 1, "unchanged": 7, "left": 0, "unfit": 0, "older": 0}
        >>> told({"store": "plant.db", **counts, "alarms": 2})
        'plant.db: 3 diagnosed, 1 quarantined, 1 copy of another, 7 unchanged, 2 alarms open'
        >>> told({"store": "plant.db", **dict.fromkeys(counts, 0), "older": 5, "alarms": 0}, "36h")
        'plant.db: nothing new since 36h, 5 older'
        >>> drift = {"since": "2026-05-04T03:00:00+00:00", "odds": 120.0, "alarm": 3}
        >>> told({"store": "plant.db", **dict.fromkeys(counts, 0), "older": 0, "alarms": 1, "drift": drift})
        'plant.db: 1 alarm open, recordings since 2026-05-04 are less like those trained on than before'
    """
    words = {
        "diagnosed": ("diagnosed", "diagnosed"), "quarantined": ("quarantined", "quarantined"),
        "copies": ("copy of another", "copies of others"), "unchanged": ("unchanged", "unchanged"),
        "left": ("left for the next run", "left for the next run"),
        "unfit": ("with a name no store can keep", "with names no store can keep"),
    }  # fmt: skip
    counts = [f"{found[key]} {one if found[key] == 1 else many}" for key, (one, many) in words.items() if found[key]]
    if found["older"]:
        counts = [*(counts or [f"nothing new since {since}"]), f"{found['older']} older"]
    if found["alarms"]:
        counts.append(f"{found['alarms']} alarm{'s' * (found['alarms'] > 1)} open")
    if found.get("drift"):
        counts.append(f"recordings since {found['drift']['since'][:10]} are less like those trained on than before")
    return f"{found['store']}: {', '.join(counts) or 'nothing there'}"


def moment_meant(text: str, at: datetime) -> datetime:
    """What `--since` means: a date, a moment, or how long ago.

    Args:
        text: such as `2026-05-04`, `2026-05-04T06:00`, `36h` or `7d`; without a zone it is of this machine's.
        at: this moment.

    Raises:
        RequestError: for anything else.

    Example:
        >>> moment_meant("36h", datetime(2026, 5, 4, 12, tzinfo=UTC)).isoformat()
        '2026-05-03T00:00:00+00:00'
    """
    ago = re.fullmatch(r"(\d{1,6})([mhdw])", text.strip())
    if ago:
        return at - timedelta(**{UNITS[ago[2]]: int(ago[1])})
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise RequestError(
            f"--since {text}: needs a date such as 2026-05-04, or how long ago: 90m, 36h, 7d, 2w"
        ) from None
    return moment.astimezone(UTC)
