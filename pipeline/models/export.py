"""Export: a bundle's model as one graph from raw samples to logits and features, for other runtimes than torch.

Shared stages, branches, heads and their sum are all in the graph; the rate is the bundle's. What is written was held
against torch first, and what that showed is kept in `model.yaml`.
"""

import contextlib
import io
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from pipeline.errors import BundleError
from pipeline.models.added_export import add_export
from pipeline.models.bundle import ExportCard, Model, saved_in
from pipeline.models.bundle_files import sha256_of
from pipeline.models.classifier import Classifier
from pipeline.models.engines.by_onnxruntime import OnnxModel
from pipeline.models.engines.by_openvino import OpenvinoModel
from pipeline.models.engines.engine import Exported
from pipeline.models.engines.installed import installed
from pipeline.models.export_libraries import LIBRARIES, check_format
from pipeline.models.parity import Parity, parity, probes
from pipeline.preprocessing.base import Batch
from pipeline.preprocessing.engine.by_products import by_products

OPSET = 18
"""The first version of ONNX's operators that resizes without false patterns."""

RUNTIMES: dict[str, type[Exported]] = {kind.kind: kind for kind in (OnnxModel, OpenvinoModel)}


class Graph(nn.Module):
    """A classifier as a function of plain tensors.

    Args:
        classifier: set to eval.

    Example:
        >>> from pipeline.models.branch import BranchConfig
        >>> from pipeline.preprocessing.base import Setting
        >>> net = Classifier([{"fold": {"rows": 2, "columns": 3}}], [BranchConfig(stages=[])], Setting(None, 6), "ab")
        >>> graph = Graph(net)
        >>> graph.inputs, [made.shape for made in graph(torch.ones(4, 1, 6))]
        (('samples',), [torch.Size([4, 2]), torch.Size([4, 6])])
    """

    def __init__(self, classifier: Classifier) -> None:
        super().__init__()
        self.classifier = classifier.eval()
        self.outputs = ("logits", "features")
        self.inputs = ("samples", *(fact for fact in ("speed_hz", "orders") if fact in classifier.needs))

    def forward(self, samples: Tensor, *facts: Tensor) -> tuple[Tensor, Tensor | None]:
        """Logits, (batch, label), and what the head of the looking branch sees, (batch, feature).

        Args:
            samples: (batch, channel, time).
            facts: `inputs` past the first: speed_hz (batch,), orders (batch, 4).
        """
        batch = Batch.of(samples, rate_hz=self.classifier.setting.rate_hz or float("nan"))
        looked = self.classifier.looked(batch._replace(**dict(zip(self.inputs[1:], facts, strict=True))))
        return looked.logits, looked.features


def export_model(model: Model, kind: str) -> tuple[Model, ExportCard]:
    """Write a bundle's model in another format beside it, once it gives torch's logits.

    Args:
        model: saved in a bundle; it may have been exported before.
        kind: "onnx" or "openvino".

    Returns:
        The model with its new card and fingerprint, and what the card tells of the export.

    Raises:
        RequestError: for an unknown format, or a library that is not installed.
        BundleError: when the graph cannot be made or differs from torch, or the bundle cannot be written; the bundle
            is then as it was, unless the message says otherwise.
    """
    check_format(kind)
    folder = saved_in(model)
    made = None
    try:
        made = Path(tempfile.mkdtemp(prefix=".export-", dir=folder))
        export = _written(model, kind, made)
        return add_export(model, kind, export, made), export
    except OSError as error:
        raise BundleError(
            f"cannot write into {folder}: {error.strerror}; copy the bundle where you may write, nothing was changed"
        ) from None
    finally:
        if made is not None:
            shutil.rmtree(made, ignore_errors=True)


def _written(model: Model, kind: str, made: Path) -> ExportCard:
    """The files of one format in a folder, held against torch."""
    graph = Graph(model.classifier)
    write_onnx(graph, graph.inputs, max(probes(model), key=lambda batch: len(batch.values)), made / "model.onnx")
    files = ["model.onnx"]
    if kind == "openvino":
        files = _convert(made / "model.onnx")
    found = parity(model, RUNTIMES[kind](made / files[0]))
    if not found.holds:
        raise BundleError(_refusal(kind, found))
    sums = {name: sha256_of(made / name) for name in files}
    return ExportCard(
        file=files[0],
        sha256=sums.pop(files[0]),
        beside=sums,
        opset=OPSET,
        inputs=graph.inputs,
        parity=found._asdict() | {"relative": found.relative},
        versions={library: _version(library) for library in ("torch", *LIBRARIES[kind])},
    )


def _version(library: str) -> str:
    """A library's version, also where a package of another name brings it, as onnxruntime-gpu does."""
    try:
        return version(library)
    except PackageNotFoundError:
        return str(getattr(installed(library, "export"), "__version__", "unknown"))


def _refusal(kind: str, found: Parity) -> str:
    labels = "the same labels" if found.labels_equal else "other labels"
    return (
        f"the {kind} model differs from torch by {found.largest_difference:.2g} in logits of up to "
        f"{found.largest_logit:.2g}, with {labels}; nothing was written, diagnose with --engine torch"
    )


def write_onnx(graph: nn.Module, inputs: tuple[str, ...], example: Batch, path: Path) -> None:
    """One file, weights inside, any batch size.

    Args:
        graph: of plain tensors, `forward(samples, *facts)`; set to eval. Its `outputs` name what it gives, logits alone
            by default.
        inputs: what its arguments are called, "samples" first.
        example: some windows, two or more.
        path: of the file.

    Raises:
        BundleError: when torch's exporter cannot follow the graph.
        OSError: when the file cannot be written.
    """
    named = {"samples": example.values, "speed_hz": example.speed_hz, "orders": example.orders}
    tensors = tuple(named[name] for name in inputs)
    any_batch = {0: torch.export.Dim("batch", min=1, max=1 << 16)}
    shapes = {"samples": any_batch} | ({"facts": (any_batch,) * len(tensors[1:])} if tensors[1:] else {})
    try:
        with _silence(), by_products(), torch.no_grad():
            program: Any = torch.onnx.export(
                graph,
                tensors,
                dynamo=True,
                opset_version=OPSET,
                input_names=list(inputs),
                output_names=list(getattr(graph, "outputs", ("logits",))),
                dynamic_shapes=shapes,
                verbose=False,
            )
        program.save(str(path), external_data=False)
    except torch.onnx.OnnxExporterError as error:
        said = " ".join(str(error.__cause__ or error).split())[:200]
        raise BundleError(f"this model has no form in ONNX: {said}; diagnose with --engine torch") from None


@contextmanager
def _silence() -> Iterator[None]:
    """torch's exporter talks to its own developers, in warnings, log lines and prints; none is for a user."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


def _convert(path: Path) -> list[str]:
    """`model.onnx` as `model.xml` and `model.bin`, in full float32.

    Raises:
        BundleError: when OpenVINO cannot read or write it.
    """
    openvino: Any = installed("openvino", "export to openvino")
    try:
        # Its other converter reports its use over the network; this one does not.
        graph = openvino.Core().read_model(str(path))
        openvino.save_model(graph, str(path.with_suffix(".xml")), compress_to_fp16=False)
    except RuntimeError as error:
        said = " ".join(str(error).split())[-160:]
        raise BundleError(
            f"OpenVINO cannot convert this model: {said}; export it to onnx, or diagnose with --engine torch"
        ) from None
    return ["model.xml", "model.bin"]
