"""`faultprint export`: a model for other engines than torch."""

from typing import Annotated

import typer

from pipeline import terminal
from pipeline.options import Json, ModelFolder

Format = Annotated[str, typer.Option("--format", help="onnx (one file) or openvino (two).")]


def export(model: ModelFolder, kind: Format = "onnx", json: Json = False) -> None:
    """Write a model as one graph, raw samples to logits, into its bundle, once it agrees with torch.

    Example: faultprint export runs/first/model --format onnx
    """
    from pipeline.workflow.export import export as run_export

    made = run_export(model, kind)
    if json:
        terminal.show_json(made)
        return
    terminal.show_table(("figure", "value"), terminal.flat(made))
    terminal.say(f"now: faultprint diagnose {model} FILE --engine {kind}")
