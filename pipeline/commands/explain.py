"""`faultprint explain`: where a verdict comes from, on one page per signal."""

from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline import terminal
from pipeline.exits import SOME_UNUSABLE
from pipeline.options import CatalogName, Facts, Files, Json, Level, ModelFolder, Quiet, refuse_file, stating_facts

COLUMNS = ("recording", "channel", "verdict", "labels", "explained", "occlusion", "fault lines", "sheet")

METHOD_HELP = "integrated_gradients (any model), or grad_cam, lrp for one with a pretrained net."


@stating_facts
def explain(
    model: ModelFolder,
    files: Files,
    *,
    out: Annotated[Path, typer.Option("--out", help="Folder for a sheet per signal and explanation.json.")],
    method: Annotated[str, typer.Option("--method", help=METHOD_HELP)] = "integrated_gradients",
    label: Annotated[str | None, typer.Option("--label", help="What to explain; the likeliest if absent.")] = None,
    level: Level = None,
    facts: Facts,
    catalog: CatalogName = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Show where a verdict comes from: one printable sheet per signal, PNG and PDF.

    Example: faultprint explain ready pump.wav --speed-rpm 1797 --bearing 6205 --out sheets
    """
    from pipeline.catalog.catalog import Catalog
    from pipeline.workflow.explain import explained
    from pipeline.workflow.request.facts import checked_facts
    from pipeline.workflow.request.files import files_in

    refuse_file(out)
    facts = checked_facts(facts)
    rows = Catalog.read(catalog) if catalog else None
    lines: list[Any] = []
    all_usable = True
    with terminal.progress_bars(quiet) as tick:
        made = explained(
            model,
            files_in(files),
            out,
            method=method,
            label=label,
            level=level,
            facts=facts,
            catalog=rows,
            tick=tick,
        )
        for one in made:
            all_usable &= one.diagnosis.verdict.usable
            if json:
                terminal.show_json(one.to_dict())
            else:
                lines.append(_line(one))
    if not json:
        terminal.show_table(COLUMNS, lines)
    if not all_usable:
        raise typer.Exit(SOME_UNUSABLE)


def _line(one: Any) -> tuple[Any, ...]:
    verdict, found = one.diagnosis.verdict, one.explanation
    told: tuple[Any, ...] = (verdict.reason, None, None)
    if found is not None:
        passed = found.occlusion.passed if found.occlusion else None
        check = {True: "passed", False: "failed", None: "not applicable"}[passed]
        told = (found.label, check, found.lines.agrees if found.lines else None)
    return (verdict.source, verdict.channel, str(verdict.verdict), verdict.labels, *told, one.files[0])
