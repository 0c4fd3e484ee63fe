"""`faultprint config`: configs of training runs."""

from json import dumps
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline import terminal
from pipeline.options import Json

if TYPE_CHECKING:
    from pipeline.config import Key

app = typer.Typer(help="Configs of training runs.", no_args_is_help=True)

COLUMNS = ("key", "may be", "if absent", "meaning")


@app.command("schema")
def config_schema() -> None:
    """JSON Schema of a run's config, for editors. Example: faultprint config schema > faultprint.schema.json"""
    from pipeline import config

    terminal.show_json(config.config_schema())


@app.command("explain")
def config_explain(
    key: Annotated[str | None, typer.Argument(metavar="KEY", help="Its path; all keys of a config if absent.")] = None,
    json: Json = False,
) -> None:
    """Say what a key of a config means, what it may be, and where it stands.

    Example: faultprint config explain window.seconds
    """
    from pipeline.config import explain_key, top_keys

    if key is None:
        return _tell_all(top_keys(), json)
    told = explain_key(key)
    if json:
        return terminal.show_json(told.to_dict())
    terminal.say(f"{told.key}: {told.meaning}")
    lines = {
        "may be": told.type,
        "if absent": absent(told),
        "beside": ", ".join(told.beside),
        "example": told.example,
    }
    for name, text in lines.items():
        if text:
            terminal.say(f"  {name:<11}" + text.replace("\n", "\n" + " " * 13))
    if told.keys:
        _tell_all([explain_key(f"{told.key}.{name}") for name in told.keys], json=False)
    return None


def _tell_all(keys: "list[Key]", json: bool) -> None:
    """A line for each key."""
    if json:
        return terminal.show_json({"keys": [key.to_dict() for key in keys]})
    rows = [(key.key.rpartition(".")[2], key.type, absent(key), key.meaning) for key in keys]
    return terminal.show_table(COLUMNS, rows)


def absent(key: "Key") -> str:
    """What holds without a key, in words."""
    if key.needed:
        return "needed"
    if isinstance(key.default, dict):
        return "its own"
    if key.default in (None, [], {}):
        return "none"
    return key.default if isinstance(key.default, str) else dumps(key.default, ensure_ascii=False)
