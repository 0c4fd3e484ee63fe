"""`faultprint config`: configs of training runs."""

import typer

from pipeline import terminal

app = typer.Typer(help="Configs of training runs.", no_args_is_help=True)


@app.command("schema")
def config_schema() -> None:
    """JSON Schema of a run's config, for editors. Example: faultprint config schema > faultprint.schema.json"""
    from pipeline import config

    terminal.show_json(config.config_schema())
