"""Run folder: what a training run leaves on disk, written so that a reader never meets half a file."""

import json
import os
import platform
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.errors import RequestError
from pipeline.training.learn import versions
from pipeline.whole_file import write_text

RUN_MARK = ".faultprint-run"


def claim_folder(folder: Path, overwrite: bool, mark: str = RUN_MARK) -> Path:
    """A fresh folder for results.

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
        if not overwrite:
            raise RequestError(f"{folder} is not empty; name another folder with --out, or add --overwrite")
        if not (folder / mark).is_file():
            raise RequestError(f"{folder} holds something else than earlier results, so it stays; name another folder")
        shutil.rmtree(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / mark).touch()
    except OSError as error:
        raise RequestError(f"cannot make {folder}: {error.strerror}; name a writable folder with --out") from None
    return folder


def write_json(path: Path, document: Any) -> None:
    """A document as indented JSON, whole or not at all."""
    write_text(path, json.dumps(document, indent=2, ensure_ascii=False) + "\n")


def write_history(path: Path, rows: Sequence[Mapping[str, float]], stamps: Sequence[str] = ()) -> None:
    """Training history as CSV, each line with the run's stamps; a run without epochs has a header only."""
    columns = ("branch", "epoch", "loss")
    told = "|".join(stamps)
    lines = [(*columns, "stamps"), *((*(row[column] for column in columns), told) for row in rows)]
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
