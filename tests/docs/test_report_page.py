"""docs/report.md: its commands work as they stand, and it tells every state, every option and every table."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import typer
from pages import blocks, execute, run_all

from pipeline.batch.store.schema import TABLES
from pipeline.catalog.export import write_signals
from pipeline.cli import app
from pipeline.reporting.fleet.machine import State
from pipeline.signals.levels.envelope_lines import LINES
from pipeline.signals.levels.octave_bands import NAMES
from pipeline.signals.simulation.fleet import demo_fleet

PAGE = (Path(__file__).parents[2] / "docs" / "report.md").read_text()
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
    told |= {"crest", "bands", "envelope_lines"}
    assert all(told <= set(line) for line in lines)
    table = pd.read_parquet(tmp_path / "verdicts.parquet")
    assert "p_outer_race" in table
    _levels_agree(lines, table)


def _levels_agree(lines: list[dict[str, Any]], table: pd.DataFrame) -> None:
    """JSON and Parquet say the same of every signal, and its bands add up to its level."""
    for line in lines:
        row = table.set_index("id").loc[line["id"]]
        bands = {name: row[f"band_{name}"] for name in NAMES}
        assert {name: value for name, value in bands.items() if pd.notna(value)} == line["bands"]
        assert sum(value**2 for value in line["bands"].values()) == pytest.approx(line["rms"] ** 2)
        assert row["crest"] == line["crest"] == pytest.approx(line["peak"] / line["rms"])
        assert set(line["envelope_lines"]) == set(LINES)
        for name, told in line["envelope_lines"].items():
            assert (row[f"line_{name}"], row[f"line_{name}_db"]) == (told["amplitude"], told["over_db"])


def test_every_state_option_and_table_is_told() -> None:
    assert all(f"| `{state}` |" in PAGE for state in State)
    assert all(f"`{table}`" in PAGE for table in TABLES.tables)
    command = typer.main.get_command(app).commands["report"]
    options = {name for parameter in command.params for name in parameter.opts if name.startswith("--")}
    assert {name for name in options - SHARED if name not in PAGE} == set()
