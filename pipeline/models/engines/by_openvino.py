"""By OpenVINO: `model.xml` and `model.bin` on the CPU, with as many threads as torch would take."""

from collections import deque
from collections.abc import Iterator, Sequence
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
            self._requests = [self._compiled.create_infer_request() for _ in range(threads)]
        except RuntimeError as error:
            raise _refusal("open", error) from None
        self._alone = Lock()  # the requests belong to one call at a time

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the inputs."""
        return tuple(entry.get_any_name() for entry in self._compiled.inputs)

    def run(self, arrays: Arrays) -> Sequence[npt.NDArray[np.float32]]:
        """Logits of some windows, and their features."""
        self._check(arrays)
        with self._alone:
            return [np.stack(parts) for parts in zip(*self._made(arrays), strict=True)]

    def _made(self, arrays: Arrays) -> Iterator[Sequence[npt.NDArray[np.float32]]]:
        """Logits and features window by window, in order, as many under way as there are requests.

        Plain requests, waited for in turn: OpenVINO's own queue calls back into Python, and has been seen to wait for
        ever when two threads shared it.
        """
        under_way: deque[Any] = deque()
        try:
            for number in range(len(arrays["samples"])):
                if len(under_way) == len(self._requests):
                    yield self._outputs_of(under_way.popleft())
                request = self._requests[number % len(self._requests)]
                request.start_async({name: array[number : number + 1] for name, array in arrays.items()})
                under_way.append(request)
            while under_way:
                yield self._outputs_of(under_way.popleft())
        except RuntimeError as error:
            raise _refusal("run", error) from None
        finally:
            for request in under_way:
                request.wait()

    def _outputs_of(self, request: Any) -> Sequence[npt.NDArray[np.float32]]:
        """Of a window under way, once it is done."""
        request.wait()
        return [request.get_output_tensor(place).data[0].copy() for place in range(len(self._compiled.outputs))]

    def _check(self, arrays: Arrays) -> None:
        """Refuse windows of another shape, in our own words."""
        for entry in self._compiled.inputs:
            name = entry.get_any_name()
            asked, came = tuple(entry.shape)[1:], arrays[name].shape[1:]
            if came != asked:
                raise BundleError(f"this model takes windows of {name} of shape {asked}, and {came} came; cut them so")


def by_openvino(model: Model, cache: FeatureCache | None = None) -> Exported:  # noqa: ARG001  (keeps no features)
    """The model's export to OpenVINO."""
    return opened(model, OpenvinoModel)


def _refusal(what: str, error: Exception) -> BundleError:
    said = " ".join(str(error).split())[-160:]
    return BundleError(f"OpenVINO cannot {what} this model: {said}; export it again, or take --engine torch")
