"""Answering: what a batch keeps of a file: the verdict on each of its signals, whose they are, and how loud."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from pipeline.batch.answer import Answer, level_of
from pipeline.batch.keep_evidence import KeepEvidence
from pipeline.catalog.opening import flags_for_each, open_signal
from pipeline.catalog.row import Row
from pipeline.catalog.scanning.told import ByName
from pipeline.diagnosis.diagnoser import Diagnoser
from pipeline.diagnosis.kept_evidence import packed
from pipeline.errors import FaultprintError
from pipeline.readers.places import Place
from pipeline.workflow.sources import one_name

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
        known = self.rows.get(one_name(place)) or [named(place, source, self.pattern)]
        asked = [(flags, row) for row in known for flags in flags_for_each(place, self.facts, row)]
        return [self._answer(place, source, flags, row) for flags, row in asked]

    def _answer(self, place: Place, source: str, flags: Facts, row: Row) -> Answer:
        site = str(row.condition.get("site", ""))
        machine = row.machine or machine_of(source)
        try:
            signal = open_signal(place, flags, row)
            diagnosis = self.diagnoser.diagnose(signal, self.keep.of)
            level = level_of(signal)  # of one too short for a verdict, too: a trend of levels needs none
        except FaultprintError as error:
            refused = self.diagnoser.refused(str(place), str(error)).verdict
            return Answer(replace(refused, channel=row.channel), machine, row.point, site)
        return Answer(
            replace(diagnosis.verdict, source=str(place)),
            signal.machine or machine,
            signal.point or row.point,
            site,
            level,
            signal.recorded_at,
            "file" if signal.recorded_at else "",
            packed(diagnosis.evidence) if diagnosis.evidence else None,
        )


def named(place: Place, source: str, pattern: str | None) -> Row:
    """What the name of a file says of it.

    Raises:
        CatalogError: when it does not fit the pattern.

    Example:
        >>> named("s3://in/pump 7/DE.wav", "pump 7/DE.wav", "{machine}/{point}.wav").machine
        'pump 7'
    """
    told = ByName(pattern).told_of(source, again=True)[0] if pattern else {}
    return Row(str(place), str(place), **told)


def machine_of(source: str) -> str:
    """The folder that a file lies in, below the inbox: its machine, where nobody says another.

    Example:
        >>> machine_of("hall 2/pump 7/a.wav"), machine_of("a.wav")
        ('hall 2/pump 7', '')
    """
    folder = PurePosixPath(source).parent
    return "" if folder == PurePosixPath() else str(folder)
