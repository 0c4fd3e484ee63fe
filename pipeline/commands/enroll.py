"""`faultprint enroll`: a model taught a class, more examples or a machine from a handful of recordings."""

from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline import terminal
from pipeline.errors import RequestError, did_you_mean
from pipeline.exits import SOME_UNUSABLE
from pipeline.options import Facts, Files, Json, ModelFolder, NoCache, Quiet, cache_of, stating_facts

METHODS = ("head", "prototypes")


@stating_facts
def enroll(
    model: ModelFolder,
    files: Files,
    *,
    out: Annotated[Path, typer.Option("--out", help="The folder of the new model; the old one stays as it is.")],
    label: Annotated[list[str] | None, typer.Option("--label", help="What is wrong with them, such as ball.")] = None,
    method: Annotated[str, typer.Option("--method", help="head (solved anew) or prototypes (class means).")] = "head",
    unlabelled: Annotated[bool, typer.Option("--unlabelled", help="Fit to a new machine, its truth unknown.")] = False,
    facts: Facts,
    catalog: Annotated[str | None, typer.Option("--catalog", help="A catalog: facts and labels of the files.")] = None,
    no_cache: NoCache = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Teach a model a class, more examples of one, or a machine, without training it again.

    Example: faultprint enroll runs/first/model cage-1.wav cage-2.wav --label cage --speed-rpm 1797 --bearing 6205
    --out models/with-cage
    """
    from pipeline.catalog.catalog import Catalog
    from pipeline.workflow import enroll as workflow
    from pipeline.workflow.request.facts import checked_facts
    from pipeline.workflow.request.files import files_in

    _check(method, label or [], unlabelled)
    given: dict[str, Any] = {
        "facts": checked_facts(facts),
        "catalog": Catalog.read(catalog) if catalog else None,
    }
    paths = files_in(files)
    with terminal.progress_bars(quiet) as tick:
        if unlabelled:
            report = workflow.enroll_unlabelled(model, paths, out, tick=tick, **given)
        else:
            learned = {"labels": label or (), "method": method, "cache": cache_of(no_cache)}
            report = workflow.enroll(model, paths, out, tick=tick, **learned, **given)
    if json:
        terminal.show_json(report)
    else:
        _show(report)
    for entry in report["skipped"]:
        terminal.complain(f"skipped {entry['source']}: {entry['reason']}")
    if report["skipped"]:
        raise typer.Exit(SOME_UNUSABLE)


def _check(method: str, labels: list[str], unlabelled: bool) -> None:
    if method not in METHODS:
        raise RequestError(
            f"unknown method '{method}'{did_you_mean(method, METHODS) or ';'} known: {', '.join(METHODS)}"
        )
    if labels and unlabelled:
        raise RequestError("--label and --unlabelled exclude each other; leave one out")


def _show(report: dict[str, Any]) -> None:
    """What became of the old classes and the new recordings, and what a user must know."""
    figures = {key: value for key, value in report.items() if key not in ("files", "notes", "skipped")}
    terminal.show_table(("figure", "value"), terminal.flat(figures))
    rows = [(one["source"], one["channel"], one["labels"], one["windows"]) for one in report["files"]]
    terminal.show_table(("learned from", "channel", "labels", "windows"), rows)
    for note in report["notes"]:
        terminal.say(f"note: {note}")
