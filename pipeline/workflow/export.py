"""Export: a trained model in a form that other engines run."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.models.export_libraries import check_format

if TYPE_CHECKING:
    from pipeline.models.bundle import Model


def export(model: "Path | str | Model", kind: str) -> dict[str, Any]:
    """Write a bundle's model as ONNX or for OpenVINO beside it, after holding it against torch.

    Args:
        model: a bundle's folder (or the run folder around it), or a model loaded from one.
        kind: "onnx" or "openvino".

    Returns:
        What the bundle now tells of the export: `model`, `format`, `file`, `sha256`, `beside`, `opset`, `inputs`,
        `parity`, `versions`, and the bundle's new `fingerprint`.

    Raises:
        FaultprintError: for a model that cannot be loaded or exported, one whose export differs from torch, or a
            bundle that cannot be written; the bundle is then as it was.
    """
    check_format(kind)
    # Torch takes seconds to import; who lacks a library is told at once.
    from pipeline.models.export import export_model
    from pipeline.workflow.request.model import load_model

    exported, card = export_model(load_model(model), kind)
    told = {"model": str(exported.folder), "format": kind, **card.model_dump(mode="json")}
    return told | {"fingerprint": exported.fingerprint}
