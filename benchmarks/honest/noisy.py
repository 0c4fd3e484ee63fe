"""Noisy: a protocol's windows, and each of them again with white noise, at every level that is asked for."""

from dataclasses import replace

import torch
from torch import Tensor

from honest.protocol import Protocol
from pipeline.preprocessing.augment.noise import noise
from pipeline.preprocessing.base import Batch
from pipeline.training.window_set import WindowSet

SNRS_DB = (20.0, 10.0, 5.0, 0.0, -5.0, -10.0)
TRAINED_DB = 10.0
"""Of the one noisy copy, where training is told of noise."""


def noisy(batch: Batch, snr_db: float, seed: int) -> Batch:
    """Windows with white Gaussian noise, relative to each window's own power about its mean.

    Args:
        batch: windows of one signal.
        snr_db: 10 log10 of the power of the window over that of the noise.
        seed: of the noise; the global random state stays as it is.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return batch._replace(values=noise(batch.values, torch.full((len(batch.values),), snr_db)))


def with_noise(setting: Protocol, snrs_db: tuple[float, ...] = SNRS_DB) -> Protocol:
    """A protocol whose signals come once clean, as before, then once per level; its splits are of the clean windows.

    No two copies share their noise.
    """
    clean = setting.windows
    count = len(clean.rows)
    rows, batches = list(clean.rows), list(clean.batches)
    for level, snr_db in enumerate(snrs_db):
        rows += [row.changed(signal=f"{row.signal} at {snr_db:g} dB") for row in clean.rows]
        batches += [noisy(batch, snr_db, level * count + place) for place, batch in enumerate(clean.batches)]
    windows = WindowSet(tuple(rows), tuple(batches), clean.targets.repeat(1 + len(snrs_db), 1))
    return replace(setting, windows=windows)


def at_level(places: Tensor, snr_db: float | None, n_clean: int, snrs_db: tuple[float, ...] = SNRS_DB) -> Tensor:
    """Where the copies of some clean windows are.

    Args:
        places: of clean windows.
        snr_db: which copy; None for the clean windows themselves.
        n_clean: clean windows in all.
        snrs_db: the levels, as they were handed to `with_noise`.

    Example:
        >>> at_level(torch.tensor([0, 2]), 10.0, n_clean=5)
        tensor([10, 12])
    """
    return places if snr_db is None else places + n_clean * (1 + snrs_db.index(snr_db))
