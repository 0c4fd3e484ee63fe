"""`faultprint evaluate`: a model's figures on a catalog."""

from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline import terminal
from pipeline.exits import SOME_UNUSABLE
from pipeline.options import Json, Level, ModelFolder, NoCache, Quiet, cache_of
from pipeline.whole_file import refuse_unwritable


def evaluate(
    model: ModelFolder,
    catalog: Annotated[Path, typer.Argument(help="A labelled catalog, CSV.")],
    page: Annotated[Path | None, typer.Option("--page", help="Also write an HTML page with curves and tables.")] = None,
    level: Level = None,
    no_cache: NoCache = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """A model's figures on a labelled catalog it never saw: how right it is, and what its verdicts are worth.

    Example: faultprint evaluate runs/first/model catalog.csv --page evaluation.html
    """
    from pipeline.workflow import evaluate as workflow
    from pipeline.workflow.request.model import load_model

    refuse_unwritable("--page", page)
    trained = load_model(model)
    with terminal.progress_bars(quiet) as tick:
        found = workflow.evaluate(trained, catalog, cache=cache_of(no_cache), level=level, tick=tick)
    if json:
        terminal.show_json(found)
    else:
        _show(found)
    if page:
        workflow.write_page(page, found, trained, catalog)
    if found["left_out"]:
        many = "s" * (found["left_out"] > 1)
        terminal.complain(f"left out {found['left_out']} signal{many} that training had seen, or of the same parts")
    if found["untaught"]:
        some = "1 signal has a label" if found["untaught"] == 1 else f"{found['untaught']} signals have labels"
        terminal.complain(f"{some} that the model was never taught: in the figures of OUTSIDE alone")
    terminal.complain_of_skipped(found["skipped"])
    if found["skipped"]:
        raise typer.Exit(SOME_UNUSABLE)


def _show(found: dict[str, Any]) -> None:
    from pipeline.reporting.evaluated.headlines import headlines

    shown = {key: value for key, value in found.items() if key not in ("skipped", "verdicts")}
    terminal.show_table(("figure", "value"), terminal.flat(shown))
    lines = [
        (one.name, one.value, one.interval or None, one.of_recordings or None, one.counted)
        for one in headlines(found["verdicts"])
    ]
    terminal.show_table(("of verdicts", "value", "95 % interval", "of recordings", "counted"), lines)
    if not found["verdicts"]["calibrated"]:
        terminal.say(f"note: {found['verdicts']['coverage']['note']}")
