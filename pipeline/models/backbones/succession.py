"""Succession: a net's children as named blocks that run one after the other."""

from collections.abc import Collection, Iterable

from torch import nn


def succession(
    children: Iterable[tuple[str, nn.Module]], body: Collection[str], containers: Collection[str]
) -> dict[str, nn.Module]:
    """Named blocks of a net's body, in their order.

    Args:
        children: a net's named children, as `named_children()` gives them.
        body: those that lead to the last feature map; the others are left out.
        containers: those of them whose own children are the blocks.

    Example:
        >>> net = nn.Sequential()
        >>> net.add_module("features", nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU()))
        >>> net.add_module("fc", nn.Linear(8, 2))
        >>> list(succession(net.named_children(), body=["features"], containers=["features"]))
        ['features.0', 'features.1']
    """
    blocks: dict[str, nn.Module] = {}
    for name, child in children:
        if name in body and name in containers:
            blocks |= {f"{name}.{part}": block for part, block in child.named_children()}
        elif name in body:
            blocks[name] = child
    return blocks
