"""Folder: a run's, new or gone on with, and ours alone."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.catalog.scanning.lock import only_one
from pipeline.catalog.splitting.split import Split, write_split
from pipeline.config import dump_config
from pipeline.errors import RequestError
from pipeline.training.finetuning.checkpoint import checkpoints_in
from pipeline.training.finetuning.devices import leads
from pipeline.training.run_folder import (
    aside_of,
    claim_folder,
    forget_beginnings,
    free_of_halves,
    superseded,
    write_json,
)
from pipeline.whole_file import write_text
from pipeline.workflow.training_run.preparation import Prepared


@contextmanager
def run_folder(
    run: Prepared, out: Path, *, overwrite: bool, resume: bool, note: Callable[[str], None]
) -> Iterator[Path]:
    """The folder to write into, ours alone; of a process that only helps to train, one that is thrown away."""
    if not leads(run.config.fit):
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)
        return
    # The lock lies beside the folder, which may be replaced; a process that was killed holds nothing.
    with only_one(out.parent / f".{out.name}.lock", f"training into {out}"):
        begun = out.is_dir() and any(out.iterdir())
        if resume:
            for line in _lost(out):
                note(line)
        if resume and begun:
            free_of_halves(out)
            refuse_another_split(run.sides, out)
            _open_run_folder(out, run)
            yield out
        else:
            with _new_folder(out, overwrite, note):
                _open_run_folder(out, run)
                yield out
        superseded(out)


def _lost(out: Path) -> Iterator[str]:
    """What a run that goes on cannot go on from, and what is done instead."""
    checkpoints = checkpoints_in(out)
    if not checkpoints:
        yield f"{out} holds no checkpoint to go on from, so this run begins at the start"
    for path, whole in checkpoints.items():
        if not whole:
            yield f"{path} is damaged, so what it kept is lost, and this branch is trained again from its start"


@contextmanager
def _new_folder(out: Path, overwrite: bool, note: Callable[[str], None]) -> Iterator[None]:
    """A run's folder, claimed; a run that fails before it has learned anything leaves none."""
    there = out.exists()
    claim_folder(out, overwrite)
    try:
        yield
    except BaseException:
        forget_beginnings(out, keep=there)
        if aside_of(out).exists():
            note(f"what {out} held before is in {aside_of(out)} until a run into {out} is done")
        raise


def refuse_another_split(sides: Split, out: Path) -> None:
    """Nothing, where the catalog still gives the sides that a run was begun with.

    Args:
        sides: as the catalog gives them now.
        out: the run's folder.

    Raises:
        RequestError: where it gives others.
    """
    begun = out / "split.csv"
    with tempfile.TemporaryDirectory() as folder:
        now = Path(folder) / "split.csv"
        write_split(sides, now)
        if begun.is_file() and begun.read_bytes() != now.read_bytes():
            raise RequestError(
                f"{begun} was written from another catalog than there is now, so the run cannot go on as it was begun; "
                "start it again with --overwrite"
            )


def _open_run_folder(out: Path, run: Prepared) -> None:
    """What is known before training: the complete config, who is on which side, and the proof."""
    write_text(out / "config.yaml", dump_config(run.config, out))
    write_split(run.sides, out / "split.csv")
    write_json(out / "audit.json", run.audit.to_dict())
