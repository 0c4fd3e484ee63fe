"""Explain: a page per signal that says where its verdict comes from, and whether that can be believed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.catalog.catalog import Catalog
from pipeline.diagnosis.diagnoser import Diagnoser, Diagnosis
from pipeline.diagnosis.explanation import METHODS, USUAL
from pipeline.diagnosis.explanation.explain import explain, label_to_explain
from pipeline.diagnosis.explanation.explanation import Explanation
from pipeline.errors import FaultprintError, RequestError
from pipeline.models.bundle import Model
from pipeline.progress import Tick, unwatched
from pipeline.readers.places import Place
from pipeline.signals.signal import Signal
from pipeline.whole_file import write_text, write_whole
from pipeline.workflow.diagnose import load_model
from pipeline.workflow.figure_names import free_name
from pipeline.workflow.sources import openers_of

Facts = Mapping[str, Any]

JSON = "explanation.json"


@dataclass(frozen=True)
class Explained:
    """One signal, diagnosed and explained.

    Attributes:
        diagnosis: verdict and evidence.
        explanation: None for a signal that cannot be used.
        files: the sheets that were written, PNG and PDF.
    """

    diagnosis: Diagnosis
    explanation: Explanation | None
    files: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As JSON has it: the verdict's keys, the explanation and the files."""
        told = None if self.explanation is None else _finite(self.explanation.to_dict())
        return {**self.diagnosis.verdict.to_dict(), "explanation": told, "files": list(self.files)}


def explained(
    model: Path | str | Model,
    sources: Sequence[Place | Signal],
    out: Path | str,
    *,
    method: str = USUAL,
    label: str | None = None,
    facts: Facts | None = None,
    catalog: Catalog | None = None,
    tick: Tick = unwatched,
) -> Iterator[Explained]:
    """Diagnose and explain one signal after the other; a sheet of each, and `explanation.json` when all are done.

    Args:
        model: a model, or its folder.
        sources: files, folders or signals.
        out: folder of the sheets, made if needed.
        method: how relevance is found.
        label: what is explained; the likeliest of each verdict's labels if absent.
        facts: what the user states of all of them, checked.
        catalog: rows that state facts of files by name.
        tick: told how many signals are done.

    Raises:
        FaultprintError: for a model that cannot be loaded, a label or method that it does not have, a folder that
            cannot be written. A signal that cannot be used gets a sheet that says why.
    """
    trained, folder = load_model(model), Path(out)
    METHODS.checked(method)
    if label is not None and label not in trained.card.labels:
        raise RequestError(f"--label {label}: the model has {', '.join(trained.card.labels)}; name one of them")
    diagnoser = Diagnoser(trained)
    openers = list(openers_of(sources, facts or {}, catalog))
    taken: set[str] = set()
    entries = []
    for done, (name, opener, _) in enumerate(openers):
        tick("explaining", done, len(openers))
        try:
            signal: Signal | None = opener()
        except FaultprintError as error:
            found = Explained(diagnoser.refused(name, str(error)), None)
        else:
            assert signal is not None
            found = _one(diagnoser, trained, signal, method, label)
        found = Explained(found.diagnosis, found.explanation, _sheets(found, folder, taken))
        entries.append(found.to_dict())
        yield found
    tick("explaining", len(openers), len(openers))
    write_text(folder / JSON, _as_text(entries))


def _one(diagnoser: Diagnoser, model: Model, signal: Signal, method: str, label: str | None) -> Explained:
    diagnosis = diagnoser.diagnose(signal, with_evidence=True, with_witness=True)
    if not diagnosis.verdict.usable:
        return Explained(diagnosis, None)
    wanted = label or label_to_explain(model, diagnosis.verdict)
    return Explained(diagnosis, explain(model, signal, wanted, method))


def _sheets(found: Explained, folder: Path, taken: set[str]) -> tuple[str, ...]:
    """Both files of one sheet."""
    from pipeline.reporting.explained_sheet import as_pdf, as_png, explained_sheet

    verdict = found.diagnosis.verdict
    name = verdict.source.replace("\\", "/").rstrip("/").rpartition("/")[2]
    figure = explained_sheet(verdict, found.diagnosis.evidence, found.explanation)
    stem = free_name(f"{name}.{verdict.channel}" if verdict.channel else name, taken, ".png").removesuffix(".png")
    paths = []
    for ending, content in ((".png", as_png(figure)), (".pdf", as_pdf(figure))):
        path = folder / f"{stem}{ending}"
        write_whole(path, [content])
        paths.append(str(path))
    return tuple(paths)


def _as_text(entries: Sequence[dict[str, Any]]) -> str:
    import json

    # A file name that is not UTF-8 holds half characters; JSON has an escape for them.
    text = json.dumps(entries, indent=1, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "backslashreplace").decode() + "\n"


def _finite(value: Any) -> Any:
    """Numbers that are none as null, at any depth."""
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and value * 0 != 0 else value
