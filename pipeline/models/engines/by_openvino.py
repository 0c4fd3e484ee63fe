"""By OpenVINO: `model.xml` and `model.bin` on the CPU, with as many threads as torch would take."""

from pathlib import Path
from threading import Lock
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import torch

from pipeline.errors import BundleError
from pipeline.models.bundle import Model
from pipeline.models.engines.engine import Arrays, Exported, opened
from pipeline.models.engines.installed import installed
from pipeline.models.features import FeatureCache


class OpenvinoModel(Exported):
    """`model.xml` in OpenVINO, in full float32 also where the processor offers bfloat16.

    Compiled for one window at a time, as many windows at once as there are threads: a known size is a fifth faster than
    one left open, and threads that share nothing need not wait for each other.
    """

    kind: ClassVar[str] = "openvino"

    def __init__(self, path: Path) -> None:
        runtime: Any = installed("openvino", "engine openvino")
        threads = torch.get_num_threads()
        settings = {
            "INFERENCE_PRECISION_HINT": "f32",
            "PERFORMANCE_HINT": "THROUGHPUT",
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": threads,
        }
        try:
            core = runtime.Core()
            graph = core.read_model(str(path))
            graph.reshape({entry: [1, *list(entry.partial_shape)[1:]] for entry in graph.inputs})
            self._compiled = core.compile_model(graph, "CPU", settings)
            self._queue = runtime.AsyncInferQueue(self._compiled, threads)
            self._queue.set_callback(_keep)
        except RuntimeError as error:
            raise _refusal("open", error) from None
        # Two threads that fill one queue may be given the same place in it, and then wait for ever.
        self._alone = Lock()

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the inputs."""
        return tuple(entry.get_any_name() for entry in self._compiled.inputs)

    def run(self, arrays: Arrays) -> npt.NDArray[np.float32]:
        """Logits of some windows."""
        count = len(arrays["samples"])
        made: list[npt.NDArray[np.float32]] = [np.empty(0, np.float32)] * count
        self._check(arrays)
        try:
            with self._alone:
                for number in range(count):
                    window = {name: array[number : number + 1] for name, array in arrays.items()}
                    self._queue.start_async(window, (made, number))
                self._queue.wait_all()
        except RuntimeError as error:
            raise _refusal("run", error) from None
        return np.stack(made)

    def _check(self, arrays: Arrays) -> None:
        """Refuse windows of another shape here: the place of one that the queue refuses is never free again."""
        for entry in self._compiled.inputs:
            name = entry.get_any_name()
            asked, came = tuple(entry.shape)[1:], arrays[name].shape[1:]
            if came != asked:
                raise BundleError(f"this model takes windows of {name} of shape {asked}, and {came} came; cut them so")


def _keep(request: Any, place: tuple[list[npt.NDArray[np.float32]], int]) -> None:
    """Logits of one window, into the list of the call that asked for them."""
    made, number = place
    made[number] = request.get_output_tensor(0).data[0].copy()


def by_openvino(model: Model, cache: FeatureCache | None = None) -> Exported:  # noqa: ARG001  (keeps no features)
    """The model's export to OpenVINO."""
    return opened(model, OpenvinoModel)


def _refusal(what: str, error: Exception) -> BundleError:
    said = " ".join(str(error).split())[-160:]
    return BundleError(f"OpenVINO cannot {what} this model: {said}; export it again, or take --engine torch")
