"""Stream: simulated machines as batches with their truth, without end, in an order that a seed fixes."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from pipeline.preprocessing.base import Batch
from pipeline.signals.simulation.endless.ranges import RANGES, Ranges
from pipeline.signals.simulation.endless.simulated_window import simulated_window

CHUNK = 64
"""Machines of a batch: what is computed together never changes, so that rounding does not either."""


class Shown(NamedTuple):
    """Windows of some machines.

    Attributes:
        batch: one window of each.
        targets: what is wrong with each, (window, label), 0 or 1.
    """

    batch: Batch
    targets: Tensor


def shown(seed: int, numbers: Sequence[int], labels: Sequence[str], ranges: Ranges = RANGES) -> Shown:
    """The machines of some numbers.

    Args:
        seed: whose machines.
        numbers: which of them.
        labels: of the targets' columns.
        ranges: how machines differ.

    Example:
        >>> shown(seed=0, numbers=range(3), labels=["ball"]).targets.shape
        torch.Size([3, 1])
    """
    windows = [simulated_window(seed, number, ranges) for number in numbers]
    batch = Batch(
        torch.from_numpy(np.stack([window.samples for window in windows]))[:, None],
        torch.tensor([window.rate_hz for window in windows]),
        torch.tensor([window.speed_hz for window in windows]),
        torch.tensor([window.orders for window in windows]),
    )
    return Shown(batch, torch.tensor([[float(label in window.labels) for label in labels] for window in windows]))


def stream(
    seed: int, n_signals: int, labels: Sequence[str], ranges: Ranges = RANGES, first: int = 0
) -> Iterator[Shown]:
    """So many machines, batch by batch.

    Example:
        >>> [len(one.targets) for one in stream(seed=0, n_signals=70, labels=["ball"])]
        [64, 6]
    """
    for start in range(first, first + n_signals, CHUNK):
        yield shown(seed, range(start, min(start + CHUNK, first + n_signals)), labels, ranges)
