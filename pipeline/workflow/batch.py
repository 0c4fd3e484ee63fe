"""Batch: an inbox, a model and a store introduced to each other, and one pass made."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline.batch.executors import EXECUTORS
from pipeline.batch.executors.limit import TIMEOUT_S, Limit
from pipeline.batch.inbox import Wanted
from pipeline.batch.json_lines import Log, unlogged
from pipeline.batch.keep_evidence import KeepEvidence
from pipeline.batch.monitor.drifts import drift_of
from pipeline.batch.notices.telling import tell, teller_of
from pipeline.batch.run import Inbox, Run
from pipeline.batch.store.kept_alarms import alarms_in
from pipeline.batch.store.lease import Wish, take
from pipeline.batch.store.opened import open_store
from pipeline.batch.trends.rules import rules_at
from pipeline.models.engines import ENGINES
from pipeline.models.engines.exports import refuse_unexported
from pipeline.models.ready import bundle_folder
from pipeline.progress import Tick, unwatched
from pipeline.workflow.inbox.model import Loads, facts_of
from pipeline.workflow.inbox.owners import Whose
from pipeline.workflow.inbox.place import absolute, beside, refuse_absent
from pipeline.workflow.inbox.statements import Stated, unnamed

DEFAULT_STORE = "faultprint.db"


@dataclass(frozen=True)
class How:
    """How a batch is done.

    Attributes:
        executor: where files are read: a name of `EXECUTORS`.
        workers: how many read at once, where there can be several.
        address: of a cluster.
        engine: what runs the model.
        wait: whether to wait for another run on the same inbox.
        keep: of which diagnoses pictures are kept.
        timeout_s: how long one recording may take.
        may_end: whether this process may be ended over a recording that takes longer, where it reads itself.
    """

    executor: str = "in-process"
    workers: int = 1
    address: str | None = None
    engine: str = "torch"
    wait: bool = False
    keep: KeepEvidence = KeepEvidence.FAULTS
    timeout_s: float = TIMEOUT_S
    may_end: bool = False


@dataclass(frozen=True)
class After:
    """What is done with the trends when the recordings are diagnosed.

    Attributes:
        rules: a file that says when a trend becomes an alarm.
        notify: commands, or URLs of web hooks, to tell of alarms.
        template: of what they are told; the alarm's facts as JSON where there is none.
    """

    rules: Path | None = None
    notify: Sequence[str] = ()
    template: Path | None = None


@dataclass(frozen=True)
class Watch:
    """Who looks on.

    Attributes:
        note: told, a line each, of what a user should see at once.
        why: told, a line each, why files were put aside, at the end.
        tick: told of progress.
        log: told of every file, for whoever collects logs.
        stopped: asked before each file whether to read no more.
    """

    note: Callable[[str], None] = lambda _: None
    why: Callable[[str], None] = lambda _: None
    tick: Tick = unwatched
    log: Log = unlogged
    stopped: Callable[[], bool] = lambda: False

    def late(self, line: str) -> None:
        """Tell everybody of a recording that takes too long; this process may end with it."""
        self.note(line)
        self.log({"event": "late", "why": line})


def run_batch(
    model: Path | str,
    inbox: Path | str,
    store: str = DEFAULT_STORE,
    *,
    catalog: Path | str | None = None,
    pattern: str | None = None,
    wanted: Wanted | None = None,
    how: How | None = None,
    after: After | None = None,
    watch: Watch | None = None,
    **facts: Any,
) -> dict[str, Any]:
    """Diagnose what is new in an inbox, keep it, and raise alarms where trends say so.

    Args:
        model: a bundle's folder, or `ready`.
        inbox: a folder of recordings, or its URL.
        store: a file for SQLite, or a URL such as `postgresql://user@host/name`.
        catalog: a catalog that states facts of the files.
        pattern: what the names of files say, such as `{machine}/{point}_*.wav`.
        wanted: which of the files; all that are new if absent.
        how: where and by what they are read.
        after: rules of alarms, and who is told of them.
        watch: who looks on.
        facts: what is true of every file and no file says: `rate_hz`, `speed_rpm`, `bearing`, `gear`, `channel`,
            `unit`, `reader`.

    Returns:
        `store`; how many files were `diagnosed`, `quarantined`, `copies`, `unchanged`, `left`, `unfit` and `older`, of
        how many that are `listed`; how many alarms are open (`alarms`), of how many everybody was `told` now, and of
        how many somebody could not be (`untold`); `drift`, where there is one, with `since`, `odds` and `alarm`.

    Raises:
        RequestError: for a wrong option, or an inbox that is not there.
        AwayError: when an inbox that earlier runs have read is not there.
        LockedError: when another run works on this inbox with this model.
        StoreError: when the store cannot be used.

    Example:
        >>> import os
        >>> from tempfile import TemporaryDirectory
        >>> from pipeline.catalog.export import write_signals
        >>> from pipeline.signals.simulation.simulated_machine import random_machine
        >>> from pipeline.signals.simulation.synthetic import simulate
        >>> with TemporaryDirectory() as folder:
        ...     inbox, store = Path(folder) / "inbox", str(Path(folder) / "faultprint.db")
        ...     _ = write_signals([simulate(random_machine(1), ["ball"])], inbox, with_labels=False)
        ...     for path in inbox.iterdir():
        ...         os.utime(path, (1.7e9, 1.7e9))  # of a file that is written this moment, the end may be missing
        ...     runs = [run_batch("ready", inbox, store) for _ in range(2)]
        >>> [(run["diagnosed"], run["unchanged"]) for run in runs]
        [(1, 0), (0, 1)]
    """
    wanted, how, after, watch = wanted or Wanted(), how or How(), after or After(), watch or Watch()
    # All that may be wrong with the request, before anything is written.
    stated = Stated.checked(facts, catalog, pattern)
    place, named_by = absolute(inbox), facts_of(model)
    executor, _ = EXECUTORS[how.executor], ENGINES.checked(how.engine)
    refuse_unexported(bundle_folder(model), how.engine)
    executor.check(how.address)
    rules, teller = rules_at(after.rules), teller_of(after.notify, after.template)
    rows, digest = stated.rows(), stated.digest()
    refuse_absent(place, store)
    limit = Limit(how.timeout_s, watch.late, how.may_end)
    maker = Loads(model, named_by.fingerprint, inbox, stated, how.engine, how.keep)
    opened = open_store(store)
    try:
        wish = Wish(f"{place} {named_by.fingerprint}", str(wanted.shard))
        with take(opened, wish, wait=how.wait) as lease:
            summary = Run(
                lease,
                Inbox(place, beside(store), wanted),
                named_by,
                maker,
                lambda maker, known: executor(maker, known, how.workers, how.address, limit),
                facts=digest,
                whose=Whose(rows, stated.pattern),
                limit=limit,
                rules=rules,
                note=watch.note,
                why=watch.why,
                listed=unnamed(catalog, rows, watch.note),
                tick=watch.tick,
                log=watch.log,
                stopped=watch.stopped,
                tell=lambda: tell(opened, teller, watch.note, watch.stopped),
            )()
        found = alarms_in(opened, left_out=watch.note)
        return {"store": opened.told, **asdict(summary), "alarms": len(found), **drift_of(found, named_by.name)}
    finally:
        opened.close()
