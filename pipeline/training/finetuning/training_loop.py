"""Training loop: Lightning, told on which devices, and what it says put in our words."""

import os
import re
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytorch_lightning as lightning
import torch
from lightning_fabric.utilities.exceptions import MisconfigurationException
from torch.multiprocessing.spawn import ProcessRaisedException

from pipeline.errors import ConfigError
from pipeline.progress import Tick, unwatched
from pipeline.training.finetuning.branch_training import BranchTraining
from pipeline.training.finetuning.devices import is_alone, started_by_a_launcher
from pipeline.training.finetuning.ready_windows import ReadyWindows
from pipeline.training.finetuning.spawned import Spawned, quiet_lightning
from pipeline.training.regime import FitConfig

SHARDING = ("fsdp", "deepspeed", "model_parallel")
"""Strategies that split a net; ours fit a device, and their checkpoints hold whole nets."""


class Ticking(lightning.Callback):
    """Lightning's progress, told in our words.

    Args:
        tick: told of it; a process of its own tells nobody.
        what: is being done.
        done: steps done before.
        total: steps in all.
    """

    def __init__(self, tick: Tick, what: str, done: int, total: int) -> None:
        self.tick, self.what, self.done, self.total = tick, what, done, total

    def on_train_batch_end(self, trainer: lightning.Trainer, *_: Any) -> None:
        """One more batch is done."""
        self.tick(self.what, self.done + trainer.global_step, self.total)

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"tick": unwatched}


def strategy_of(fit: FitConfig) -> Any:
    """How processes train together, as Lightning wants it.

    Raises:
        ConfigError: for strategies that split a net.

    Example:
        >>> strategy_of(FitConfig()), strategy_of(FitConfig(devices=2, strategy="ddp"))
        ('auto', 'ddp')
    """
    if fit.strategy.startswith(SHARDING):
        raise ConfigError(f"fit.strategy: {fit.strategy} splits nets over devices, and ours fit one; take ddp or auto")
    if fit.strategy == "ddp_spawn" or (fit.strategy == "auto" and not is_alone(fit) and fit.devices != "auto"):
        return "ddp" if started_by_a_launcher() else Spawned()
    return fit.strategy


def trainer_of(fit: FitConfig, n_epochs: int, *, follows_data: bool, logger: Any, callbacks: list[Any]) -> Any:
    """Lightning's trainer.

    Args:
        fit: devices, nodes, strategy, precision, clipping.
        n_epochs: that are still to come.
        follows_data: whether batch norms learn statistics, which GPUs that train together then share.
        logger, callbacks: as Lightning wants them.

    Raises:
        ConfigError: for devices that are not there, or that cannot do what is asked.
    """
    on_gpu = fit.accelerator != "cpu" and torch.cuda.is_available()
    try:
        with quiet_lightning():
            return lightning.Trainer(
                max_epochs=n_epochs,
                accelerator=fit.accelerator,
                devices=fit.devices,
                num_nodes=fit.nodes,
                strategy=strategy_of(fit),
                precision=fit.precision,
                gradient_clip_val=fit.gradient_clip,
                sync_batchnorm=follows_data and on_gpu and not is_alone(fit),
                use_distributed_sampler=False,
                num_sanity_val_steps=0,
                logger=logger,
                enable_checkpointing=False,
                enable_progress_bar=False,
                enable_model_summary=False,
                callbacks=callbacks,
            )
    except (MisconfigurationException, ValueError, ImportError) as error:
        said = " ".join(str(error).split())[:200]
        asked = f"accelerator {fit.accelerator}, devices {fit.devices}, strategy {fit.strategy}, {fit.precision}"
        instead = "" if fit.accelerator == "auto" else " (accelerator: auto takes what is there)"
        raise ConfigError(f"fit: Lightning cannot train with {asked}: {said}{instead}") from None


def run(trainer: Any, module: BranchTraining, learning: ReadyWindows, watching: ReadyWindows | None) -> None:
    """Train.

    Raises:
        ConfigError: when the loss becomes no number.
        KeyboardInterrupt: when the user ends it; Lightning itself would end the process, as if all were well.
    """
    with _as_it_was():
        try:
            trainer.fit(module, learning, watching)
        except SystemExit:
            raise KeyboardInterrupt from None
        except ProcessRaisedException as error:
            raise _ours(error) or error from None


def _ours(error: Exception) -> ConfigError | None:
    """What we ourselves said in another process, without its traceback."""
    said = re.findall(r"^pipeline\.errors\.\w+: (.*)$", str(error), re.MULTILINE)
    return ConfigError(said[-1]) if said else None


@contextmanager
def _as_it_was() -> Iterator[None]:
    """Lightning leaves a port in the environment, and after an interrupt no handler for the next one."""
    before = {name: os.environ.get(name) for name in ("MASTER_PORT", "MASTER_ADDR")}
    main = threading.current_thread() is threading.main_thread()
    handler = signal.getsignal(signal.SIGINT) if main else None
    try:
        with quiet_lightning():
            yield
    finally:
        if main and handler is not None:
            signal.signal(signal.SIGINT, handler)
        for name, value in before.items():
            if value is None and "LOCAL_RANK" not in os.environ:
                os.environ.pop(name, None)
