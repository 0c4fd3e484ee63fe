"""Lines: how far the lines of squared-envelope spectra stand out of their background, near given frequencies."""

import torch
from torch import Tensor, nn

from pipeline.preprocessing.engine.background import Background
from pipeline.preprocessing.engine.envelope_bank import Carriers, EnvelopeBank
from pipeline.preprocessing.engine.range_maximum import range_maximum

NEIGHBOURHOOD = 4.0
"""How far to either side of its place a line is searched at least, in steps of the window's own resolution (one over
its length): a line is two wide under a Hann window, and a stated speed is seldom exact."""

BLOCK, BLOCK_STEP = 75.0, 25.0
"""The background is the median of so many of those steps, every so many of them."""

FAINT = 0.02
"""Of what noise swings by: added to every background, so that nothing stands out of next to nothing."""

OFF_GRID = 0.0137
"""A little off whole places, where rounding would decide on one side here and on the other elsewhere."""


class Lines(nn.Module):
    """Spectrum of the samples and places of lines in, how far they stand out in every band's envelope spectrum out.

    Args:
        carriers: bands that are treated alike.
        n_samples, length: of a window, and of its zero-padded transform.
        tolerance: share of a line's frequency by which it may be off.

    Example:
        >>> from pipeline.preprocessing.engine.fourier import rfft
        >>> time = torch.arange(4096.0)
        >>> knocking = (1 + torch.cos(2 * torch.pi * time / 64)) * torch.cos(2 * torch.pi * time / 8)
        >>> noise = 0.1 * torch.randn(4096, generator=torch.Generator().manual_seed(0))
        >>> lines = Lines(Carriers((0.0625,), width=0.125, highest=0.05), 4096, 4096, tolerance=0.0)
        >>> lines(rfft(knocking + noise, 4096)[None], torch.tensor([[64.0, 100.0]])) > 3
        tensor([[[ True, False]]])
    """

    def __init__(self, carriers: Carriers, n_samples: int, length: int, tolerance: float) -> None:
        super().__init__()
        self.bank = EnvelopeBank(carriers, n_samples, length)
        # Places are one period per `length`; one step of the window's own resolution is `padded` of them.
        padded = length / n_samples
        self.least, self.tolerance = NEIGHBOURHOOD * padded, tolerance
        places = self.bank.n_places
        self.background = Background(places, round(BLOCK * padded), round(BLOCK_STEP * padded), stride=3)
        self.shortest = int(2 * self.least)
        self.longest = min(places, int(2 * max(self.least, tolerance * places)) + 2)

    def forward(self, spectrum: Tensor, places: Tensor, audible: Tensor | None = None) -> Tensor:
        """Per band and line, the highest of ln(1 + spectrum / background) near its place.

        Args:
            spectrum: of the samples, shape (batch, frequency, 2).
            places: of the lines, periods per `length`, shape (batch, line); NaN where unknown.
            audible: how much of each frequency is more than nothing, shape (batch, frequency); all if absent.

        Returns:
            Shape (batch, band, line); 0 for a line that is unknown or not wholly inside the spectrum.
        """
        envelope = self.bank(spectrum, audible)
        standing = envelope / (self.background(envelope) + FAINT * self.bank.noise_level)
        known = torch.where(places.isnan(), 0.0, places)
        reach = (self.tolerance * known).clamp(min=self.least)
        first, last = torch.ceil(known - reach - OFF_GRID).long(), torch.floor(known + reach - OFF_GRID).long()
        count = self.bank.n_places
        readable = (first >= 1) & (last < count)
        first, last = torch.where(readable, first, 0), torch.where(readable, last, self.shortest)
        highest = range_maximum(standing, first, last, self.shortest, self.longest)
        return torch.log1p(highest) * readable[:, None].to(highest.dtype)
