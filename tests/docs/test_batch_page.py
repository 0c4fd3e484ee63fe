"""docs/batch.md: its commands work, and it tells every option that only a batch has, and every state of a file."""

from pathlib import Path

import pytest
import typer
import yaml
from pages import blocks, execute, run_all

from pipeline.batch.store.known import State
from pipeline.batch.trends.rules import Rules
from pipeline.catalog.export import write_signals
from pipeline.cli import app
from pipeline.signals.simulation.fleet import demo_fleet

PAGE = (Path(__file__).parents[2] / "docs" / "batch.md").read_text()
SHARED = {"--rate-hz", "--bearing", "--gear", "--channel", "--unit", "--reader", "--json", "--quiet", "--help"}
"""Options that other pages tell."""


def test_the_commands_of_the_page_work_and_the_second_run_has_nothing_to_do(tmp_path: Path) -> None:
    _, signals = demo_fleet(seed=0, n_training=0, n_inbox=1)
    write_signals(signals, tmp_path / "faultprint-demo" / "inbox", with_labels=False)
    execute("find faultprint-demo -exec touch -d '1 hour ago' {} +", tmp_path)
    first, second = blocks(PAGE, "sh")[0].splitlines()
    run_all([f"{first} > first", f"{second} > second", *blocks(PAGE, "sh")[1].splitlines()], tmp_path)
    assert (tmp_path / "first").read_text() == "plant.db: 6 diagnosed\n"
    assert '"diagnosed": 0, "quarantined": 0, "copies": 0, "unchanged": 6' in (tmp_path / "second").read_text()


def test_a_night_that_went_well_is_well(tmp_path: Path) -> None:
    (tmp_path / "inbox").mkdir()
    run_all(["faultprint batch ready inbox --store plant.db", *blocks(PAGE, "sh")[3].splitlines()], tmp_path)
    assert "faultprint_well 1.0" in (tmp_path / "faultprint.prom").read_text()


@pytest.mark.parametrize("line", blocks(PAGE, "sh")[2].splitlines())
def test_every_schedule_of_the_page_is_printed(line: str, tmp_path: Path) -> None:
    done = execute(line, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "--store" in done.stdout


def test_the_rules_of_the_page_are_those_that_hold_without_it() -> None:
    (text,) = blocks(PAGE, "yaml")
    assert yaml.safe_load(text) == Rules().model_dump()


def test_every_option_of_a_batch_is_told() -> None:
    command = typer.main.get_command(app).commands["batch"]
    options = {name for parameter in command.params for name in parameter.opts if name.startswith("--")}
    assert {name for name in options - SHARED if name not in PAGE} == set()


def test_every_state_of_a_file_is_told() -> None:
    assert all(f"| `{state}` |" in PAGE for state in State)
