"""Amounts: H1 with less to learn from: a few windows of every training signal, of all loads or of one."""

from dataclasses import replace
from typing import NamedTuple

import torch
from torch import Tensor

from honest.leaks import loads_of, specimens_of
from honest.protocol import ProtocolSplit
from pipeline.training.window_set import WindowSet


class Amount(NamedTuple):
    """How much trains.

    Attributes:
        per_signal: windows of every training signal, the first ones.
        load: only signals at this load; None for all.
    """

    per_signal: int
    load: str | None = None

    @property
    def loads(self) -> str:
        """Which loads train, in words."""
        return "all" if self.load is None else f"{self.load} HP only"


AMOUNTS = tuple(Amount(per_signal, load) for load in (None, "0") for per_signal in (1, 2, 5, 10))


def reduced(one: ProtocolSplit, amount: Amount, windows: WindowSet) -> ProtocolSplit:
    """A split with less to train on; what tests stays."""
    load = [amount.load in (None, name) for name in loads_of(windows)]
    early = number_in_signal(windows)[one.train] < amount.per_signal
    train = one.train[early & torch.tensor(load)[windows.signal_of_window[one.train]]]
    told = f"{one.name}, {amount.per_signal} windows a signal, loads: {amount.loads}"
    return replace(one, name=told, train=train, specimens=specimens_of(windows, train))


def number_in_signal(windows: WindowSet) -> Tensor:
    """Which of its signal's windows each is, from 0."""
    return torch.cat([torch.arange(len(batch.values)) for batch in windows.batches])
