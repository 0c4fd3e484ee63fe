"""`faultprint train`: a model, tested on parts it never saw."""

from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline import terminal
from pipeline.exits import SOME_UNUSABLE
from pipeline.options import ConfigFile, Json, NoCache, Overwrite, Quiet, Settings, cache_of, config_at


def train(
    config: ConfigFile,
    out: Annotated[Path, typer.Option("--out", help="The run folder to make.")],
    settings: Settings = None,
    overwrite: Overwrite = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a run that was ended before its time.")] = False,
    no_cache: NoCache = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Train a model and test it on parts it never saw.

    Example: faultprint train configs/cwru_wavelet_squeezenet.yaml --out runs/first
    """
    from pipeline.training.finetuning.devices import leads
    from pipeline.workflow.train import train as run_training

    checked = config_at(config, settings)
    with terminal.progress_bars(quiet) as tick:
        metrics = run_training(
            checked,
            out,
            overwrite=overwrite,
            resume=resume,
            cache=cache_of(no_cache),
            tick=tick,
            note=terminal.complain,
        )
    if not leads(checked.fit):  # a process that only helped to train has nothing to say
        return
    for reason in filter(None, metrics["regime_reasons"]):
        terminal.complain(f"regime: {reason}")
    if json:
        terminal.show_json(metrics)
    else:
        _show_metrics(metrics)
        terminal.say(f"model: {out / 'model'}")
    if metrics["skipped"]:
        terminal.complain_of_skipped(metrics["skipped"])
        raise typer.Exit(SOME_UNUSABLE)


def _show_metrics(metrics: dict[str, Any]) -> None:
    """Figures as a table, and above it everything that qualifies them."""
    for stamp in metrics["stamps"]:
        terminal.say(f"STAMPED: {stamp}")
    for note in metrics["notes"]:
        terminal.say(f"note: {note}")
    for warning in metrics["audit_warnings"]:
        terminal.say(f"audit: {warning}")
    terminal.say(f"protocol: {metrics['protocol']}; specimens: {metrics['specimens']}")
    terminal.show_table(("figure", "value"), terminal.flat(metrics.get("test") or metrics.get("folds") or {}))
