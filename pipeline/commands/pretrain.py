"""`faultprint pretrain`: a backbone's weights from recordings without labels, or from simulated machines."""

import shlex
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
    method: Annotated[str, typer.Option("--method", help="How: autoencoder, or simulation.")] = "autoencoder",
    signals: Annotated[
        int | None, typer.Option("--signals", help="For simulation: how many machines; 12000 if absent.")
    ] = None,
    settings: Settings = None,
    overwrite: Overwrite = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Train a backbone without labels; a config then names the file under `weights`.

    On recordings as an autoencoder, or on simulated machines of fault_order, which need no recording.

    Example: faultprint pretrain configs/simulated_autoencoder.yaml --out runs/pretrained
    """
    from pipeline.workflow.pretrain import pretrain as run_pretraining

    checked = config_at(config, settings)
    with terminal.progress_bars(quiet) as tick:
        told = run_pretraining(
            checked, out, branch=branch, method=method, signals=signals, overwrite=overwrite, tick=tick
        )
    skipped, notes = told.get("skipped", []), told.get("notes", [])
    if json:
        terminal.show_json(told)
    else:
        shown = {key: value for key, value in told.items() if key not in ("skipped", "notes")}
        terminal.show_table(("figure", "value"), terminal.flat(shown))
        started = [*(settings or ()), f"branches.{branch}.weights={told['weights']}"]
        words = shlex.join([str(config), "--out", "RUN", *(word for one in started for word in ("--set", one))])
        terminal.say(f"now: faultprint train {words}")
    for note in notes:
        terminal.complain(f"note: {note}")
    terminal.complain_of_skipped(skipped)
    if skipped:
        raise typer.Exit(SOME_UNUSABLE)
