"""Explain: a page per signal that says where its verdict comes from, and whether that can be believed."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pipeline.catalog.catalog import Catalog
from pipeline.diagnosis.diagnoser import Diagnoser, Diagnosis
from pipeline.diagnosis.evidence import Evidence, bare_evidence
from pipeline.diagnosis.explanation import METHODS, USUAL
from pipeline.diagnosis.explanation.explain import explain, label_to_explain
from pipeline.diagnosis.explanation.explanation import Explanation
from pipeline.errors import FaultprintError, RequestError
from pipeline.models.bundle import Model
from pipeline.progress import Tick, unwatched
from pipeline.readers.places import Place, name_of, place_of
from pipeline.reporting.figure_names import free_name
from pipeline.signals.signal import Signal
from pipeline.whole_file import write_text, write_whole
from pipeline.workflow.request.model import load_model
from pipeline.workflow.request.signals import openers_of

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
    level: float | None = None,
    facts: Facts | None = None,
    catalog: Catalog | None = None,
    tick: Tick = unwatched,
) -> Iterator[Explained]:
    """Diagnose and explain one signal after the other; a sheet of each, and `explanation.json` of all at the end.

    What an earlier run explained in the same folder stays, unless it is explained again. A run that is interrupted
    leaves `explanation.json` of what it has done.

    Args:
        model: a model, or its folder.
        sources: files, folders or signals.
        out: folder of the sheets, made if needed.
        method: how relevance is found.
        label: what is explained; the likeliest of each verdict's labels if absent.
        level: share of sets that are to hold the truth; the model's own by default.
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
    diagnoser = Diagnoser(trained, level=level)
    openers = list(openers_of(sources, facts or {}, catalog))
    kept = earlier_entries(folder / JSON, {name for name, _, _ in openers})
    taken = {Path(file).with_suffix(".png").name for entry in kept for file in entry["files"]}
    made: list[dict[str, Any]] = []
    try:
        for done, (name, opener, _) in enumerate(openers):
            tick("explaining", done, len(openers))
            found = _one(diagnoser, trained, name, opener, method, label)
            found = Explained(found.diagnosis, found.explanation, _sheets(found, folder, taken))
            made.append(found.to_dict())
            yield found
        tick("explaining", len(openers), len(openers))
    finally:
        if made:
            write_text(folder / JSON, _as_text([*kept, *made]))


def earlier_entries(path: Path, names: Collection[str]) -> list[dict[str, Any]]:
    """What earlier runs explained in a folder, less what is to be explained again.

    Args:
        path: of `explanation.json`; it need not be there.
        names: what is to be explained now.

    Raises:
        RequestError: for a file that no run of ours has written.
    """
    if not path.is_file():
        return []
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
        return [entry for entry in entries if entry["source"] not in names and isinstance(entry["files"], list)]
    except (ValueError, TypeError, KeyError):
        raise RequestError(f"{path}: is no explanation.json of ours, and would be lost; name another folder") from None


def _one(
    diagnoser: Diagnoser, model: Model, name: str, opener: Callable[[], Signal], method: str, label: str | None
) -> Explained:
    try:
        signal = opener()
    except FaultprintError as error:
        return Explained(diagnoser.refused(name, str(error)), None)
    diagnosis = diagnoser.diagnose(signal, with_evidence=True, with_witness=True)
    if not diagnosis.verdict.usable:
        return Explained(replace(diagnosis, evidence=_bare(signal)), None)
    wanted = label or label_to_explain(model, diagnosis.verdict)
    return Explained(diagnosis, explain(model, signal, wanted, method))


def _bare(signal: Signal) -> Evidence | None:
    """The waveform of a signal that cannot be used, where even that can be read."""
    try:
        return bare_evidence(signal) if signal.n_samples > 1 else None
    except FaultprintError:
        return None


def _sheets(found: Explained, folder: Path, taken: set[str]) -> tuple[str, ...]:
    """Both files of one sheet."""
    from pipeline.reporting.explained.sheet import as_pdf, as_png, explained_sheet

    verdict = found.diagnosis.verdict
    name = name_of(place_of(verdict.source))
    figure = explained_sheet(verdict, found.diagnosis.evidence, found.explanation)
    stem = free_name(f"{name}.{verdict.channel}" if verdict.channel else name, taken, ".png").removesuffix(".png")
    paths = []
    for ending, content in ((".png", as_png(figure)), (".pdf", as_pdf(figure))):
        path = folder / f"{stem}{ending}"
        write_whole(path, [content])
        paths.append(str(path))
    return tuple(paths)


def _as_text(entries: Sequence[dict[str, Any]]) -> str:
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
