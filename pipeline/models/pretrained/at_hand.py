"""At hand: what weights there are on this machine, whether they are whole, and whether they fit."""

import os
from pathlib import Path
from typing import NamedTuple

from pipeline.errors import RequestError, WeightsError
from pipeline.models.backbone import TIMM, Backbone, known_backbones, recipe_of
from pipeline.models.pretrained.fit import cut_after, fit_of
from pipeline.models.pretrained.hashes import fault, hash_in, sha256_of
from pipeline.models.pretrained.places import SUFFIXES, VARIABLE, files_of, located, places_of
from pipeline.models.recipe import Recipe
from pipeline.models.state_dict import read_state

NOT_FOUND = "not found"
VERIFIED, UNPROMISED = "verified", "whole as far as can be told: no hash in its name"
FITS = "fits"


class WeightsRow(NamedTuple):
    """One line of `faultprint weights list`; path, origin and hash are None where no file was found.

    Attributes:
        backbone: whose weights they are; None for a file whose name tells none.
        status: `VERIFIED`, `UNPROMISED`, `NOT_FOUND`, or what is wrong.
    """

    backbone: str | None
    path: Path | None
    origin: str | None
    sha256: str | None
    status: str

    @property
    def whole(self) -> bool:
        """Whether there is a file, and nothing is wrong with it."""
        return self.status in (VERIFIED, UNPROMISED)


class VerifiedRow(NamedTuple):
    """One line of `faultprint weights verify`: a `WeightsRow`, and what is in the file.

    Attributes:
        fit: `FITS`, with the parts of the file that are left out, or what differs; None where it was not looked into.
        fine: whether it is there, whole, and fits.
    """

    backbone: str | None
    path: Path | None
    origin: str | None
    sha256: str | None
    status: str
    fit: str | None
    fine: bool


def describe_weights() -> list[WeightsRow]:
    """What there is on this machine for every known backbone; nothing is downloaded."""
    return [_row(recipe_of(name)) for name in known_backbones()]


def search_order() -> list[tuple[str, Path | None]]:
    """Where weights are looked for, in order: what a place is called, and its folder, None where there is none.

    Example:
        >>> [name for name, _ in search_order()][:2]
        ['FAULTPRINT_WEIGHTS', 'torch hub cache']
    """
    places = {place.origin: place.folder for name in known_backbones() for place in places_of(recipe_of(name))}
    return list(places.items())


def verify_weights(which: str | None = None, backbone: str | None = None) -> list[VerifiedRow]:
    """Weights files read through and through: whether they are whole, and of the net they are meant for.

    Args:
        which: a backbone, whose file is looked for, or a file; by default every file that is at hand.
        backbone: the net that a file is meant for; by default the one that its name tells.

    Raises:
        RequestError: for an unknown backbone, or one given beside no file.
        WeightsError: where `which` looks like a file and is none.
    """
    if backbone is not None and (which is None or which in known_backbones()) and not Path(which or "").is_file():
        raise RequestError(f"--backbone {backbone} says what a file is meant for; give the file, or the name alone")
    if which is None:
        return [_looked_into(row) for row in describe_weights() if row.status != NOT_FOUND]
    path = Path(which).expanduser()
    if path.is_file():
        name = recipe_of(backbone).name if backbone else _told_by_its_name(path)
        return [_looked_into(_row_of(name, path, "path"))]
    if path.is_dir() and which not in known_backbones():
        raise WeightsError(
            f"weights: {path} is a folder; give one of its files, or set {VARIABLE} to it and give a name"
        )
    if backbone is not None or _meant_as_file(which):
        raise WeightsError(f"weights: no file {path}; give the path of a weights file, or the name of a backbone")
    return [_looked_into(_row(recipe_of(which)))]


def _meant_as_file(which: str) -> bool:
    """Whether a text that is no file's path was meant as one.

    Example:
        >>> [_meant_as_file(text) for text in ("nowhere.pt", "here/there", "resnet19", "squeezenet1.1", "timm:a/b")]
        [True, True, False, False, False]
    """
    if which.startswith(TIMM):
        return False
    return os.sep in which or Path(which).suffix.lower() in (*SUFFIXES, ".pt", ".bin", ".ckpt", ".onnx", ".zip")


def _told_by_its_name(path: Path) -> str | None:
    named = [name for name in known_backbones() if path in files_of(recipe_of(name), path.parent)]
    return named[0] if len(named) == 1 else None


def _looked_into(row: WeightsRow) -> VerifiedRow:
    if row.path is None:
        return VerifiedRow(*row, fit=None, fine=row.whole)
    if row.backbone is None:
        try:
            read_state(row.path)
        except WeightsError as error:
            return VerifiedRow(*row, fit=str(error), fine=False)
        return VerifiedRow(*row, fit=None, fine=row.whole)
    recipe = recipe_of(row.backbone)
    try:
        found = fit_of(recipe, row.path)
        layer = cut_after(recipe, found.state)
        if layer:
            found = fit_of(recipe, row.path, wanted=Backbone(row.backbone, layer).net.state_dict())
    except WeightsError as error:
        return VerifiedRow(*row, fit=str(error), fine=False)
    if found.differs:
        return VerifiedRow(*row, fit=f"not a weights file of {row.backbone}: {found.differs}", fine=False)
    so_far = f" up to {layer}, so a branch names that layer or an earlier one" if layer else ""
    beside = f"; left out: {', '.join(found.left_out)}" if found.left_out else ""
    return VerifiedRow(*row, fit=FITS + so_far + beside, fine=row.whole)


def _row(recipe: Recipe) -> WeightsRow:
    try:
        found = located(recipe, places_of(recipe))
    except WeightsError as error:
        return WeightsRow(recipe.name, None, None, None, str(error))
    if found is None:
        return WeightsRow(recipe.name, None, None, None, NOT_FOUND)
    return _row_of(recipe.name, *found)


def _row_of(name: str | None, path: Path, origin: str) -> WeightsRow:
    digest = sha256_of(path)
    fine = VERIFIED if hash_in(path) else UNPROMISED
    return WeightsRow(name, path, origin, digest, fault(path, digest) or fine)
