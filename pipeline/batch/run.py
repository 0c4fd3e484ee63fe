"""Run: one pass over an inbox: what is new is read and kept, what is known is left, what breaks is put aside."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path

from pipeline.batch.answer import ModelFacts, OwnerOf, nobodys
from pipeline.batch.executors.alone import DiedError, read_alone
from pipeline.batch.executors.base import Executor
from pipeline.batch.executors.limit import NO_HURRY, Limit
from pipeline.batch.inbox import Todo, Wanted, sorted_out
from pipeline.batch.json_lines import Log, unlogged
from pipeline.batch.keeping import Keeping
from pipeline.batch.reading import Job, Maker
from pipeline.batch.store.kept_alarms import judge
from pipeline.batch.store.known import Known, State, digests_of, known_files, scope_of
from pipeline.batch.store.lease import Lease
from pipeline.batch.store.runs import DONE, begin_run, end_run, keep_counts, runs_of_other_facts
from pipeline.batch.store.tasks import Tasks
from pipeline.batch.store.utc import now
from pipeline.batch.summary import Summary
from pipeline.batch.trends.rules import Rules
from pipeline.catalog.scanning.walk import File, files_below
from pipeline.errors import FaultprintError
from pipeline.progress import Tick, unwatched
from pipeline.readers.places import Place, folder_of, is_folder

EVERYTHING = Wanted()

MOST_SKIPPED = 3
"""So many files whose names no store can keep are told one by one; they are told on every run."""


@dataclass(frozen=True)
class Inbox:
    """Where recordings come in.

    Attributes:
        place: a folder, absolute, or a single file; or the URL of one.
        leave_out: files in it that are something else, such as the store.
        wanted: which of the files a run is for.
    """

    place: Place
    leave_out: Collection[Path] = ()
    wanted: Wanted = EVERYTHING

    @cached_property
    def root(self) -> Place:
        """Where the paths of its files start."""
        return self.place if is_folder(self.place) else folder_of(self.place)


@dataclass
class Run:
    """One pass.

    Args:
        lease: under which everything is kept.
        inbox: what to read.
        model: which answers.
        maker: of the diagnoser.
        executor: from a maker and the digests that are known to where files are read.
        facts: a digest of what is stated of the files; a change of it is noted.
        whose: a file is that cannot be read at all.
        limit: how long one file may take.
        rules: when a trend becomes an alarm.
        note: told, a line each, of what a user should see at once.
        why: told, a line each, why files were put aside, when all are read.
        listed: told where the inbox's paths start and what it holds, before anything of it is read.
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
    facts: str = ""
    whose: OwnerOf = nobodys
    limit: Limit = NO_HURRY
    rules: Rules = field(default_factory=Rules)
    note: Callable[[str], None] = lambda _: None
    why: Callable[[str], None] = lambda _: None
    listed: Callable[[Place, Sequence[File]], None] = lambda *_: None
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
        self._note_skipped(listing.skipped)
        self.listed(self.inbox.root, listing.files)
        wanted, shard = self.inbox.wanted, str(self.inbox.wanted.shard)
        scope = scope_of(self.lease.store, str(self.inbox.place), self.model)
        known = known_files(self.lease.store, scope)
        listed = len(listing.files) + len(listing.skipped)
        if known and not listed:
            self.note(f"{self.inbox.place}: is empty, though {len(known)} of its files are known; is a share away?")
        todo = sorted_out(listing.files, known, wanted, now())
        self._note_facts(todo, runs_of_other_facts(self.lease.store, scope, shard, self.facts))
        tasks = Tasks(self.lease, scope, begin_run(self.lease, scope, shard, self.facts))
        keeping = Keeping(tasks, self.model, self.log, whose=self.whose)
        summary = keeping.summary
        summary.unchanged, summary.left, summary.older = len(todo.kept), todo.left, todo.older
        summary.unfit, summary.listed = len(listing.skipped), listed
        self._read(_Reading(self, keeping, known, listing.files), todo, digests_of(self.lease.store, scope))
        for line in keeping.reasons.lines():
            self.why(line)
        return summary

    def _read(self, reading: "_Reading", todo: Todo, digests: frozenset[str]) -> None:
        """Between the begin of the run in the store and its end there."""
        run_id, summary = reading.keeping.tasks.run_id, reading.keeping.summary
        facts = {"inbox": str(self.inbox.place), "model": self.model.name, "run": run_id}
        self.log({"event": "run began", **facts, "new": len(todo.new), "suspects": len(todo.suspects)})
        try:
            reading.everything(todo, digests)
        except BaseException as error:
            with suppress(FaultprintError):  # whatever ended the run is what is told
                self.log({"event": "run broke off", **facts, "why": f"{type(error).__name__}: {error}"})
                reading.put_off_all()
                end_run(self.lease, run_id, type(error).__name__, asdict(summary))
            raise
        if judge(self.lease, self.rules, run_id):
            self.note("rules of alarms changed since the last run; all points are judged again by the new ones")
        end_run(self.lease, run_id, "stopped" if self.stopped() else DONE, asdict(summary))
        summary.told, summary.untold = self.tell()
        keep_counts(self.lease, run_id, asdict(summary))
        self.log({"event": "run ended", **facts, **asdict(summary)})

    def _note_skipped(self, skipped: Sequence[tuple[str, str]]) -> None:
        for source, reason in skipped[:MOST_SKIPPED]:
            self.note(f"skipped {source}: {reason}")
        if len(skipped) > MOST_SKIPPED:
            self.note(f"skipped {len(skipped) - MOST_SKIPPED} more files for their names")

    def _note_facts(self, todo: Todo, others: frozenset[int]) -> None:
        states = [known.state for _, known in todo.kept if known.run_id in others]
        aside = states.count(State.QUARANTINED)
        older, changed = len(states) - aside, "facts (flags, catalog or pattern) changed since the last run"
        if older:
            keep = "file keeps its older verdict" if older == 1 else "files keep their older verdicts"
            self.note(f"{changed}; {older} {keep}; --again diagnoses {'it' if older == 1 else 'them'} anew")
        if aside:
            stay = (
                "file stays put aside; --retry reads it" if aside == 1 else "files stay put aside; --retry reads them"
            )
            self.note(f"{changed}; {aside} {stay} with the new ones")


