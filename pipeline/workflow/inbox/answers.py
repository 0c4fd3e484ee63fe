"""Answers: what a batch keeps of a file: the verdict on each of its signals, whose they are, and how loud."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipeline.batch.answer import Answer
from pipeline.batch.keep_evidence import KeepEvidence
from pipeline.catalog.opening import flags_for_each, open_signal
from pipeline.catalog.row import Row
from pipeline.diagnosis.diagnoser import Diagnoser
from pipeline.diagnosis.kept_evidence import packed
from pipeline.errors import FaultprintError
from pipeline.readers.places import Place
from pipeline.signals.levels.level import level_of
from pipeline.workflow.inbox.owners import machine_of, named, owner_of
from pipeline.workflow.request.signals import asked_for, one_name

Facts = Mapping[str, Any]


@dataclass(frozen=True)
class Answering:
    """What a batch asks about every file.

    Attributes:
        diagnoser: of the model.
        facts: what the user states of every file.
        rows: of a catalog, by the file's place.
        pattern: what names say.
        keep: of which diagnoses pictures are kept.
    """

    diagnoser: Diagnoser
    facts: Facts
    rows: Mapping[Place, Sequence[Row]]
    pattern: str | None
    keep: KeepEvidence

    def __call__(self, place: Place, source: str) -> list[Answer]:
        """One answer per signal of a file: those that a catalog knows of it, or the one channel it has or flags name.

        Args:
            place: of the file.
            source: its path below the inbox.

        Raises:
            CatalogError: when its name does not fit the pattern.
        """
        rows = asked_for(place, self.rows.get(one_name(place), [None]), self.facts)
        known = [row or named(place, source, self.pattern) for row in rows]
        asked = [(flags, row) for row in known for flags in flags_for_each(place, self.facts, row)]
        return [self._answer(place, source, flags, row) for flags, row in asked]

    def _answer(self, place: Place, source: str, flags: Facts, row: Row) -> Answer:
        try:
            signal = open_signal(place, flags, row)
            diagnosis = self.diagnoser.diagnose(signal, self.keep.of, self.keep.of)
            level = level_of(signal)  # of one too short for a verdict, too: a trend of levels needs none
        except FaultprintError as error:
            refused = self.diagnoser.refused(str(place), str(error)).verdict
            return Answer(replace(refused, channel=row.channel), *owner_of(place, source, row))
        return Answer(
            replace(diagnosis.verdict, source=str(place)),
            signal.machine or machine_of(source),
            signal.point,
            str(row.condition.get("site", "")),
            level,
            signal.recorded_at,
            "file" if signal.recorded_at else "",
            packed(diagnosis.evidence) if diagnosis.evidence else None,
        )
