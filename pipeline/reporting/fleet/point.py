"""Point: one place on a machine, heard by one model: its recordings, its trends, its alarms."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipeline.batch.store.diagnosed import Diagnosed
from pipeline.batch.store.kept_alarms import KeptAlarm
from pipeline.batch.trends.change_points import change_points
from pipeline.batch.trends.health import health_of
from pipeline.batch.trends.history import Floats, Snapshot
from pipeline.batch.trends.judged import faults_in, levels_in
from pipeline.batch.trends.rules import Rules
from pipeline.verdict import Outcome

LONGEST_SOUGHT = 1000
"""Recordings, the latest, in which changes are sought."""


@dataclass(frozen=True)
class Point:
    """One place on a machine, heard by one model.

    Attributes:
        rows: its diagnoses in time.
        alarms: all that were ever raised there.
        rules: by which its health is told.
        seeks_changes: whether changes of its level are sought.
    """

    rows: Sequence[Diagnosed]
    alarms: Sequence[KeptAlarm]
    rules: Rules
    seeks_changes: bool = True

    @property
    def name(self) -> str:
        """How a page calls it."""
        latest = self.latest
        return ", ".join(filter(None, (latest.point, latest.channel and f"channel {latest.channel}"))) or "one point"

    @property
    def latest(self) -> Diagnosed:
        """The last diagnosis."""
        return self.rows[-1]

    @property
    def latest_usable(self) -> Diagnosed | None:
        """The last diagnosis with an answer."""
        return next((row for row in reversed(self.rows) if row.verdict is not Outcome.UNUSABLE), None)

    @property
    def open_alarms(self) -> list[KeptAlarm]:
        """Those that have not closed, the latest first."""
        return [alarm for alarm in self.alarms if alarm.closed_at is None]

    @cached_property
    def history(self) -> list[Snapshot]:
        """As trends take it."""
        return [row.snapshot for row in self.rows]

    @cached_property
    def faults(self) -> Mapping[str, Floats]:
        """Each fault's probability in time, shape (recording,)."""
        return dict(faults_in(self.history))

    @cached_property
    def levels(self) -> Floats:
        """RMS in time, NaN where unknown, shape (recording,)."""
        return levels_in(self.history)

    def figures(self, of: Callable[[Diagnosed], float | None]) -> Floats:
        """Any figure of its diagnoses in time, NaN where unknown, shape (recording,)."""
        return np.array([np.nan if (value := of(row)) is None else value for row in self.rows], dtype=np.float64)

    @cached_property
    def health(self) -> Floats:
        """The health index in time, shape (recording,)."""
        return health_of(self.history, self.rules)

    @property
    def health_now(self) -> float | None:
        """The latest health index; None where nothing is known."""
        known = self.health[np.isfinite(self.health)]
        return float(known[-1]) if len(known) else None

    @cached_property
    def changes(self) -> list[tuple[Diagnosed, float]]:
        """Where the level settled on another value: the first recording there, and by how many decibels.

        Raises:
            RequestError: when ruptures is not installed.
        """
        if not self.seeks_changes:
            return []
        skipped = max(len(self.rows) - LONGEST_SOUGHT, 0)
        with np.errstate(divide="ignore", invalid="ignore"):
            levels_db = 20 * np.log10(self.levels[skipped:])
        levels_db[~np.isfinite(levels_db)] = np.nan
        starts = change_points(levels_db)
        means = [float(np.nanmean(part)) for part in np.split(levels_db, starts)] if starts else []
        steps = zip(starts, means, means[1:], strict=False)
        return [(self.rows[skipped + start], after - before) for start, before, after in steps]
