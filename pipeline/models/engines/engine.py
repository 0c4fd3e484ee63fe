"""Engine: windows in, logits out; and what the engines share that run an exported model."""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from pipeline.errors import BundleError
from pipeline.models.bundle import Model
from pipeline.models.bundle_files import sha256_of
from pipeline.models.classifier import Looked
from pipeline.models.engines.exports import unexported
from pipeline.models.features import FeatureCache
from pipeline.models.inference import CHUNK
from pipeline.preprocessing.base import Batch

Arrays = Mapping[str, npt.NDArray[Any]]


class Engine(Protocol):
    """What a diagnosis asks of an engine."""

    def logits(self, batch: Batch) -> Tensor:
        """(window, label)."""
        ...

    def looked(self, batch: Batch) -> Looked:
        """Logits, and the features that the looking branch's head saw."""
        ...


class MakesEngine(Protocol):
    """An entry of the registry: an engine for one model."""

    def __call__(self, model: Model, cache: FeatureCache | None = None) -> Engine:
        """The engine, ready to run; one that keeps no features leaves the cache alone."""
        ...


class Exported(ABC):
    """An exported model, opened by a runtime.

    Args:
        path: of the file; a second file that belongs to it lies beside it.

    Raises:
        RequestError: when the runtime is not installed.
        BundleError: when the file cannot be read.
    """

    kind: ClassVar[str]
    """As `faultprint export --format` names it."""

    @abstractmethod
    def __init__(self, path: Path) -> None: ...

    @property
    @abstractmethod
    def inputs(self) -> tuple[str, ...]:
        """Names of the inputs: samples, and speed_hz and orders where the model needs them."""

    @abstractmethod
    def run(self, arrays: Arrays) -> Sequence[npt.NDArray[np.float32]]:
        """Of some windows the logits, (window, label), and after them features where the file hands them on."""

    def logits(self, batch: Batch) -> Tensor:
        """(window, label)."""
        return self.looked(batch).logits

    def looked(self, batch: Batch) -> Looked:
        """Logits, and features where the file hands them on, in bounded chunks."""
        pieces = math.ceil(len(batch.values) / CHUNK)
        chunks = (batch.rows(slice(number * CHUNK, (number + 1) * CHUNK)) for number in range(pieces))
        made = [[torch.from_numpy(np.array(each)) for each in self.run(arrays_of(one, self.inputs))] for one in chunks]
        logits, *features = (torch.cat(parts) for parts in zip(*made, strict=True))
        return Looked(logits, features[0] if features else None)


def arrays_of(batch: Batch, inputs: tuple[str, ...]) -> dict[str, npt.NDArray[Any]]:
    """A batch as an exported model takes it.

    Example:
        >>> batch = Batch.of(torch.zeros(2, 1, 8), speed_hz=30.0)
        >>> arrays_of(batch, ("samples", "speed_hz"))["speed_hz"]
        array([30., 30.], dtype=float32)
    """
    named = {"samples": batch.values, "speed_hz": batch.speed_hz, "orders": batch.orders}
    return {name: named[name].detach().float().contiguous().numpy() for name in inputs}


def opened(model: Model, runtime: type[Exported]) -> Exported:
    """The exported model in a bundle, once it is known to be what was checked.

    Raises:
        BundleError: when nothing was exported for this runtime, or the file is not the one that was written then.
    """
    folder, kind = model.folder, runtime.kind
    if folder is None or kind not in model.card.exports:
        raise unexported(folder or "MODEL", kind)
    export = model.card.exports[kind]
    for name, sha256 in export.files.items():
        if not (folder / name).is_file() or sha256_of(folder / name) != sha256:
            raise BundleError(
                f"{folder / name} is missing or not the file that was exported; "
                f"run: faultprint export {folder} --format {kind}"
            )
    return runtime(folder / export.file)
