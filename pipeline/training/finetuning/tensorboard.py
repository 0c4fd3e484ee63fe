"""TensorBoard: the history of a run in its format too, for those who watch many runs."""

import importlib.util
from pathlib import Path
from typing import Any

from pipeline.errors import RequestError
from pipeline.training.regime import FitConfig


def refuse_without_tensorboard(fit: FitConfig) -> None:
    """Nothing, where the package is there or not asked for.

    Raises:
        RequestError: with how to get it.

    Example:
        >>> refuse_without_tensorboard(FitConfig())
    """
    if fit.tensorboard and importlib.util.find_spec("tensorboard") is None:
        raise RequestError("fit.tensorboard: true needs tensorboard; pip install 'faultprint[track]', or leave it out")


def logger_of(fit: FitConfig, checkpoint: Path | None) -> Any:
    """What writes `RUN/tensorboard/branch-0` beside `RUN/checkpoints/branch-0.ckpt`; False where nothing is written.

    Raises:
        RequestError: when the package is missing.
    """
    if not fit.tensorboard or checkpoint is None:
        return False
    refuse_without_tensorboard(fit)
    from pytorch_lightning.loggers import TensorBoardLogger

    return TensorBoardLogger(checkpoint.parent.parent / "tensorboard", name=checkpoint.stem, version="")
