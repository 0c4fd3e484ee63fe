"""Sheets: single diagnoses in full, with what was kept of their evidence drawn."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline.batch.store.diagnosed import Diagnosed
from pipeline.errors import ReadError
from pipeline.reporting.diagnosed.entry import Entry
from pipeline.reporting.fleet.cells import moment
from pipeline.reporting.fleet.folder import Folder, page_of
from pipeline.reporting.fleet.machine import UNNAMED
from pipeline.reporting.templates import template
from pipeline.verdict import Verdict

if TYPE_CHECKING:
    from pipeline.diagnosis.evidence import Evidence


class Kept(NamedTuple):
    """A diagnosis as a store keeps it.

    Attributes:
        id: of the store.
        document: the verdict, as plain values.
        content: its packed evidence; None where none was kept.
    """

    id: int
    document: Mapping[str, Any]
    content: bytes | None


def write_sheets(
    folder: Folder,
    rows: Mapping[int, Diagnosed],
    kept: Callable[[Sequence[int]], Iterator[Kept]],
    made_at: datetime,
) -> None:
    """A page for each of some diagnoses.

    Args:
        folder: where.
        rows: number of a diagnosis -> what the store tells of it.
        kept: whole verdicts and their evidence, by number.
        made_at: this moment.
    """
    for one in kept(sorted(rows)):
        evidence, missing = _drawn(one.content)
        entry = Entry(one.id, "", Verdict.from_dict(one.document), evidence)
        row = rows[one.id]
        page = template("fleet/sheet.html").generate(
            entry=entry, verdict=entry.verdict, missing=missing, row=row, machine=row.machine or UNNAMED,
            page=page_of(row.machine, row.site), moment=moment, made_at=moment(made_at),
        )  # fmt: skip
        folder.write(f"sheets/{one.id}.html", page)


def _drawn(content: bytes | None) -> tuple["Evidence | None", str]:
    """Evidence, or why there is none."""
    from pipeline.diagnosis.kept_evidence import unpacked  # torch comes with it; a report without sheets needs none

    if content is None:
        return (
            None,
            "No pictures of this signal were kept; faultprint batch --evidence all keeps those of all.",
        )
    try:
        return unpacked(content), ""
    except ReadError as error:
        return None, str(error)
