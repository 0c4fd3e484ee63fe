"""By onnxruntime: `model.onnx` on the CPU, with as many threads as torch would take."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import torch

from pipeline.errors import BundleError
from pipeline.models.bundle import Model
from pipeline.models.engines.engine import Arrays, Exported, opened
from pipeline.models.engines.installed import installed
from pipeline.models.features import FeatureCache

ERRORS_ONLY = 3
"""onnxruntime's log level that leaves warnings out: they are about its own optimiser, and nothing a user can mend."""


class OnnxModel(Exported):
    """`model.onnx` in onnxruntime."""

    kind: ClassVar[str] = "onnx"

    def __init__(self, path: Path) -> None:
        runtime: Any = installed("onnxruntime", "engine onnx")
        options = runtime.SessionOptions()
        options.intra_op_num_threads = torch.get_num_threads()
        options.log_severity_level = ERRORS_ONLY
        try:
            self._session = runtime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        except Exception as error:  # its errors share no base but this
            raise _refusal("open", error) from None

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the inputs."""
        return tuple(entry.name for entry in self._session.get_inputs())

    def run(self, arrays: Arrays) -> Sequence[npt.NDArray[np.float32]]:
        """Logits of some windows, and their features."""
        try:
            made: Sequence[npt.NDArray[np.float32]] = self._session.run(None, dict(arrays))
        except Exception as error:
            raise _refusal("run", error) from None
        return made


def _refusal(what: str, error: Exception) -> BundleError:
    said = " ".join(str(error).split())[:160]
    return BundleError(f"onnxruntime cannot {what} this model: {said}; export it again, or take --engine torch")


def by_onnxruntime(model: Model, cache: FeatureCache | None = None) -> Exported:  # noqa: ARG001  (keeps no features)
    """The model's export to ONNX."""
    return opened(model, OnnxModel)
