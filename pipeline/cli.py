"""The command line: one command per workflow function; only here the process exits.

Heavy imports wait until a command runs, so that `--help` answers at once.
"""

import os
import sys
from collections.abc import Sequence
from functools import partial
from importlib.metadata import version
from typing import Annotated, Any

import typer
from typer.completion import completion_init  # type: ignore[attr-defined]

from pipeline import terminal
from pipeline.commands import (
    alarms,
    batch,
    completion,
    config,
    corpora,
    demo,
    diagnose,
    enroll,
    evaluate,
    explain,
    export,
    health,
    inspect,
    pretrain,
    report,
    scan,
    schedule,
    split,
    train,
    weights,
)
from pipeline.errors import FaultprintError, RequestError
from pipeline.exits import DONE, INTERNAL, INTERRUPTED, WRONG

COMPLAINT: Any = next(base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException")
"""What typer raises for a wrong option; newer versions carry a click of their own, so it is found by its name."""


app = typer.Typer(
    name="faultprint",
    help="Machine fault diagnosis from vibration recordings, with honest numbers.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
LEARNING = (demo, scan, inspect, split, pretrain, train, evaluate, enroll, export)
USING = (diagnose, explain, batch, report, health)
for module in (*LEARNING, *USING):
    app.command()(getattr(module, module.__name__.rpartition(".")[2]))
# Behind the name of a command, options are that command's.
app.command(context_settings={"allow_interspersed_args": False})(schedule.schedule)
for module in (alarms, weights, corpora, config):
    app.add_typer(module.app, name=module.__name__.rpartition(".")[2])
app.command()(completion.completion)


def _tell_version(asked: bool) -> None:
    if asked:
        terminal.say(f"faultprint {version('faultprint')}")
        raise typer.Exit(DONE)


@app.callback()
def before_any_command(
    version_asked: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """What may stand before a command."""


def run(arguments: list[str]) -> int:
    """Run one command and turn whatever happens into an exit code and at most one line."""
    try:
        refuse_empty(arguments)
        code = app(arguments, prog_name="faultprint", standalone_mode=False)
    except FaultprintError as error:
        terminal.complain(str(error))
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        terminal.complain("interrupted")
        return INTERRUPTED
    except COMPLAINT as error:
        refuse(error)
        return WRONG
    except (BrokenPipeError, SystemExit):
        # The reader of our output has seen enough (typer turns that into an exit); nothing more need be said.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        terminal.complain(f"{error.filename or 'system'}: {error.strerror}; check the path, its rights and the disk")
        return WRONG
    except Exception as error:  # the last line of defence: users see one line, developers ask for --debug
        terminal.complain(f"internal error: {type(error).__name__}: {error}; run again with --debug for the traceback")
        return INTERNAL
    if code == INTERRUPTED:
        terminal.complain("interrupted")
    return code if isinstance(code, int) else DONE


def refuse(complaint: Any) -> None:
    """Say what typer has against a request; where nothing was asked, what can be, line by line."""
    nothing_asked = type(complaint).__name__ == "NoArgsIsHelpError"
    tell = partial(typer.echo, err=True) if nothing_asked else terminal.complain
    tell(complaint.format_message())


MAY_BE_EMPTY = ("--note",)
"""Options whose text may be empty."""


def refuse_empty(arguments: Sequence[str]) -> None:
    """Nothing, where every argument says something: an empty path would be the current folder.

    Raises:
        RequestError: for an empty one, most often a variable of the shell that is not set.

    Example:
        >>> refuse_empty(["explain", "ready", "a.wav", "--out", ""])
        Traceback (most recent call last):
        ...
        pipeline.errors.RequestError: nothing but '' behind '--out', and a text is needed; is a variable not set?
    """
    for before, argument in zip(("faultprint", *arguments), arguments, strict=False):
        name, equals, text = argument.partition("=")
        if not argument and before not in MAY_BE_EMPTY:
            raise RequestError(f"nothing but '' behind '{before}', and a text is needed; is a variable not set?")
        if equals and not text and name.startswith("--") and name not in MAY_BE_EMPTY:
            raise RequestError(f"nothing behind '{argument}', and a text is needed; is a variable not set?")


def main() -> None:
    """Entry point of the command `faultprint`."""
    terminal.hold_stderr()
    if sys.stdout is None:
        terminal.complain("stdout is closed, so no answer could be told; leave it open, or send it to /dev/null")
        sys.exit(WRONG)
    if completion.ASKED in os.environ:
        completion_init()
    arguments = sys.argv[1:]
    if "--debug" in arguments:
        arguments.remove("--debug")
        app(arguments, prog_name="faultprint")
    sys.exit(run(arguments))
