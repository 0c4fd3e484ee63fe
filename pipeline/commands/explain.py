"""`faultprint explain`: where a verdict comes from, on one page per signal."""

from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline import terminal
from pipeline.errors import RequestError
from pipeline.exits import SOME_UNUSABLE
from pipeline.options import (
    BearingName,
    Channel,
    Files,
    GearName,
    Json,
    Level,
    ModelFolder,
    Quiet,
    RateHz,
    ReaderName,
    SpeedRpm,
    Unit,
)

COLUMNS = ("recording", "channel", "verdict", "labels", "explained", "occlusion", "fault lines", "sheet")

METHOD_HELP = "integrated_gradients (any model), or grad_cam, lrp for one with a pretrained net."


def explain(
    model: ModelFolder,
    files: Files,
    out: Annotated[Path, typer.Option("--out", help="Folder for a sheet per signal and explanation.json.")],
    method: Annotated[str, typer.Option("--method", help=METHOD_HELP)] = "integrated_gradients",
    label: Annotated[str | None, typer.Option("--label", help="What to explain; the likeliest if absent.")] = None,
    level: Level = None,
    rate_hz: RateHz = None,
    speed_rpm: SpeedRpm = None,
    bearing: BearingName = None,
    gear: GearName = None,
    channel: Channel = None,
    unit: Unit = None,
    reader: ReaderName = None,
    catalog: Annotated[str | None, typer.Option("--catalog", help="A catalog that states facts of the files.")] = None,
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

    if out.exists() and not out.is_dir():
        raise RequestError(f"--out {out}: needs a folder, and this is a file; name another")
    stated = {
        "rate_hz": rate_hz, "speed_rpm": speed_rpm, "bearing": bearing, "gear": gear,
        "channel": channel, "unit": unit, "reader": reader,
    }  # fmt: skip
    facts = checked_facts({key: value for key, value in stated.items() if value is not None})
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
