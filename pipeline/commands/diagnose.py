"""`faultprint diagnose`: one verdict per signal."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline import terminal
from pipeline.exits import SOME_UNUSABLE
from pipeline.options import (
    CatalogName,
    EngineName,
    Facts,
    Files,
    Json,
    Level,
    ModelFolder,
    NoCache,
    Quiet,
    cache_of,
    stating_facts,
)
from pipeline.whole_file import refuse_unwritable


class By(StrEnum):
    """What verdicts can be gathered by."""

    MACHINE = "machine"


@stating_facts
def diagnose(
    model: ModelFolder,
    files: Files,
    *,
    facts: Facts,
    catalog: CatalogName = None,
    engine: EngineName = "torch",
    level: Level = None,
    by: Annotated[By | None, typer.Option("--by", help="Also one verdict per machine, of all its signals.")] = None,
    witness: Annotated[
        bool, typer.Option(help="Beside each verdict what physics alone says; a tenth of a second each.")
    ] = True,
    page: Annotated[Path | None, typer.Option("--page", help="Also write an HTML page with a figure each.")] = None,
    no_cache: NoCache = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """One verdict per signal; with --by machine one per machine, too.

    Example: faultprint diagnose runs/first/model pump.wav --speed-rpm 1797 --bearing 6205
    """
    from pipeline.catalog.catalog import Catalog
    from pipeline.workflow import diagnose as workflow
    from pipeline.workflow.request.facts import checked_facts
    from pipeline.workflow.request.files import files_in
    from pipeline.workflow.request.model import load_model
    from pipeline.workflow.verdicts.by_machine import refuse_nobodys

    refuse_unwritable("--page", page)
    facts = checked_facts(facts)
    rows = Catalog.read(catalog) if catalog else None
    paths = files_in(files)
    if by:
        refuse_nobodys(paths, rows)
    trained = load_model(model)
    made = []
    with terminal.progress_bars(quiet) as tick:
        for diagnosis in workflow.diagnoses(
            trained,
            paths,
            facts=facts,
            catalog=rows,
            with_evidence=page is not None,
            with_witness=witness,
            cache=cache_of(no_cache),
            engine=engine,
            level=level,
            tick=tick,
        ):
            made.append(diagnosis)
            if json:
                terminal.show_json(diagnosis.verdict.to_dict())
    if not json:
        _show_verdicts([diagnosis.verdict for diagnosis in made])
    if page:
        workflow.write_page(page, made, trained)
    if by:
        _tell_machines(made, json)
    if not all(diagnosis.verdict.usable for diagnosis in made):
        raise typer.Exit(SOME_UNUSABLE)


def _tell_machines(made: list[Any], json: bool) -> None:
    from pipeline.workflow.verdicts.by_machine import by_machine

    machines = by_machine(made)
    for machine in machines if json else ():
        terminal.show_json(machine.to_dict())
    if not json:
        _show_machines(machines)
    if nobodys := sum(not diagnosis.machine for diagnosis in made):
        terminal.complain(f"{nobodys} signal{'s are' if nobodys > 1 else ' is'} of no machine that anybody names")


def _show_machines(machines: list[Any]) -> None:
    rows = [
        (
            one.machine,
            str(one.verdict),
            one.labels,
            f"{max(one.probabilities.values()):.2f}" if one.probabilities and one.labels else None,
            len(one.signals),
            "; ".join(one.warnings),
        )
        for one in machines
    ]
    terminal.show_table(("machine", "verdict", "labels", "probability", "signals", "warnings"), rows)


def _show_verdicts(verdicts: list[Any]) -> None:
    from pipeline.reporting.wording import open_words, physics_words

    rows = [
        (
            verdict.source,
            verdict.channel,
            str(verdict.verdict),
            verdict.labels,
            f"{max(verdict.probabilities.values()):.2f}" if verdict.probabilities and verdict.labels else None,
            physics_words(verdict) or None,
            verdict.reason or "; ".join(filter(None, (open_words(verdict), *verdict.warnings))),
        )
        for verdict in verdicts
    ]
    terminal.show_table(
        ("recording", "channel", "verdict", "labels", "probability", "physics agrees", "reason or warnings"), rows
    )
