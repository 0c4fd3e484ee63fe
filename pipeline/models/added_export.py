"""Added export: a graph put into a bundle beside its weights, whole or not at all."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from pipeline.errors import BundleError
from pipeline.models.bundle import ExportCard, Model, card_in, saved_in, text_of
from pipeline.models.bundle_files import CARD, fingerprint_of


def add_export(model: Model, kind: str, export: ExportCard, made: Path) -> Model:
    """Put an exported form beside a saved model; its weights stay as they are, its fingerprint changes.

    What other processes exported meanwhile stays. The card comes last, so that a process that is ended in between
    leaves a bundle that torch still runs, and whose old card refuses a new file by its SHA-256.

    Args:
        model: saved.
        kind: the format's name.
        export: what the card tells of it.
        made: folder with its files, on the same disk as the bundle; they are moved.

    Returns:
        The model with the card that the bundle now has, and its fingerprint.

    Raises:
        OSError: when the bundle cannot be written; it is then as it was.
        BundleError: when the folder holds another model by now, or could not be put back as it was.
    """
    folder = saved_in(model)
    with _alone_in(folder):
        card = card_in(folder)
        if card.weights_sha256 != model.card.weights_sha256:
            raise BundleError(f"{folder} holds another model than the one that was exported; export it again")
        card = card.model_copy(update={"exports": card.exports | {kind: export}})
        (made / CARD).write_text(text_of(card), encoding="utf-8")
        _put(made, folder, (*export.files, CARD))
        return Model(card, model.classifier, fingerprint_of(folder), folder, model.reference)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """One at a time changes a bundle, the others wait; a process that ends, however it ends, holds nothing.

    Systems and disks without such locks let everybody in.
    """
    try:
        import fcntl
    except ImportError:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _put(made: Path, folder: Path, names: Sequence[str]) -> None:
    """Move files into a folder, one after the other; where one cannot be moved, those before it are put back."""
    before = made / "before"
    before.mkdir()
    for name in names:
        if (folder / name).exists():
            shutil.copy2(folder / name, before / name)
    done: list[str] = []
    try:
        for name in names:
            (made / name).replace(folder / name)
            done.append(name)
    except BaseException:
        _put_back(before, folder, done)
        raise


def _put_back(before: Path, folder: Path, names: Sequence[str]) -> None:
    try:
        for name in names:
            if (before / name).exists():
                (before / name).replace(folder / name)
            else:
                (folder / name).unlink()
    except OSError as error:
        raise BundleError(
            f"{folder} holds half an export and cannot be mended: {error.strerror}; torch still runs it, "
            "export it again where you may write"
        ) from None
