"""Run: one pass over an inbox: what is new is read and kept, what is known is left, what breaks is put aside."""

from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pipeline.batch.answer import ModelFacts
from pipeline.batch.executors.alone import DiedError, read_alone
from pipeline.batch.executors.base import Executor
from pipeline.batch.inbox import Todo, Wanted, sorted_out
from pipeline.batch.json_lines import Log, unlogged
from pipeline.batch.keeping import Keeping
from pipeline.batch.reading import Job, Maker
from pipeline.batch.store.kept_alarms import judge
from pipeline.batch.store.known import Known, State, digests_of, known_files, scope_of
from pipeline.batch.store.lease import Lease
from pipeline.batch.store.tasks import Tasks, begin_run, end_run, keep_counts
from pipeline.batch.store.utc import now
from pipeline.batch.summary import Summary
from pipeline.batch.trends.rules import Rules
from pipeline.catalog.scanning.walk import File, files_below
from pipeline.errors import FaultprintError
from pipeline.progress import Tick, unwatched
from pipeline.readers.places import Place

EVERYTHING = Wanted()


@dataclass(frozen=True)
class Inbox:
    """Where recordings come in.

    Attributes:
        place: a folder, absolute, or a URL.
        leave_out: files in it that are something else, such as the store.
        wanted: which of the files a run is for.
    """

    place: Place
    leave_out: Collection[Path] = ()
    wanted: Wanted = EVERYTHING


@dataclass
class Run:
    """One pass.

    Args:
        lease: under which everything is kept.
        inbox: what to read.
        model: which answers.
        maker: of the diagnoser.
        executor: from a maker and the digests that are known to where files are read.
        rules: when a trend becomes an alarm.
        note: told, a line each, of what a user should see at once.
        tick: told of progress.
        log: told of every file, for whoever collects logs.
        stopped: asked before each file whether to read no more.
        tell: of alarms, when they are judged; returns of how many it told, and of how many it could not.
    """

    lease: Lease
    inbox: Inbox
    model: ModelFacts
    maker: Maker
    executor: Callable[[Maker, frozenset[str]], Executor]
    rules: Rules = field(default_factory=Rules)
    note: Callable[[str], None] = lambda _: None
    tick: Tick = unwatched
    log: Log = unlogged
    stopped: Callable[[], bool] = lambda: False
    tell: Callable[[], tuple[int, int]] = lambda: (0, 0)

    def __call__(self) -> Summary:
        """Do it.

        Raises:
            CatalogError: when there is no inbox.
            LockedError: when the lease is lost.
            StoreError: when the store cannot be written.
            FaultprintError: when the diagnoser cannot be made.
        """
        listing = files_below(self.inbox.place, self.inbox.leave_out, self.tick)
        for source, reason in listing.skipped:
            self.note(f"skipped {source}: {reason}")
        scope = scope_of(self.lease.store, str(self.inbox.place), self.model)
        known = known_files(self.lease.store, scope)
        listed = len(listing.files) + len(listing.skipped)
        if known and not listed:
            self.note(f"{self.inbox.place}: is empty, though {len(known)} of its files are known; is a share away?")
        todo = sorted_out(listing.files, known, self.inbox.wanted, now())
        tasks = Tasks(self.lease, scope, begin_run(self.lease, scope, str(self.inbox.wanted.shard)))
        keeping = Keeping(tasks, self.model, self.log)
        summary = keeping.summary
        summary.unchanged, summary.left, summary.unfit = todo.unchanged, todo.left, len(listing.skipped)
        summary.listed = listed
        facts = {"inbox": str(self.inbox.place), "model": self.model.name, "run": tasks.run_id}
        self.log({"event": "run began", **facts, "new": len(todo.new), "suspects": len(todo.suspects)})
        reading = _Reading(self, keeping, known, todo)
        try:
            reading.everything(digests_of(self.lease.store, scope))
        except BaseException as error:
            with suppress(FaultprintError):  # whatever ended the run is what is told
                self.log({"event": "run broke off", **facts, "why": f"{type(error).__name__}: {error}"})
                reading.put_off_all()
                end_run(self.lease, tasks.run_id, type(error).__name__, asdict(summary))
            raise
        judge(self.lease, self.rules, tasks.run_id)
        end_run(self.lease, tasks.run_id, "stopped" if self.stopped() else "done", asdict(summary))
        summary.told, summary.untold = self.tell()
        keep_counts(self.lease, tasks.run_id, asdict(summary))
        self.log({"event": "run ended", **facts, **asdict(summary)})
        return summary


class _Reading:
    """The files of one run on their way: begun, read, handed on."""

    def __init__(self, run: Run, keeping: Keeping, known: dict[str, Known], todo: Todo) -> None:
        self._run, self._keeping, self._known, self._todo = run, keeping, known, todo
        self._begun: dict[int, File] = {}
        self._left = self._total = len(todo.suspects) + len(todo.new)

    def everything(self, digests: frozenset[str]) -> None:
        """Suspects alone and first, then the others, then those under which a worker died."""
        for file in self._todo.suspects:
            if not self._run.stopped():
                self._read_alone(file)
        died: list[File] = []
        if self._todo.new and not self._run.stopped():
            executor = self._run.executor(self._run.maker, digests)
            for job, found in executor.read(self._jobs()):
                if found is None:
                    died.append(self._begun.pop(job.task_id))
                else:
                    self._keeping.keep(job, self._begun[job.task_id], found)
                    self._over(job)
        for file in died:
            self._read_alone(file)
        self._keeping.summary.left += self._left

    def put_off_all(self) -> None:
        """Leave what is on its way for the next run, which has no reason to suspect it."""
        self._keeping.summary.left += self._left
        for task_id in self._begun:
            self._keeping.tasks.put_off(task_id)

    def _jobs(self) -> Iterator[Job]:
        for file in self._todo.new:
            if self._run.stopped():
                return
            yield self._begin(file)

    def _begin(self, file: File) -> Job:
        self._run.tick("diagnosing", self._total - self._left, self._total)
        task_id = self._keeping.tasks.begin(file, self._known.get(file.source))
        self._known[file.source] = Known(task_id, file.size_bytes, file.modified, State.READING)
        self._begun[task_id] = file
        return Job(task_id, self._run.inbox.place, file.source)

    def _read_alone(self, file: File) -> None:
        job = self._begin(file)
        try:
            self._keeping.keep(job, file, read_alone(self._run.maker, job))
        except DiedError as error:
            why = f"{error}; it is read again when it has changed, or with --retry"
            self._keeping.put_aside(job, file, why, died=True)
        self._over(job)

    def _over(self, job: Job) -> None:
        del self._begun[job.task_id]
        self._left -= 1
        self._run.tick("diagnosing", self._total - self._left, self._total)
