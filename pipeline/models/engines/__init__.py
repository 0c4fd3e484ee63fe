"""Engines: what turns a model's windows into logits: torch, or a runtime that reads an exported model."""

from typing import TYPE_CHECKING

from pipeline.registry import Registry

if TYPE_CHECKING:
    from pipeline.models.engines.engine import MakesEngine

ENGINES: "Registry[MakesEngine]" = Registry(
    "engine",
    {
        "torch": "pipeline.models.engines.by_torch:by_torch",
        "onnx": "pipeline.models.engines.by_onnxruntime:by_onnxruntime",
        "openvino": "pipeline.models.engines.by_openvino:by_openvino",
    },
    group="faultprint.engines",
)

__all__ = ["ENGINES"]
