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
from pipeline.batch.store.schema import diagnoses, evidence, runs, tasks
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
    """

    def __init__(self, lease: Lease, scope: Scope, run_id: int) -> None:
        self._lease, self._scope, self.run_id = lease, scope, run_id

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
            own = connection.execute(select(tasks.c.digest).where(tasks.c.id == task_id)).scalar()
            if original is not None:
                self._copied(connection, task_id, digest, original)
                return State.COPY
            state = State.DONE if own == digest else State.WAITING
            self._set(connection, task_id, state=state, **({} if own == digest else {"modified": ""}))
            return state

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
        self._set(connection, task_id, digest=digest, state=State.COPY, copy_of=original, reason=None)

    def _keep(self, connection: Connection, task_id: int, digest: str, answers: Sequence[Answer]) -> None:
        of_task, same = diagnoses.c.task_id == task_id, diagnoses.c.digest == digest
        copies = (tasks.c.copy_of == task_id) & (tasks.c.digest != digest)
        connection.execute(update(tasks).where(copies).values(state=State.WAITING, modified="", copy_of=None))
        connection.execute(update(diagnoses).where(of_task, ~same).values(replaced=True))
        connection.execute(delete(diagnoses).where(of_task, same))
        for place, answer in enumerate(answers):
            row = insert(diagnoses).values(self._row(task_id, digest, place, answer)).returning(diagnoses.c.id)
            kept = connection.execute(row).scalar_one()
            if answer.evidence is not None:
                connection.execute(insert(evidence).values(diagnosis_id=kept, content=answer.evidence))

    def _set(self, connection: Connection, task_id: int, **values: Any) -> None:
        connection.execute(update(tasks).where(tasks.c.id == task_id).values(**values, changed_at=now()))

    def _row(self, task_id: int, digest: str, position: int, answer: Answer) -> dict[str, Any]:
        verdict = answer.verdict
        return {
            "task_id": task_id, "run_id": self.run_id, "digest": digest, "position": position,
            "channel": verdict.channel, "machine": answer.machine, "point": answer.point, "site": answer.site,
            "measured_at": answer.measured_at, "measured_from": answer.measured_from, "diagnosed_at": now(),
            "verdict": str(verdict.verdict), "labels": list(verdict.labels),
            "probabilities": dict(verdict.probabilities), **answer.level._asdict(), "document": verdict.to_dict(),
        }  # fmt: skip


def begin_run(lease: Lease, scope: Scope, shard: str) -> int:
    """Note that a run begins, and that those which began before it under the same lease and never ended have died.

    Returns:
        Its number.
    """
    holder = lease.holder
    row = scope._asdict() | {"shard": shard, "host": holder.host, "pid": holder.pid, "started_at": now()}
    same = (runs.c.inbox_id == scope.inbox_id) & (runs.c.model_id == scope.model_id) & (runs.c.shard == shard)
    with lease.writing() as connection:
        died = update(runs).where(same, runs.c.ended_at.is_(None)).values(ended_at=now(), outcome="died")
        connection.execute(died)
        return int(connection.execute(insert(runs).values(row).returning(runs.c.id)).scalar_one())


def end_run(lease: Lease, run_id: int, outcome: str, counts: dict[str, int]) -> None:
    """Note how a run ended."""
    ended = update(runs).where(runs.c.id == run_id).values(ended_at=now(), outcome=outcome, counts=counts)
    with lease.writing() as connection:
        connection.execute(ended)


def keep_counts(lease: Lease, run_id: int, counts: dict[str, int]) -> None:
    """Note what a run counted after its end, too."""
    with lease.writing() as connection:
        connection.execute(update(runs).where(runs.c.id == run_id).values(counts=counts))
