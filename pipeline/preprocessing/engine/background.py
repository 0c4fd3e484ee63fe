"""Background: the height of a spectrum between its lines, by the median of overlapping blocks."""

import numpy as np
import torch
from torch import Tensor, nn


class Background(nn.Module):
    """Spectrum in, its background out: medians of blocks, with straight lines between the middles of blocks.

    A line is narrow and does not move a median; what is wide, such as the slope of a band, is followed. At the ends the
    outermost block speaks alone.

    Args:
        n_places: length of a spectrum.
        width: places a block spans; more than twice as many as a line with its skirts.
        step: places from one block to the next.
        stride: of every so many places of a block one is looked at; neighbours of a zero-padded spectrum say the same.

    Example:
        >>> spectrum = torch.ones(1, 1, 60)
        >>> spectrum[..., 30] = 100.0
        >>> Background(60, width=15, step=5)(spectrum).unique()
        tensor([1.])
    """

    between: Tensor

    def __init__(self, n_places: int, width: int, step: int, stride: int = 1) -> None:
        super().__init__()
        self.width, self.step = min(width, n_places), step
        self.stride = stride
        middles = np.arange(0, n_places - self.width + 1, step) + (self.width - 1) / 2
        # How much each block has a say at each place: (block, place).
        places = np.arange(n_places)
        shares = np.stack([np.interp(places, middles, unit) for unit in np.eye(len(middles))])
        self.register_buffer("between", torch.from_numpy(shares).float(), persistent=False)

    def forward(self, spectrum: Tensor) -> Tensor:
        """Same shape, (..., place), and unit."""
        blocks = spectrum.unfold(-1, self.width, self.step)[..., :: self.stride]
        # The lower median, as the last of the smaller half: an exported graph has no other way to say it.
        smaller = blocks.topk((blocks.shape[-1] + 1) // 2, dim=-1, largest=False).values
        return smaller[..., -1] @ self.between
