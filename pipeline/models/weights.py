"""Weights: a backbone's pretrained file found or fetched, held against its hash, and a backbone filled with it.

Looked for in this order: a path, the folder `FAULTPRINT_WEIGHTS`, the cache of torch hub, an installed package, a
download. What is found is held against the start of its SHA-256, which by custom ends its name.
"""

from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import FaultprintError, WeightsError, did_you_mean
from pipeline.models.backbone import Backbone, recipe_of
from pipeline.models.pretrained.download import download as download_file
from pipeline.models.pretrained.fit import fit_of
from pipeline.models.pretrained.hashes import asked_for, fault, hash_in, sha256_of
from pipeline.models.pretrained.places import Place, advice, hub_folder, located, nothing_found, places_of, told_instead
from pipeline.models.recipe import Recipe
from pipeline.models.state_dict import fill
from pipeline.progress import Tick, unwatched

WORDS = ("imagenet", "random")
"""What `weights` may be in a config besides a path."""

DOWNLOAD_TIMEOUT_S = 5.0
"""A server that is silent for so long is not there."""


@dataclass(frozen=True)
class WeightsFile:
    """A weights file that was found and is whole.

    Attributes:
        path: of the file.
        sha256: of its content.
        origin: where it was found: "path", "FAULTPRINT_WEIGHTS", "torch hub cache", "package NAME" or "download"; from
            `fetch_weights` "download" or "there already".
    """

    path: Path
    sha256: str
    origin: str


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
    recipe, promised = recipe_of(backbone), asked_for(sha256)
    path = None if where is None else Path(where).expanduser()
    if path is not None and not path.exists():
        meant = did_you_mean(str(where), WORDS)
        raise WeightsError(
            f"weights: no file {path}{meant}; give {', '.join(WORDS)} or the path of a weights file of {backbone}"
        )
    if path is not None and path.is_file():
        return _verified(path, "path", promised)
    places = places_of(recipe) if path is None else [Place("path", path)]
    found = located(recipe, places, promised)
    if found is not None:
        return _verified(*found, promised)
    if path is not None:
        raise WeightsError(f"weights: no file of {backbone} in {path}, {told_instead(path)}")
    if download and recipe.published:
        return _verified(_downloaded(recipe, places), "download", promised)
    raise WeightsError(nothing_found(recipe, places, "no download was asked for"))


def fetch_weights(backbone: str, folder: Path | None = None, tick: Tick = unwatched) -> WeightsFile:
    """The authors' weights of a backbone, downloaded unless they lie there already, whole.

    Args:
        backbone: of `known_backbones()`, or `timm:<name>`.
        folder: where they go; the cache of torch hub by default.
        tick: told of bytes.

    Raises:
        RequestError: for an unknown backbone, or a folder that cannot be written.
        WeightsError: where nobody published any, or they cannot be had.
    """
    recipe = recipe_of(backbone)
    if recipe.published is None:
        raise WeightsError(
            f"nobody published weights of {backbone}; {advice(recipe)}, or train it with regime: scratch"
        )
    url, file_name = recipe.published
    path = (folder or hub_folder()) / file_name
    if path.is_file() and fault(path, sha256_of(path)) is None:
        return WeightsFile(path, sha256_of(path), "there already")
    try:
        download_file(url, path, hash_in(path), DOWNLOAD_TIMEOUT_S, tick)
    except WeightsError as error:
        raise WeightsError(f"the download of {url} failed ({error}); {advice(recipe)}") from None
    return WeightsFile(path, sha256_of(path), "download")


def load_weights(backbone: Backbone, file: WeightsFile) -> None:
    """Fill a backbone from a file; tensors of the file's classifiers are left out.

    Args:
        backbone: filled in place; a first convolution for other planes than colours is adapted from the file's.
        file: as `find_weights` gives it.

    Raises:
        WeightsError: when the file is damaged or of another net, with what differs.
    """
    found = fit_of(recipe_of(backbone.name), file.path, wanted=backbone.net.state_dict())
    if found.differs:
        raise WeightsError(f"{file.path} is not a weights file of {backbone.name}: {found.differs}; give one that is")
    fill(backbone.net, backbone.for_planes(found.state))


def _verified(path: Path, origin: str, promised: str | None) -> WeightsFile:
    digest = sha256_of(path)
    wrong = fault(path, digest, promised)
    if wrong:
        raise WeightsError(wrong)
    return WeightsFile(path, digest, origin)


def _downloaded(recipe: Recipe, places: list[Place]) -> Path:
    assert recipe.published is not None
    url, file_name = recipe.published
    path = hub_folder() / file_name
    try:
        return download_file(url, path, hash_in(path), DOWNLOAD_TIMEOUT_S)
    except FaultprintError as error:
        raise WeightsError(nothing_found(recipe, places, f"the download of {url} failed ({error})")) from None
