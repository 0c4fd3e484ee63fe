"""Pretrained: what a way of pretraining leaves behind, and its weights as a file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import save_file

from pipeline.models.backbone import TIMM, Backbone
from pipeline.models.bundle_files import sha256_of


@dataclass(frozen=True)
class Pretrained:
    """What a way of pretraining leaves behind.

    Attributes:
        backbone: trained.
        history: `epoch` and `loss`.
        figures: what tells whether it was worth it.
        hashes: data -> SHA-256.
    """

    backbone: Backbone
    history: list[dict[str, float]]
    figures: dict[str, Any]
    hashes: Mapping[str, str]


def save_backbone(backbone: Backbone, folder: Path) -> Path:
    """Weights as a file whose name says what they are, so that `weights: FILE`, or the folder, finds and checks them.

    Returns:
        `BACKBONE-HASH.safetensors`.
    """
    unnamed = folder / "unnamed.safetensors"
    save_file({name: part.contiguous() for name, part in backbone.net.state_dict().items()}, unnamed)
    unnamed.chmod(0o644)
    return unnamed.rename(folder / f"{backbone.name.removeprefix(TIMM)}-{sha256_of(unnamed)[:16]}.safetensors")
