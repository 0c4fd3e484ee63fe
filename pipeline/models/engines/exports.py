"""Exports: whether a model was exported for an engine, asked without loading the model or torch."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pipeline.errors import BundleError, RequestError
from pipeline.models.bundle_files import raw_card

RUNTIMES = {"onnx": "onnxruntime", "openvino": "openvino"}
"""Engines that run an export, and the library that each needs."""


def refuse_unexported(folder: Path, engine: str) -> None:
    """Nothing, where an engine can run a bundle as far as its card tells.

    Args:
        folder: the bundle.
        engine: its name; one that runs no export is not asked about.

    Raises:
        RequestError: when its runtime is not installed.
        BundleError: when nothing was exported for it, or the file is gone.
    """
    if engine not in RUNTIMES:
        return
    if find_spec(RUNTIMES[engine]) is None:
        raise RequestError(f"engine {engine} needs {RUNTIMES[engine]}; pip install 'faultprint[deploy]'")
    exports: dict[str, Any] = raw_card(folder).get("exports") or {}
    if engine not in exports:
        raise unexported(folder, engine)
    name = str(exports[engine].get("file"))
    if not (folder / name).is_file():
        raise BundleError(
            f"{folder / name} is missing or not the file that was exported; "
            f"run: faultprint export {folder} --format {engine}"
        )


def unexported(folder: Path | str, kind: str) -> BundleError:
    """What is said of a bundle that holds nothing for an engine.

    Example:
        >>> str(unexported("runs/demo/model", "onnx"))
        'runs/demo/model holds no model for engine onnx; run: faultprint export runs/demo/model --format onnx'
    """
    return BundleError(f"{folder} holds no model for engine {kind}; run: faultprint export {folder} --format {kind}")
