"""What a user may state of files is asked for in the same words by every command that reads them."""

import pytest
import typer

from pipeline.cli import app
from pipeline.workflow.request.facts import checked_facts

ASKING = ("diagnose", "explain", "inspect", "enroll", "batch")
FLAGS = ["--rate-hz", "--speed-rpm", "--bearing", "--gear", "--channel", "--unit", "--reader"]


def options_of(name: str) -> dict[str, str | None]:
    """The long names of a command's options, each with its help."""
    command = typer.main.get_command(app).commands[name]  # type: ignore[attr-defined]
    return {option.opts[0]: getattr(option, "help", None) for option in command.params}


@pytest.mark.parametrize("name", ASKING)
def test_a_command_that_reads_files_takes_every_fact_in_one_order_and_in_the_same_words(name: str) -> None:
    asked = options_of(name)
    assert [flag for flag in asked if flag in FLAGS] == FLAGS
    assert {flag: asked[flag] for flag in FLAGS} == {flag: options_of("inspect")[flag] for flag in FLAGS}


def test_every_flag_is_a_fact_that_a_workflow_knows() -> None:
    assert not checked_facts({flag.removeprefix("--").replace("-", "_"): None for flag in FLAGS})


def test_no_command_has_a_place_for_all_facts_at_once() -> None:
    assert not [name for name in typer.main.get_command(app).commands if "--facts" in options_of(name)]  # type: ignore[attr-defined]
