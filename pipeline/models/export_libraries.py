"""Export libraries: what writing a format needs beside torch, asked before torch and a model are loaded."""

from pipeline.errors import RequestError, did_you_mean
from pipeline.models.engines.installed import installed

LIBRARIES = {"onnx": ("onnx", "onnxscript", "onnxruntime"), "openvino": ("onnx", "onnxscript", "openvino")}


def check_format(kind: str) -> None:
    """Nothing, for a format that can be written here.

    Raises:
        RequestError: for an unknown format, or a library that is not installed.

    Example:
        >>> check_format("onyx")
        Traceback (most recent call last):
        ...
        pipeline.errors.RequestError: unknown format 'onyx'; did you mean 'onnx'? Known: onnx, openvino
    """
    if kind not in LIBRARIES:
        hint = did_you_mean(kind, LIBRARIES) or "."
        raise RequestError(f"unknown format '{kind}'{hint} Known: {', '.join(LIBRARIES)}")
    for library in LIBRARIES[kind]:
        installed(library, f"export to {kind}")
