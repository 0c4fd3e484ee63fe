"""Bundle files: what a trained model's folder is called by and hashes to, without loading the model or torch."""

import hashlib
from pathlib import Path
from typing import Any

import yaml

from pipeline.errors import BundleError

FORMAT = 1
CARD, WEIGHTS, REFERENCE, ONNX = "model.yaml", "weights.safetensors", "reference.safetensors", "model.onnx"


def sha256_of(path: Path) -> str:
    """A file's SHA-256, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def fingerprint_of(folder: Path) -> str:
    """What tells one bundle from another: the hash of its files' hashes."""
    digest = hashlib.sha256()
    for name in (CARD, WEIGHTS, REFERENCE, ONNX):
        path = folder / name
        if path.is_file():
            digest.update(f"{name} {sha256_of(path)};".encode())
    return f"sha256:{digest.hexdigest()}"


def raw_card(folder: Path) -> dict[str, Any]:
    """What a bundle's card says, as YAML gives it; its keys are not checked.

    Raises:
        BundleError: when the folder is no bundle, its card is damaged, or it was written by another format.
    """
    if not (folder / CARD).is_file():
        raise BundleError(f"{folder} is not a model: it has no {CARD}; give the model/ folder that training wrote")
    try:
        raw = yaml.safe_load((folder / CARD).read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        said = " ".join(str(error).split())[:160]
        raise BundleError(f"{folder / CARD} cannot be read: {said}; copy the bundle again") from None
    if not isinstance(raw, dict):
        raise BundleError(f"{folder / CARD} is damaged: it holds no keys and values; copy the bundle again")
    version = raw.get("format")
    if version != FORMAT:
        raise BundleError(f"{folder} has format {version}; this Faultprint reads format {FORMAT}; upgrade faultprint")
    return raw
