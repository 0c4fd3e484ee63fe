"""`faultprint demo`: the whole house on simulated machines."""

from pathlib import Path
from typing import Annotated

import typer

from pipeline import terminal
from pipeline.options import Json, Quiet


def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder for the results; replaced on a second run.")] = Path(
        "faultprint-demo"
    ),
    seed: Annotated[int, typer.Option("--seed", help="Which simulated machines.")] = 0,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Simulate machines, train on some, diagnose others never seen; offline. Example: faultprint demo"""
    from pipeline.workflow.demo import demo as run_demo

    with terminal.progress_bars(quiet) as tick:
        result = run_demo(out, seed=seed, tick=tick, note=terminal.complain, phase=terminal.log_line(quiet))
    if json:
        return terminal.show_json(result.summary)
    terminal.show_table(("recording", "answer", "probability", "truth", "right"), result.table)
    for name, value in result.summary.items():
        terminal.say(f"{name}: {value:.2f}" if isinstance(value, float) else f"{name}: {value}")
    return None
