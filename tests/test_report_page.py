"""docs/report.md: its commands work as they stand, and it tells every state, every option and every table."""

import json
from pathlib import Path

import pandas as pd
import typer
from pages import blocks, execute, run_all

from pipeline.batch.store.schema import TABLES
from pipeline.catalog.export import write_signals
from pipeline.cli import app
from pipeline.reporting.fleet.machine import State
from pipeline.signals.simulation.fleet import demo_fleet

PAGE = (Path(__file__).parents[1] / "docs" / "report.md").read_text()
SHARED = {"--help", "--quiet", "--title", "--rules"}


def test_the_commands_of_the_page_work(tmp_path: Path) -> None:
    _, signals = demo_fleet(seed=0, n_training=0, n_inbox=1)
    write_signals(signals, tmp_path / "faultprint-demo" / "inbox", with_labels=False)
    execute("find faultprint-demo -exec touch -d '1 hour ago' {} +", tmp_path)
    run_all([line for block in blocks(PAGE, "sh") for line in block.splitlines()], tmp_path)
    assert (tmp_path / "report" / "index.html").is_file()
    lines = [json.loads(line) for line in (tmp_path / "verdicts.jsonl").read_text().splitlines()]
    assert len(lines) == len(pd.read_csv(tmp_path / "verdicts.csv")) == len(signals)
    told = {"machine", "point", "site", "measured_at", "measured_from", "diagnosed_at", "rms", "inbox", "file", "id"}
    assert all(told <= set(line) for line in lines)
    assert "p_outer_race" in pd.read_parquet(tmp_path / "verdicts.parquet")


def test_every_state_option_and_table_is_told() -> None:
    assert all(f"| `{state}` |" in PAGE for state in State)
    assert all(f"`{table}`" in PAGE for table in TABLES.tables)
    command = typer.main.get_command(app).commands["report"]
    options = {name for parameter in command.params for name in parameter.opts if name.startswith("--")}
    assert {name for name in options - SHARED if name not in PAGE} == set()
