"""Torchvision adapter: the one place that imports torchvision, whatever wheel of it is installed.

The torchvision wheel beside a CPU-only torch lacks its compiled operators, and its import fails because it gives two
of them a shape function. Declared by name, without an implementation, they are enough for the import; nothing here
runs them. torchmetrics, timm and Lightning import torchvision too, so this module comes before them.
"""

import importlib
from types import ModuleType

import torch

FAULT = "operator torchvision::nms does not exist"
SCHEMAS = (
    "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
)

# A Library takes its operators with it when it is collected, so it lives as long as the process.
_declared: list[torch.library.Library] = []


def import_torchvision() -> ModuleType:
    """Import torchvision, mending the one fault described above; asked twice, it answers the same.

    Raises:
        RuntimeError: any other fault of the import, as it came.

    Example:
        >>> import_torchvision().__name__
        'torchvision'
    """
    try:
        return importlib.import_module("torchvision")
    except RuntimeError as error:
        if FAULT not in str(error) or _declared:
            raise
    library = torch.library.Library("torchvision", "FRAGMENT")  # type: ignore[no-untyped-call]
    for schema in SCHEMAS:
        library.define(schema)  # type: ignore[no-untyped-call]
    _declared.append(library)
    return importlib.import_module("torchvision")


torchvision = import_torchvision()
