"""NASNet, built by timm: every cell reads the two maps before it, so blocks hand on two.

Source: Zoph et al. (2018), Learning transferable architectures for scalable image recognition, figure 2.
"""

from collections.abc import Iterable
from typing import NamedTuple

from torch import Tensor, nn

STEM, FIRST_CELL, SECOND_CELL, LAST = "conv0", "cell_stem_0", "cell_stem_1", "act"
REDUCTION = "reduction_cell_"

CELLS = (
    *(FIRST_CELL, SECOND_CELL, *(f"cell_{place}" for place in range(6))),
    *("reduction_cell_0", *(f"cell_{place}" for place in range(6, 12))),
    *("reduction_cell_1", *(f"cell_{place}" for place in range(12, 18))),
)
BODY = (STEM, *CELLS, LAST)
"""Children of timm's net before the pooling, in the order they run."""


class Maps(NamedTuple):
    """What a block of NASNet hands on.

    Attributes:
        newest: its own feature map; what the block gives where it is the last one.
        earlier: the map that the next cell reads beside it.
    """

    newest: Tensor
    earlier: Tensor


class Cell(nn.Module):
    """One child of the net, between maps.

    Args:
        net: the child.
        name: says what it reads and which map stays the earlier one.
    """

    def __init__(self, net: nn.Module, name: str) -> None:
        super().__init__()
        self.net = net
        self.name = name

    def forward(self, maps: Maps) -> Maps:
        """The maps before -> those after."""
        newest, earlier = maps
        if self.name == FIRST_CELL:
            return Maps(self.net(newest), newest)
        if self.name == SECOND_CELL:
            return Maps(self.net(earlier, newest), newest)
        # The cell after a reduction reads what was before it.
        return Maps(self.net(newest, earlier), earlier if self.name.startswith(REDUCTION) else newest)


class Stem(nn.Module):
    """The first convolution: a picture to maps."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, image: Tensor) -> Maps:
        """(batch, plane, row, column) -> the first map; there is no earlier one yet."""
        found = self.net(image)
        return Maps(found, found)


class Last(nn.Module):
    """The last step: maps to the one that is pooled."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, maps: Maps) -> Tensor:
        """The newest map, rectified."""
        feature_map: Tensor = self.net(maps.newest)
        return feature_map


def nasnet_blocks(children: Iterable[tuple[str, nn.Module]]) -> dict[str, nn.Module]:
    """A NASNet's body as named blocks that run one after the other.

    Example:
        >>> list(nasnet_blocks((name, nn.Identity()) for name in (*BODY, "global_pool")))[-2:]
        ['cell_17', 'act']
    """
    ends = {STEM: Stem, LAST: Last}
    return {name: ends[name](child) if name in ends else Cell(child, name) for name, child in children if name in BODY}
