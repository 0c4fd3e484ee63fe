"""docs/evaluate.md: its commands work as they stand, and it tells every figure and option that there is."""

import json
from pathlib import Path
from typing import Any

import typer
from made_evaluation import evaluation
from pages import blocks, execute, run_all
from tiny import write_config, write_recordings

from pipeline.catalog.scanning.scan import scan
from pipeline.cli import app
from pipeline.config import load_config
from pipeline.diagnosis.by_machine import machine_verdict
from pipeline.workflow.train import train

PAGE = (Path(__file__).parents[2] / "docs" / "evaluate.md").read_text()
SHARED = {"--help", "--quiet", "--no-cache"}
PLAIN = {
    "n",
    "specimens",
    "value",
    "low",
    "high",
    "note",
    "score",
    "of",
    "scale",
    "pooled",
    "right",
    "task",
    "calibrated",
}
"""Keys that need no explanation beyond their name, or that the page tells in words."""


def test_the_commands_of_the_page_work(tmp_path: Path) -> None:
    for side in write_recordings(tmp_path / "recordings").rglob("*.yaml"):
        side.write_text(side.read_text() + "machine: pump 7\n")
    scan(tmp_path / "recordings").write(tmp_path / "catalog.csv")
    train(load_config(write_config(tmp_path / "tiny.yaml", tmp_path / "catalog.csv")), tmp_path / "runs" / "mine")
    run_all([line for block in blocks(PAGE, "sh") for line in block.splitlines()], tmp_path)
    assert all(f"`{key}`" in PAGE for key in machine_verdict("pump 7", []).to_dict())
    assert "</html>" in (tmp_path / "evaluation.html").read_text()
    done = execute(f"{blocks(PAGE, 'sh')[0].split(' --page')[0]} --json", tmp_path)
    assert set(json.loads(done.stdout)) >= {"windows", "recordings", "verdicts", "left_out", "skipped"}


def names_in(figures: dict[str, Any]) -> set[str]:
    """Names of figures, not those of labels, conditions and verdicts."""
    found = set(figures)
    for key, value in figures.items():
        if isinstance(value, dict) and key not in ("by_label", "by_condition", "outcomes", "sizes", "confusion"):
            found |= names_in(value)
    return found


def test_every_figure_and_option_is_told() -> None:
    told = names_in(evaluation()["verdicts"]) - PLAIN
    assert {name for name in told if f"`{name}`" not in PAGE and f".{name}`" not in PAGE} == {"n_known", "n_unknown"}
    command = typer.main.get_command(app).commands["evaluate"]  # type: ignore[attr-defined]
    options = {name for parameter in command.params for name in parameter.opts if name.startswith("--")}
    assert {name for name in options - SHARED if name not in PAGE} == set()
