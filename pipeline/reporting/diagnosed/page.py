"""Page: diagnoses as one self-contained HTML file that needs no network and no scripts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.reporting.diagnosed.entry import Entry
from pipeline.reporting.diagnosed.summary import Summary, shared_folder
from pipeline.reporting.templates import encoded, made_words, template
from pipeline.whole_file import write_whole

if TYPE_CHECKING:
    from pipeline.diagnosis.diagnoser import Diagnosis

Truth = Mapping[str, tuple[str, ...]]


def write_page(
    path: Path,
    diagnoses: "Sequence[Diagnosis]",
    *,
    title: str,
    facts: Mapping[str, str],
    truth: Truth | None = None,
    made_at: datetime | None = None,
) -> Path:
    """Write diagnoses as one page: summary, table, and a section with a figure for each signal.

    Args:
        path: the HTML file; replaced whole.
        diagnoses: in the order of the page; those without evidence have no figure.
        title: of the page.
        facts: what holds for all of them, such as model and fingerprint. `stamps` is shown as a caution.
        truth: source -> true labels, where they are known.
        made_at: shown on the page; now unless given.

    Returns:
        The path.

    Raises:
        RequestError: when the disk is full or not writable; an older page is left as it was.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     page = write_page(Path(folder) / "inbox.html", [], title="Inbox", facts={"model": "demo"})
        ...     "<h1>Inbox</h1>" in page.read_text()
        True
    """
    folder, entries = _entries(diagnoses, truth or {})
    parts = template("diagnosed/page.html").generate(
        title=title,
        facts={name: told for name, told in facts.items() if told and name != "stamps"},
        stamps=facts.get("stamps", ""),
        folder=folder,
        entries=entries,
        summary=Summary(entries),
        made_at=made_words(made_at),
    )
    return write_whole(path, encoded(parts))


def _entries(diagnoses: "Sequence[Diagnosis]", truth: Truth) -> tuple[str, list[Entry]]:
    sources = [diagnosis.verdict.source for diagnosis in diagnoses]
    folder = shared_folder(sources)
    names = [source[len(folder) :].lstrip("/\\") for source in sources]
    numbered = enumerate(zip(names, diagnoses, strict=True), start=1)
    return folder, [
        Entry(place, name, diagnosis.verdict, diagnosis.evidence, truth.get(diagnosis.verdict.source))
        for place, (name, diagnosis) in numbered
    ]
