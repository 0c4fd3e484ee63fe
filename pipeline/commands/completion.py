"""`faultprint completion`: what a shell needs to complete commands, options and choices."""

from enum import StrEnum
from typing import Annotated

import typer
from typer.completion import get_completion_script  # type: ignore[attr-defined]

from pipeline import terminal

ASKED = "_FAULTPRINT_COMPLETE"
"""Set by the shell that asks what a line may go on with."""


class Shell(StrEnum):
    """Shells that can ask."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def completion(shell: Annotated[Shell, typer.Argument(help="Whose script.")]) -> None:
    """Print a script with which a shell completes commands, options and choices.

    Example: faultprint completion bash >> ~/.bashrc
    """
    terminal.say(get_completion_script(prog_name="faultprint", complete_var=ASKED, shell=shell.value))
