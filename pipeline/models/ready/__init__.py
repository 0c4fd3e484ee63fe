"""Ready: the model that is there before any training, taught by simulated machines alone; CARD.md tells its figures."""

from pathlib import Path

READY = "ready"
"""What a command calls it."""

FOLDER = Path(__file__).parent
"""Its bundle."""


def bundle_folder(model: Path | str) -> Path:
    """Where a bundle is: the folder that was named, the one inside a run's folder, or that of the ready model.

    Args:
        model: a folder, or `ready`; a folder of that name is reached by its full path.

    Example:
        >>> bundle_folder("ready") == FOLDER, bundle_folder("runs/first/model").as_posix()
        (True, 'runs/first/model')
    """
    folder = FOLDER if str(model) == READY else Path(model)
    inner = folder / "model"
    return inner if not (folder / "model.yaml").exists() and inner.is_dir() else folder
