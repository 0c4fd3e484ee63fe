"""`faultprint evaluate`: a model's figures on a catalog."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline import terminal
from pipeline.exits import SOME_UNUSABLE
from pipeline.options import Json, ModelFolder, NoCache, Quiet, cache_of


def evaluate(
    model: ModelFolder,
    catalog: Annotated[Path, typer.Argument(help="A labelled catalog, CSV.")],
    no_cache: NoCache = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """A model's figures on a labelled catalog it never saw.

    Example: faultprint evaluate runs/first/model catalog.csv
    """
    from pipeline.workflow.evaluate import evaluate as figures_of

    with terminal.progress_bars(quiet) as tick:
        found = figures_of(model, catalog, cache=cache_of(no_cache), tick=tick)
    if json:
        terminal.show_json(found)
    else:
        shown = {key: value for key, value in found.items() if key != "skipped"}
        terminal.show_table(("figure", "value"), terminal.flat(shown))
    if found["left_out"]:
        many = "s" * (found["left_out"] > 1)
        terminal.complain(f"left out {found['left_out']} signal{many} that training had seen, or of the same parts")
    for entry in found["skipped"]:
        terminal.complain(f"skipped {entry['signal']}: {entry['reason']}")
    if found["skipped"]:
        raise typer.Exit(SOME_UNUSABLE)
