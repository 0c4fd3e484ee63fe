"""Ready windows: what is kept of the training side, dealt out batch by batch, the same way however often it is dealt.

An epoch's order follows from the seed and the epoch's number alone, so that a run that goes on after a kill sees what
an unbroken one would have seen. Processes that train together share every batch, so that two see what one would.
"""

import hashlib
from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from pipeline.preprocessing.base import Batch


class Deal(NamedTuple):
    """Windows of one batch that one process is given.

    Attributes:
        places: of the windows.
        shares: what each adds to the mean; 0 for one that only keeps an idle process in step.
    """

    places: Tensor
    shares: Tensor


def drawn_seed(seed: int, epoch: int, process: int = 0) -> int:
    """A seed for what chance decides in one epoch, unlike that of any other.

    Example:
        >>> drawn_seed(0, 1) == drawn_seed(0, 1), drawn_seed(0, 1) == drawn_seed(1, 0)
        (True, False)
    """
    return int.from_bytes(hashlib.sha256(f"{seed} {epoch} {process}".encode()).digest()[:7], "little")


def together() -> tuple[int, int]:
    """This process's number among those that train together, and how many they are.

    Example:
        >>> together()
        (0, 1)
    """
    there = torch.distributed.is_available() and torch.distributed.is_initialized()
    return (torch.distributed.get_rank(), torch.distributed.get_world_size()) if there else (0, 1)


class Order:
    """In which order windows are seen.

    Args:
        n_windows: how many there are.
        batch: windows per step, of all processes together.
        seed: of the order; None deals them as they lie, each a share of all windows rather than of its batch.
        weights: how often each is drawn, (window,); by default each comes once.

    Attributes:
        epoch: number of the epoch that is dealt next.

    Example:
        >>> [deal.places.tolist() for deal in Order(5, 2)]
        [[0, 1], [2, 3], [4]]
        >>> sorted(place for deal in Order(5, 2, seed=0) for place in deal.places.tolist())
        [0, 1, 2, 3, 4]
    """

    def __init__(self, n_windows: int, batch: int, seed: int | None = None, weights: Tensor | None = None) -> None:
        self.n_windows, self.batch, self.seed, self.weights = n_windows, batch, seed, weights
        self.epoch = 0

    def __len__(self) -> int:
        return -(-self.n_windows // self.batch)

    def __iter__(self) -> Iterator[Deal]:
        number, count = together()
        order = self._order()
        for start in range(0, self.n_windows, self.batch):
            places = order[start : start + self.batch]
            mine = places[number::count]
            whole = self.n_windows if self.seed is None else len(places)
            if len(mine):
                yield Deal(mine, torch.full((len(mine),), count / whole))
            else:
                yield Deal(places[:1], torch.zeros(1))

    def _order(self) -> Tensor:
        if self.seed is None:
            return torch.arange(self.n_windows)
        chance = torch.Generator().manual_seed(drawn_seed(self.seed, self.epoch, -1))
        if self.weights is None:
            return torch.randperm(self.n_windows, generator=chance)
        return torch.multinomial(self.weights, self.n_windows, replacement=True, generator=chance)


class ReadyWindows:
    """Batches for Lightning: values, rate, speed, orders, truth, shares; a whole deal is picked at once.

    Args:
        windows: what is kept of them.
        targets: (window, label).
        order: in which they are dealt.
    """

    def __init__(self, windows: Batch, targets: Tensor, order: Order) -> None:
        self.fields = [*windows, targets]
        self.order = order

    def __len__(self) -> int:
        return len(self.order)

    def __iter__(self) -> Iterator[list[Tensor]]:
        for deal in self.order:
            yield [field[deal.places] for field in self.fields] + [deal.shares]