class _Reading:
    """The files of one run on their way: begun, read, handed on."""

    def __init__(self, run: Run, keeping: Keeping, known: dict[str, Known], files: Sequence[File]) -> None:
        self.keeping = keeping
        self._run, self._known, self._files = run, known, files
        self._begun: dict[int, File] = {}
        self._left = self._total = 0

    def everything(self, todo: Todo, digests: frozenset[str]) -> None:
        """Suspects alone and first, then the others, then those under which a worker died; copies set free last."""
        self._left = self._total = len(todo.suspects) + len(todo.new)
        for file in todo.suspects:
            if not self._run.stopped():
                self._read_alone(file)
        self._read_all(todo.new, digests)
        freed = self._freed({file.source for file, _ in todo.kept})
        self._total, self._left = self._total + len(freed), self._left + len(freed)
        self._read_all(freed, frozenset())  # what was known of their content is replaced
        self.keeping.summary.left += self._left

    def put_off_all(self) -> None:
        """Leave what is on its way for the next run, which has no reason to suspect it."""
        self.keeping.summary.left += self._left
        for task_id in self._begun:
            self.keeping.tasks.put_off(task_id)

    def _freed(self, kept: set[str]) -> list[File]:
        """The files that were copies of one whose content has changed, as far as this run may read them."""
        if not self.keeping.tasks.freed:
            return []
        wanted, summary = self._run.inbox.wanted, self.keeping.summary
        mine = [file for file in self._files if wanted.shard.has(file.source) and self._is_freed(file)]
        summary.unchanged -= sum(file.source in kept for file in mine)
        readable = [file for file in mine if not wanted.too_old(file)]
        room = len(readable) if wanted.limit is None else max(wanted.limit - self._total, 0)
        summary.left += len(readable[room:])
        return readable[:room]

    def _is_freed(self, file: File) -> bool:
        return file.source in self._known and self._known[file.source].id in self.keeping.tasks.freed

    def _read_all(self, files: Sequence[File], digests: frozenset[str]) -> None:
        """Read files wherever the executor does, and those under which a worker died alone."""
        if not files or self._run.stopped():
            return
        died: list[File] = []
        executor = self._run.executor(self._run.maker, digests)
        for job, found in executor.read(self._jobs(files)):
            if found is None:
                died.append(self._begun.pop(job.task_id))
            else:
                self.keeping.keep(job, self._begun[job.task_id], found)
                self._over(job)
        for file in died:
            self._read_alone(file)

    def _jobs(self, files: Sequence[File]) -> Iterator[Job]:
        for file in files:
            if self._run.stopped():
                return
            before = self._known.get(file.source)
            copy = before is not None and before.state is State.COPY
            # A copy has the verdict of its original, which is diagnosed anew before it.
            yield self._begin(file)._replace(anew=self._run.inbox.wanted.again and not copy)

    def _begin(self, file: File) -> Job:
        self._run.tick("diagnosing", self._total - self._left, self._total)
        task_id = self.keeping.tasks.begin(file, self._known.get(file.source))
        self._known[file.source] = Known(task_id, file.size_bytes, file.modified, State.READING)
        self._begun[task_id] = file
        return Job(task_id, self._run.inbox.root, file.source)

    def _read_alone(self, file: File) -> None:
        job = self._begin(file)
        try:
            self.keeping.keep(job, file, read_alone(self._run.maker, job, self._run.limit))
        except DiedError as error:
            why = f"{error}; it is read again when it has changed, or with --retry"
            self.keeping.put_aside(job, file, why, died=True)
        self._over(job)

    def _over(self, job: Job) -> None:
        del self._begun[job.task_id]
        self._left -= 1
        self._run.tick("diagnosing", self._total - self._left, self._total)
