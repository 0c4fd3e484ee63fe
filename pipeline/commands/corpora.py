"""`faultprint corpora`: public data sets with a manifest."""

from typing import Annotated

import typer

from pipeline import terminal
from pipeline.exits import WRONG
from pipeline.options import Json

app = typer.Typer(help="Public data sets with a manifest.", no_args_is_help=True)


@app.command("list")
def corpora_list(json: Json = False) -> None:
    """Data sets with a manifest. Example: faultprint corpora list"""
    from pipeline.catalog.corpora import corpus_names

    names = list(corpus_names())
    if json:
        return terminal.show_json(names)
    return terminal.say("\n".join(names))


@app.command("check")
def corpora_check(name: Annotated[str, typer.Argument(help="A data set, such as cwru.")], json: Json = False) -> None:
    """Compare what is under FAULTPRINT_DATA with a manifest. Example: faultprint corpora check cwru"""
    from pipeline.catalog.corpora import check_corpus

    rows = [vars(check) for check in check_corpus(name)]
    if json:
        terminal.show_json(rows)
    else:
        terminal.show_table(("file", "status"), [tuple(row.values()) for row in rows])
    if any(row["status"] not in ("ok", "missing") for row in rows):
        raise typer.Exit(WRONG)
