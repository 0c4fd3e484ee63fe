"""Spawned: processes that train together on one machine, started by us rather than by running the command again.

Lightning's usual `ddp` runs the whole command once per process, reading of recordings included, and whatever script
called us with it. These processes are handed the windows as they are ready.
"""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pytorch_lightning.strategies import DDPStrategy
from pytorch_lightning.strategies.launchers.multiprocessing import _MultiProcessingLauncher

TALKERS = (
    "pytorch_lightning",
    "pytorch_lightning.utilities.rank_zero",
    "lightning_fabric",
    "lightning_fabric.utilities.rank_zero",
    "lightning_fabric.utilities.distributed",
)


@contextmanager
def quiet_lightning() -> Iterator[None]:
    """Lightning advertises and advises on stderr; a run's log is for the run."""
    loggers = [logging.getLogger(name) for name in TALKERS]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


class OwnLauncher(_MultiProcessingLauncher):
    """Lightning's launcher; a new process that unpickles ours meets this room, and so the mended torchvision, first."""

    def _wrapping_function(self, *given: Any, **named: Any) -> None:
        with quiet_lightning():
            super()._wrapping_function(*given, **named)


class Spawned(DDPStrategy):
    """Gradients averaged over processes that are spawned here."""

    def __init__(self) -> None:
        super().__init__(start_method="spawn")

    def _configure_launcher(self) -> None:
        self._launcher = OwnLauncher(self, start_method="spawn")
