"""Run: one pass over an inbox: what is new is read and kept, what is known is left, what breaks is put aside."""

from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from pipeline.batch.answer import Answer, ModelFacts, refused
from pipeline.batch.executors.alone import DiedError, read_alone
from pipeline.batch.executors.base import Executor
from pipeline.batch.inbox import Todo, Wanted, moment_of, sorted_out
from pipeline.batch.json_lines import Log, unlogged
from pipeline.batch.reading import Found, Job, Maker
from pipeline.batch.store.kept_alarms import judge
from pipeline.batch.store.known import Known, State, digests_of, known_files, scope_of
from pipeline.batch.store.lease import Lease
from pipeline.batch.store.tasks import Tasks, begin_run, end_run
from pipeline.batch.store.utc import now
from pipeline.batch.trends.rules import Rules
from pipeline.catalog.scanning.walk import File, files_below
from pipeline.errors import FaultprintError
from pipeline.progress import Tick, unwatched
from pipeline.readers.places import Place
from pipeline.verdict import Outcome

EVERYTHING = Wanted()


@dataclass
class Summary:
    """What a run did, in files.

    Attributes:
        diagnosed: with at least one signal that could be used.
        quarantined: put aside, with the reason in their rows.
        copies: of a file that was diagnosed already.
        unchanged: known as they are, and not read.
        left: for the next run: still being written, changed while they were read, or not come to.
        unfit: that no store can keep, by their names.
    """

    diagnosed: int = 0
    quarantined: int = 0
    copies: int = 0
    unchanged: int = 0
    left: int = 0
    unfit: int = 0


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
    summary: Summary = field(default_factory=Summary)

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
        todo = sorted_out(listing.files, known, self.inbox.wanted, now())
        self.summary.unchanged, self.summary.left = todo.unchanged, todo.left
        self.summary.unfit = len(listing.skipped)
        tasks = Tasks(self.lease, scope, begin_run(self.lease, scope, str(self.inbox.wanted.shard)))
        reading = _Reading(self, tasks, known, todo)
        facts = {"inbox": str(self.inbox.place), "model": self.model.name, "run": tasks.run_id}
        self.log({"event": "run began", **facts, "new": len(todo.new), "suspects": len(todo.suspects)})
        try:
            reading.everything(digests_of(self.lease.store, scope))
        except BaseException as error:
            with suppress(FaultprintError):  # whatever ended the run is what is told
                self.log({"event": "run broke off", **facts, "why": f"{type(error).__name__}: {error}"})
                reading.put_off_all()
                end_run(self.lease, tasks.run_id, type(error).__name__, asdict(self.summary))
            raise
        judge(self.lease, self.rules, tasks.run_id)
        self.log({"event": "run ended", **facts, **asdict(self.summary)})
        end_run(self.lease, tasks.run_id, "stopped" if self.stopped() else "done", asdict(self.summary))
        return self.summary


class _Reading:
    """The files of one run on their way: begun, read, kept."""

    def __init__(self, run: Run, tasks: Tasks, known: dict[str, Known], todo: Todo) -> None:
        self._run, self._tasks, self._known, self._todo = run, tasks, known, todo
        self._begun: dict[int, File] = {}
        self._left = len(todo.suspects) + len(todo.new)
        self._total = self._left

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
                    self._keep(job, found)
        for file in died:
            self._read_alone(file)
        self._run.summary.left += self._left

    def put_off_all(self) -> None:
        """Leave what is on its way for the next run, which has no reason to suspect it."""
        self._run.summary.left += self._left
        for task_id in self._begun:
            self._tasks.put_off(task_id)

    def _jobs(self) -> Iterator[Job]:
        for file in self._todo.new:
            if self._run.stopped():
                return
            yield self._begin(file)

    def _begin(self, file: File) -> Job:
        self._run.tick("diagnosing", self._total - self._left, self._total)
        task_id = self._tasks.begin(file, self._known.get(file.source))
        self._known[file.source] = Known(task_id, file.size_bytes, file.modified, State.READING)
        self._begun[task_id] = file
        return Job(task_id, self._run.inbox.place, file.source)

    def _read_alone(self, file: File) -> None:
        job = self._begin(file)
        try:
            self._keep(job, read_alone(self._run.maker, job))
        except DiedError as error:
            self._put_aside(job, f"{error}; it is read again when it has changed, or with --retry", died=True)
            self._over(job)

    def _keep(self, job: Job, found: Found) -> None:
        if changed(job.place, self._begun[job.task_id]):
            self._tasks.put_off(job.task_id)
            self._run.summary.left += 1
            self._log(job, State.WAITING)
        elif found.digest is None:
            self._put_aside(job, found.trouble or "it cannot be read")
        elif found.answers is None:
            state = self._tasks.known(job.task_id, found.digest)
            self._run.summary.unchanged += state is State.DONE
            self._run.summary.copies += state is State.COPY
            self._run.summary.left += state is State.WAITING
            self._log(job, state)
        else:
            reason = unusable_for(found)
            dated = [as_dated(answer, self._begun[job.task_id]) for answer in found.answers]
            kept = self._tasks.done(job.task_id, found.digest, dated, reason)
            self._run.summary.copies += not kept
            self._run.summary.quarantined += kept and reason is not None
            self._run.summary.diagnosed += kept and reason is None
            state = State.COPY if not kept else State.DONE if reason is None else State.QUARANTINED
            self._log(job, state, reason if kept else None, signals=len(dated))
        self._over(job)

    def _put_aside(self, job: Job, reason: str, died: bool = False) -> None:
        answer = as_dated(refused(str(job.place), reason, self._run.model), self._begun[job.task_id])
        self._tasks.quarantined(job.task_id, answer, died)
        self._run.summary.quarantined += 1
        self._log(job, State.QUARANTINED, reason)

    def _log(self, job: Job, state: State, reason: str | None = None, **facts: Any) -> None:
        told = {"event": "file", "source": job.source, "state": str(state), **facts}
        self._run.log(told if reason is None else told | {"reason": reason})

    def _over(self, job: Job) -> None:
        del self._begun[job.task_id]
        self._left -= 1
        self._run.tick("diagnosing", self._total - self._left, self._total)


def as_dated(answer: Answer, file: File) -> Answer:
    """An answer whose recording says when it was made, or else the time that its file system gives the file."""
    moment = None if answer.measured_at else moment_of(file.modified)
    return answer if moment is None else replace(answer, measured_at=moment, measured_from="file system")


def unusable_for(found: Found) -> str | None:
    """Why no signal of a file can be used; None where one can."""
    verdicts = [answer.verdict for answer in found.answers or ()]
    if any(verdict.verdict is not Outcome.UNUSABLE for verdict in verdicts):
        return None
    return next((verdict.reason for verdict in verdicts if verdict.reason), "it holds no signal")


def changed(place: Place, file: File) -> bool:
    """Whether a file of this machine is another than the one that was listed; a server's is fetched whole."""
    if not isinstance(place, Path):
        return False
    try:
        now_there = files_below(place).files
    except (FaultprintError, OSError):  # it is gone
        return True
    return not now_there or (now_there[0].size_bytes, now_there[0].modified) != (file.size_bytes, file.modified)
