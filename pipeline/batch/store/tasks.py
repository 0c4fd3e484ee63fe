"""Tasks: what a batch knows of every file of an inbox, and what it writes of each; one transaction per step.

A file is WAITING until somebody reads it, READING from before its first byte is read, then DONE, a COPY of another
whose content it has, or QUARANTINED. A file that is READING when a run begins is one under which an earlier run ended.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from pipeline.batch.answer import Answer
from pipeline.batch.store.known import Known, Scope, State, within
from pipeline.batch.store.lease import Lease
from pipeline.batch.store.schema import diagnoses, evidence, tasks
from pipeline.batch.store.utc import now
from pipeline.catalog.scanning.walk import File

UNREAD = "unread"
"""In place of the digest of a file that could not be read."""


class Tasks:
    """What one run writes of the files it reads.

    Args:
        lease: under which everything is written.
        scope: the inbox and the model.
        run_id: of the run.

    Attributes:
        freed: tasks whose file was a copy of another, which has other content now: to be read on their own.
    """

    def __init__(self, lease: Lease, scope: Scope, run_id: int) -> None:
        self._lease, self._scope, self.run_id = lease, scope, run_id
        self.freed: set[int] = set()

    def begin(self, file: File, known: Known | None) -> int:
        """Count an attempt at a file, before it is read.

        Returns:
            The task's id.
        """
        met = {"size_bytes": file.size_bytes, "modified": file.modified, "state": State.READING, "run_id": self.run_id}
        with self._lease.writing() as connection:
            if known is None:
                values = self._scope._asdict() | met | {"source": file.source, "attempts": 1, "changed_at": now()}
                return int(connection.execute(insert(tasks).values(values).returning(tasks.c.id)).scalar_one())
            another = {} if known.is_of(file) else {"deaths": 0, "reason": None}
            self._set(connection, known.id, **met, attempts=tasks.c.attempts + 1, **another)
            self.freed.discard(known.id)
            return known.id

    def done(self, task_id: int, digest: str, answers: Sequence[Answer], reason: str | None = None) -> bool:
        """Keep what was found of a file; answers of its older content stay, marked as replaced.

        Args:
            task_id: of the file.
            digest: of the content that was read.
            answers: one per signal.
            reason: why nothing of it can be used; None for a file that can.

        Returns:
            Whether they were kept; a file with the content of another that is DONE becomes a COPY of it instead.
        """
        with self._lease.writing() as connection:
            original = self._original_of(connection, task_id, digest)
            if original is not None:
                self._copied(connection, task_id, digest, original)
                return False
            self._keep(connection, task_id, digest, answers)
            state = State.DONE if reason is None else State.QUARANTINED
            self._set(connection, task_id, digest=digest, state=state, reason=reason, copy_of=None)
            return True

    def quarantined(self, task_id: int, answer: Answer, died: bool = False) -> None:
        """Put aside a file that cannot be read at all.

        Args:
            task_id: of the file.
            answer: the UNUSABLE one that is kept of it.
            died: whether the process that read it ended by itself.
        """
        with self._lease.writing() as connection:
            self._keep(connection, task_id, UNREAD, [answer])
            facts = {"digest": UNREAD, "state": State.QUARANTINED, "reason": answer.verdict.reason, "copy_of": None}
            self._set(connection, task_id, **facts, deaths=tasks.c.deaths + int(died))

    def known(self, task_id: int, digest: str) -> State:
        """Note that a file has content which was diagnosed before this run: its own of then, or that of another.

        Returns:
            What became of it: DONE where it is its own, COPY, or WAITING where the other has changed meanwhile.
        """
        with self._lease.writing() as connection:
            original = self._original_of(connection, task_id, digest)
            if original is not None:
                self._copied(connection, task_id, digest, original)
                return State.COPY
            same = (diagnoses.c.task_id == task_id) & (diagnoses.c.digest == digest) & ~diagnoses.c.replaced
            by = connection.execute(select(func.max(diagnoses.c.run_id)).where(same)).scalar()
            if by is not None:
                self._set(connection, task_id, state=State.DONE, run_id=by)
                return State.DONE
            self._set(connection, task_id, state=State.WAITING, modified="")
            self.freed.add(task_id)
            return State.WAITING

    def put_off(self, task_id: int) -> None:
        """Leave a file for the next run, such as one that changed while it was read."""
        with self._lease.writing() as connection:
            self._set(connection, task_id, state=State.WAITING, modified="")

    def _original_of(self, connection: Connection, task_id: int, digest: str) -> int | None:
        same = (tasks.c.digest == digest) & (tasks.c.state == State.DONE) & (tasks.c.id != task_id)
        found: int | None = connection.execute(select(func.min(tasks.c.id)).where(within(self._scope), same)).scalar()
        return found

    def _copied(self, connection: Connection, task_id: int, digest: str, original: int) -> None:
        connection.execute(update(diagnoses).where(diagnoses.c.task_id == task_id).values(replaced=True))
        by = select(tasks.c.run_id).where(tasks.c.id == original).scalar_subquery()
        self._set(connection, task_id, digest=digest, state=State.COPY, copy_of=original, reason=None, run_id=by)

    def _keep(self, connection: Connection, task_id: int, digest: str, answers: Sequence[Answer]) -> None:
        copies = (tasks.c.copy_of == task_id) & (tasks.c.digest != digest) & (tasks.c.state == State.COPY)
        freed = update(tasks).where(copies).values(state=State.WAITING, modified="", copy_of=None)
        self.freed.update(connection.execute(freed.returning(tasks.c.id)).scalars())
        of_task = diagnoses.c.task_id == task_id
        connection.execute(update(diagnoses).where(of_task).values(replaced=True))
        # Rows of the same content keep their numbers: alarms, and whatever else tells more of a diagnosis, hold them.
        asked = select(diagnoses.c.position, diagnoses.c.id).where(of_task, diagnoses.c.digest == digest)
        kept = {row.position: row.id for row in connection.execute(asked)}
        for position, answer in enumerate(answers):
            number = _put(connection, kept.get(position), self._row(task_id, digest, position, answer))
            if answer.evidence is not None:
                connection.execute(insert(evidence).values(diagnosis_id=number, content=answer.evidence))

    def _set(self, connection: Connection, task_id: int, **values: Any) -> None:
        connection.execute(update(tasks).where(tasks.c.id == task_id).values(**values, changed_at=now()))

    def _row(self, task_id: int, digest: str, position: int, answer: Answer) -> dict[str, Any]:
        verdict = answer.verdict
        return {
            "task_id": task_id, "run_id": self.run_id, "digest": digest, "position": position,
            "channel": verdict.channel, "machine": answer.machine, "point": answer.point, "site": answer.site,
            "measured_at": answer.measured_at, "measured_from": answer.measured_from, "diagnosed_at": now(),
            "verdict": str(verdict.verdict), "labels": list(verdict.labels),
            "probabilities": dict(verdict.probabilities), **answer.level._asdict(), "outside_p": verdict.outside_p,
            "document": verdict.to_dict(), "replaced": False,
        }  # fmt: skip


def _put(connection: Connection, number: int | None, row: dict[str, Any]) -> int:
    """A diagnosis in place of an older one of that number, whose evidence goes, or a new one; its number."""
    if number is None:
        return int(connection.execute(insert(diagnoses).values(row).returning(diagnoses.c.id)).scalar_one())
    connection.execute(update(diagnoses).where(diagnoses.c.id == number).values(row))
    connection.execute(delete(evidence).where(evidence.c.diagnosis_id == number))
    return number
