"""Relevance shares: how layer-wise relevance passes what no weights describe: sums of two maps, means, scales.

Each is the usual computation on the way up; on the way down, what arrives is shared out among the inputs by how much
each of them brought, so that nothing is lost or made.
"""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor
from torch.overrides import TorchFunctionMode

TINY = 1e-12
"""Keeps 0 / 0 from being asked."""

ADDITIONS = frozenset({"add", "__add__", "add_", "__iadd__", "__radd__"})


class SharedSum(torch.autograd.Function):
    """a + b; each gets relevance by its magnitude.

    Example:
        >>> a, b = torch.tensor([3.0], requires_grad=True), torch.tensor([-1.0], requires_grad=True)
        >>> torch.autograd.grad(SharedSum.apply(a, b), (a, b), torch.tensor([8.0]))
        (tensor([6.]), tensor([2.]))
    """

    @staticmethod
    def forward(context: Any, a: Tensor, b: Tensor) -> Tensor:
        """The sum."""
        context.save_for_backward(a, b)
        return a + b

    @staticmethod
    def backward(context: Any, *arrived: Tensor) -> tuple[Tensor, Tensor]:
        """Relevance of both."""
        a, b = context.saved_tensors
        share = (a.abs() + TINY / 2) / (a.abs() + b.abs() + TINY)
        return arrived[0] * share, arrived[0] * (1 - share)


class SharedMean(torch.autograd.Function):
    """The mean over rows and columns; each cell gets relevance by its magnitude.

    Example:
        >>> cells = torch.tensor([[[[3.0, 1.0]]]], requires_grad=True)
        >>> torch.autograd.grad(SharedMean.apply(cells), cells, torch.tensor([[8.0]]))[0].flatten()
        tensor([6., 2.])
    """

    @staticmethod
    def forward(context: Any, cells: Tensor) -> Tensor:
        """(batch, channel, row, column) -> (batch, channel)."""
        context.save_for_backward(cells)
        return cells.mean(dim=(-2, -1))

    @staticmethod
    def backward(context: Any, *arrived: Tensor) -> Tensor:
        """Relevance of every cell."""
        (cells,) = context.saved_tensors
        sizes = cells.abs() + TINY
        share: Tensor = sizes / sizes.sum(dim=(-2, -1), keepdim=True)
        return arrived[0][..., None, None] * share


class Unscaled(torch.autograd.Function):
    """Some elementwise computation; relevance passes it as it is.

    Example:
        >>> value = torch.tensor([3.0], requires_grad=True)
        >>> torch.autograd.grad(Unscaled.apply(value, torch.tensor([0.5])), value, torch.tensor([8.0]))
        (tensor([8.]),)
    """

    @staticmethod
    def forward(context: Any, before: Tensor, after: Tensor) -> Tensor:  # noqa: ARG004 - torch hands it over
        """What the computation made of `before`."""
        return after.clone()

    @staticmethod
    def backward(context: Any, *arrived: Tensor) -> tuple[Tensor, None]:  # noqa: ARG004 - torch hands it over
        """Relevance of `before`."""
        return arrived[0], None


class SumsShared(TorchFunctionMode):
    """Inside, every sum of two maps of one shape is a `SharedSum`: the short cuts of residual nets, however written."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        """Any function of torch; sums of two maps as `SharedSum`."""
        if getattr(func, "__name__", "") in ADDITIONS and not kwargs and _two_maps(args):
            return SharedSum.apply(*args)  # type: ignore[no-untyped-call]
        return func(*args, **(kwargs or {}))


def _two_maps(args: tuple[Any, ...]) -> bool:
    maps = all(isinstance(one, Tensor) and one.requires_grad and one.dim() == 4 for one in args)
    return len(args) == 2 and maps and args[0].shape == args[1].shape
