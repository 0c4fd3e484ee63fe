"""Run folder: what a training run leaves on disk, written so that a reader never meets half a file.

`metrics.json` comes last: a run that has it is finished, one that has not can be gone on with.
"""

import json
import os
import platform
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from pipeline.errors import RequestError
from pipeline.training.learn import versions
from pipeline.whole_file import write_text

RUN_MARK = ".faultprint-run"

BEGINNINGS = frozenset({RUN_MARK, "config.yaml", "split.csv", "audit.json"})
"""What a run writes before it learns anything; it can be had again in seconds."""


def claim_folder(folder: Path, overwrite: bool, mark: str = RUN_MARK) -> Path:
    """A fresh folder for results; earlier ones step aside until `superseded` or `forget_beginnings` is called.

    Args:
        folder: made if it is not there.
        overwrite: whether earlier results in it may be replaced.
        mark: the file that tells a folder of such results from one of the user's own.

    Raises:
        RequestError: when it holds something already, and overwriting was not asked for or would destroy what is
            no run.
    """
    if folder.exists() and not folder.is_dir():
        raise RequestError(f"{folder} is a file, and a folder is needed; name another with --out")
    if folder.exists() and any(folder.iterdir()):
        if not overwrite and mark == RUN_MARK and (folder / mark).is_file() and not (folder / "metrics.json").exists():
            raise RequestError(
                f"{folder} holds a run that was not finished; go on with it by --resume, begin it anew by --overwrite, "
                "or name another folder with --out"
            )
        if not overwrite:
            raise RequestError(f"{folder} is not empty; name another folder with --out, or add --overwrite")
        if not (folder / mark).is_file():
            raise RequestError(f"{folder} holds something else than earlier results, so it stays; name another folder")
        _step_aside(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / mark).touch()
    except OSError as error:
        raise RequestError(f"cannot make {folder}: {error.strerror}; name a writable folder with --out") from None
    return folder


def aside_of(folder: Path) -> Path:
    """Where earlier results wait until those that replace them are complete."""
    return folder.parent / f".{folder.name}.earlier"


def _step_aside(folder: Path) -> None:
    """Move earlier results aside; what a run left unfinished goes, where finished ones wait already."""
    aside = aside_of(folder)
    try:
        if aside.exists() and not (folder / "metrics.json").exists():
            shutil.rmtree(folder)
            return
        shutil.rmtree(aside, ignore_errors=True)
        folder.rename(aside)
    except OSError as error:
        raise RequestError(f"cannot replace {folder}: {error.strerror}; name another folder with --out") from None


def superseded(folder: Path) -> None:
    """Remove the earlier results that a folder's new ones replace."""
    shutil.rmtree(aside_of(folder), ignore_errors=True)


def reopen_folder(folder: Path, config: str) -> dict[str, Any] | None:
    """A run's folder, to go on with the run; made where there is none yet, freed of what was half done.

    Args:
        folder: of a run that was begun, or empty.
        config: of the run asked for, complete, as YAML.

    Returns:
        What the run found, when it is finished; None when there is something left to do.

    Raises:
        RequestError: when the folder holds something else, or a run of another config.
    """
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return None
    if not (folder / RUN_MARK).is_file():
        raise RequestError(f"{folder} holds something else than a run, so there is none to resume; name its folder")
    begun = folder / "config.yaml"
    if begun.is_file() and (other := first_difference(yaml.safe_load(begun.read_text()), yaml.safe_load(config))):
        raise RequestError(
            f"{folder} was begun with another config: {other}; give that one, or train into another folder"
        )
    if (folder / "metrics.json").is_file():
        found: dict[str, Any] = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
        return found
    return None


def forget_beginnings(folder: Path, keep: bool = False) -> None:
    """Remove the folder of a run that failed before it had learned anything: the next one finds it free, or as it was.

    Args:
        folder: of the run; one that holds anything more stays as it is.
        keep: whether the folder itself stays, as one that was there before the run; with the earlier results in it,
            where there were any.

    Example:
        >>> import tempfile
        >>> folder = claim_folder(Path(tempfile.mkdtemp(), "run"), overwrite=False)
        >>> forget_beginnings(folder)
        >>> folder.exists()
        False
    """
    files = [path for path in folder.rglob("*") if not path.is_dir()]
    if any(path.parent != folder or path.name not in BEGINNINGS for path in files):
        return
    # What went wrong is being told; a folder that cannot be removed must not talk over it.
    with suppress(OSError):
        for path in sorted(folder.iterdir()):
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
        if not keep or aside_of(folder).exists():
            folder.rmdir()
        if aside_of(folder).exists():
            aside_of(folder).rename(folder)


def free_of_halves(folder: Path) -> None:
    """Remove what a run that was killed had begun to write, and the model it had not yet tested."""
    shutil.rmtree(folder / "model", ignore_errors=True)
    for path in [path for path in folder.rglob(".*") if path.name != RUN_MARK]:
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def first_difference(one: Any, other: Any, key: str = "") -> str:
    """The first key at which two configs differ, with both values; nothing where they do not.

    Where the catalog lies is no difference: the recordings themselves are compared.

    Example:
        >>> first_difference({"fit": {"epochs": 3}}, {"fit": {"epochs": 4}})
        'fit.epochs is 3 there and 4 here'
    """
    if key == "data.catalog" and one and other:
        return ""
    pairs: list[tuple[Any, Any, Any]] = []
    if isinstance(one, dict) and isinstance(other, dict):
        pairs = [(name, one.get(name), other.get(name)) for name in dict.fromkeys((*one, *other))]
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        pairs = [(place, *both) for place, both in enumerate(zip(one, other, strict=True))]
    elif one != other:
        return f"{key} is {json.dumps(one)} there and {json.dumps(other)} here"
    found = (first_difference(its, theirs, f"{key}.{name}" if key else str(name)) for name, its, theirs in pairs)
    return next((told for told in found if told), "")


def write_json(path: Path, document: Any) -> None:
    """A document as indented JSON, whole or not at all."""
    write_text(path, json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def write_history(path: Path, rows: Sequence[Mapping[str, float]], stamps: Sequence[str] = ()) -> None:
    """Training history as CSV, each line with the run's stamps; a run without epochs has a header only.

    The validation loss is empty where no specimens were held out.
    """
    columns = ("branch", "epoch", "loss", "validation_loss")
    told = "|".join(stamps)
    lines = [(*columns, "stamps"), *((*(row.get(column, "") for column in columns), told) for row in rows)]
    write_text(path, "".join(",".join(map(str, line)) + "\n" for line in lines))


def environment(data: Mapping[str, str]) -> dict[str, Any]:
    """What a rerun needs to know: versions, machine, commit, hashes of the data.

    Args:
        data: file -> SHA-256.
    """
    return {
        "versions": versions(),
        "machine": {"system": platform.platform(), "processor": platform.machine(), "cores": os.cpu_count()},
        "commit": commit(),
        "data": dict(sorted(data.items())),
    }


def commit() -> str | None:
    """The commit of the checkout that Faultprint runs from, None where it is installed from a wheel."""
    folder = Path(__file__).parent
    try:
        found = subprocess.run(  # noqa: S603 - fixed arguments
            ["git", "-C", str(folder), "rev-parse", "HEAD"],  # noqa: S607
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found.stdout.strip() or None
