"""Norms: what a net's batch norms see of one machine, and how they are set so that another one looks the same."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from pipeline.models.branch import Branch
from pipeline.models.classifier import Classifier
from pipeline.models.inference import CHUNK
from pipeline.preprocessing.base import Batch


class Seen(NamedTuple):
    """What reaches a batch norm.

    Attributes:
        mean, var: of each channel, over windows, rows and columns, (channel,).
    """

    mean: Tensor
    var: Tensor


Listener = Callable[[int, nn.BatchNorm2d, Seen], None]


def batch_norms(branch: Branch) -> list[nn.BatchNorm2d]:
    """Layers of a branch's net that normalise by statistics they keep.

    Example:
        >>> from pipeline.models.branch import BranchConfig
        >>> from pipeline.preprocessing.base import Setting
        >>> nets = [Branch(BranchConfig(backbone=name), Setting(None, 8), "ab") for name in ("small", "squeezenet1_1")]
        >>> [len(batch_norms(net)) for net in nets]
        [4, 0]
    """
    if branch.backbone is None:
        return []
    return [layer for layer in branch.backbone.modules() if isinstance(layer, nn.BatchNorm2d) and _keeps(layer)]


def _keeps(layer: nn.BatchNorm2d) -> bool:
    return layer.running_mean is not None and layer.running_var is not None


def what_norms_see(net: Classifier, branch: Branch, windows: Batch) -> list[Seen]:
    """Of every batch norm, what reaches it; batches hold windows of all recordings."""
    return _heard(net, branch, windows, lambda *_: None)


def align(net: Classifier, branch: Branch, windows: Batch, known: Sequence[Seen], share: float) -> list[Seen]:
    """Set every batch norm so that what it hands on has the mean and deviation it had on the training side.

    For a net whose norms follow the training side this is AdaBN. A frozen net's norms tell of other pictures, and its
    head has learned from what they make of the training side; so it is that which is kept.

    Args:
        net, branch: the branch is changed in place.
        windows: of the new machine.
        known: what its norms saw of the training side.
        share: how much of that is taken to hold for the new machine too, 0 to 1.

    Returns:
        What its norms are now taken to see.
    """
    before = [_kept(layer) for layer in batch_norms(branch)]

    def follow(place: int, layer: nn.BatchNorm2d, seen: Seen) -> None:
        _set(layer, before[place], known[place], _mixed(known[place], seen, share))

    found = [_mixed(old, new, share) for old, new in zip(known, _heard(net, branch, windows, follow), strict=True)]
    for place, layer in enumerate(batch_norms(branch)):
        _set(layer, before[place], known[place], found[place])
    return found


def _kept(layer: nn.BatchNorm2d) -> Seen:
    assert layer.running_mean is not None
    assert layer.running_var is not None
    return Seen(layer.running_mean.clone(), layer.running_var.clone())


def _mixed(old: Seen, new: Seen, share: float) -> Seen:
    return Seen(share * old.mean + (1 - share) * new.mean, share * old.var + (1 - share) * new.var)


def _set(layer: nn.BatchNorm2d, before: Seen, known: Seen, now: Seen) -> None:
    """(x' - mean') / sqrt(var' + eps) is to be what (x - mean) / sqrt(var + eps) was, x' being x in other units."""
    assert layer.running_mean is not None
    assert layer.running_var is not None
    ratio = ((now.var + layer.eps) / (known.var + layer.eps)).sqrt()
    layer.running_mean.copy_(now.mean - (known.mean - before.mean) * ratio)
    layer.running_var.copy_((before.var + layer.eps) * ratio**2 - layer.eps)


@torch.no_grad()
def _heard(net: Classifier, branch: Branch, windows: Batch, listener: Listener) -> list[Seen]:
    """The mean over batches of what reaches every norm; the listener hears of each batch before it is normalised."""
    layers = batch_norms(branch)
    found: list[list[Seen]] = [[] for _ in layers]
    with _hooked(layers, found, listener):
        for batch in mixed_batches(windows) if layers else ():
            branch.features(net.shared(batch))
    return [Seen(*(torch.stack(parts).mean(dim=0) for parts in zip(*seen, strict=True))) for seen in found]


def _seen(maps: Tensor) -> Seen:
    """Mean and variance of each channel; in two passes, which take a quarter of the time of torch's one."""
    mean = maps.mean(dim=(0, 2, 3), keepdim=True)
    return Seen(mean.flatten(), (maps - mean).square_().mean(dim=(0, 2, 3)))


@contextmanager
def _hooked(layers: Sequence[nn.BatchNorm2d], found: Sequence[list[Seen]], listener: Listener) -> Iterator[None]:
    def hook(place: int) -> Callable[[nn.Module, tuple[Any, ...]], None]:
        def hear(layer: nn.Module, inputs: tuple[Any, ...]) -> None:
            seen = _seen(inputs[0])
            found[place].append(seen)
            assert isinstance(layer, nn.BatchNorm2d)
            listener(place, layer, seen)

        return hear

    handles = [layer.register_forward_pre_hook(hook(place)) for place, layer in enumerate(layers)]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def mixed_batches(windows: Batch) -> Iterable[Batch]:
    """Batches of about the same size, windows of all recordings in each."""
    count = len(windows.values)
    order = torch.randperm(count, generator=torch.Generator().manual_seed(0))
    return (windows.rows(chosen) for chosen in order.tensor_split(-(-count // CHUNK)))
