"""`faultprint pretrain`: a backbone's weights from recordings without labels."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline import terminal
from pipeline.exits import SOME_UNUSABLE
from pipeline.options import ConfigFile, Json, Overwrite, Quiet, Settings, config_at


def pretrain(
    config: ConfigFile,
    out: Annotated[Path, typer.Option("--out", help="The folder to make.")],
    branch: Annotated[int, typer.Option("--branch", help="Whose backbone, counted from 0.")] = 0,
    method: Annotated[str, typer.Option("--method", help="How: autoencoder.")] = "autoencoder",
    settings: Settings = None,
    overwrite: Overwrite = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Train a backbone on recordings that nobody labelled; a config then names the file under `weights`.

    Example: faultprint pretrain configs/simulated_autoencoder.yaml --out runs/pretrained
    """
    from pipeline.workflow.pretrain import pretrain as run_pretraining

    checked = config_at(config, settings)
    with terminal.progress_bars(quiet) as tick:
        told = run_pretraining(checked, out, branch=branch, method=method, overwrite=overwrite, tick=tick)
    skipped = told.get("skipped", [])
    if json:
        terminal.show_json(told)
    else:
        shown = {key: value for key, value in told.items() if key != "skipped"}
        terminal.show_table(("figure", "value"), terminal.flat(shown))
        terminal.say(f"now: faultprint train {config} --out RUN --set branches.{branch}.weights={told['weights']}")
    for entry in skipped:
        terminal.complain(f"skipped {entry['signal']}: {entry['reason']}")
    if skipped:
        raise typer.Exit(SOME_UNUSABLE)
