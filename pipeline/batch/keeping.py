"""Keeping: what becomes of a file when it has been read: rows, a copy, put aside, or left for the next run."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pipeline.batch.answer import Answer, ModelFacts, OwnerOf, nobodys, refused
from pipeline.batch.inbox import moment_of
from pipeline.batch.json_lines import Log
from pipeline.batch.reading import Found, Job
from pipeline.batch.reasons import Reasons
from pipeline.batch.store.known import State
from pipeline.batch.store.tasks import Tasks
from pipeline.batch.store.utc import now
from pipeline.batch.summary import Summary
from pipeline.catalog.scanning.walk import File, files_below
from pipeline.errors import FaultprintError
from pipeline.readers.places import Place
from pipeline.verdict import Outcome

AHEAD = timedelta(days=1)
"""A clock so far ahead of ours is wrong; less may be a zone that a share of the network takes for UTC."""


@dataclass
class Keeping:
    """Keeps what reading gave, counts it, and tells the log.

    Args:
        tasks: of the run.
        model: that answered.
        log: told of every file.
        summary: counted into.
        reasons: why files were put aside.
        whose: a file is that cannot be read at all.
    """

    tasks: Tasks
    model: ModelFacts
    log: Log
    summary: Summary = field(default_factory=Summary)
    reasons: Reasons = field(default_factory=Reasons)
    whose: OwnerOf = nobodys

    def keep(self, job: Job, file: File, found: Found) -> None:
        """What reading a file gave, unless it is another file by now.

        Raises:
            LockedError, StoreError: as any writing.
        """
        if changed(job.place, file):
            self.put_off(job)
        elif found.digest is None:
            self.put_aside(job, file, found.trouble or "it cannot be read")
        elif found.answers is None:
            self._known(job, found.digest)
        else:
            self._answered(job, found.digest, [as_dated(answer, file, now()) for answer in found.answers])

    def put_off(self, job: Job) -> None:
        """Leave a file for the next run."""
        self.tasks.put_off(job.task_id)
        self.summary.left += 1
        self._tell(job, State.WAITING)

    def put_aside(self, job: Job, file: File, reason: str, died: bool = False) -> None:
        """Quarantine a file that could not be read at all, or under which a process died."""
        owner = self.whose(job.place, job.source)
        answer = as_dated(refused(str(job.place), reason, self.model, owner), file, now())
        self.tasks.quarantined(job.task_id, answer, died)
        self._quarantined(job, reason)

    def _known(self, job: Job, digest: str) -> None:
        state = self.tasks.known(job.task_id, digest)
        self.summary.unchanged += state is State.DONE
        self.summary.copies += state is State.COPY
        self._tell(job, state)

    def _answered(self, job: Job, digest: str, answers: list[Answer]) -> None:
        reason = unusable_for(answers)
        if not self.tasks.done(job.task_id, digest, answers, reason):
            self.summary.copies += 1
            self._tell(job, State.COPY)
        elif reason is None:
            self.summary.diagnosed += 1
            self._tell(job, State.DONE, signals=len(answers))
        else:
            self._quarantined(job, reason, signals=len(answers))

    def _quarantined(self, job: Job, reason: str, **facts: Any) -> None:
        self.summary.quarantined += 1
        self.reasons.add(job.place, job.source, reason)
        self._tell(job, State.QUARANTINED, **facts, reason=reason)

    def _tell(self, job: Job, state: State, **facts: Any) -> None:
        self.log({"event": "file", "source": job.source, "state": str(state), **facts})


def as_dated(answer: Answer, file: File, at: datetime) -> Answer:
    """An answer whose recording says when it was made, or else the time that its file system gives the file.

    A file from the future would be the last of its trend until then; it is taken for one of this moment.

    Args:
        answer: on one of the file's signals.
        file: as it was listed.
        at: this moment.
    """
    moment = None if answer.measured_at else moment_of(file.modified)
    if moment is None:
        return answer
    if moment - at > AHEAD:
        return replace(answer, measured_at=at, measured_from="clock")
    return replace(answer, measured_at=moment, measured_from="file system")


def unusable_for(answers: list[Answer]) -> str | None:
    """Why no signal of a file can be used; None where one can."""
    verdicts = [answer.verdict for answer in answers]
    if any(verdict.verdict is not Outcome.UNUSABLE for verdict in verdicts):
        return None
    return next((verdict.reason for verdict in verdicts if verdict.reason), "it holds no signal")


def changed(place: Place, file: File) -> bool:
    """Whether a file of this machine is another than the one that was listed; a server's is fetched whole."""
    if not isinstance(place, Path):
        return False
    try:
        found = files_below(place).files
    except (FaultprintError, OSError):  # it is gone
        return True
    return not found or (found[0].size_bytes, found[0].modified) != (file.size_bytes, file.modified)
