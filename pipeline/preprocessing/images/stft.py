"""STFT: how much of each frequency is there at each moment, frequencies evenly spaced.

Conventions of `scipy.signal.ShortTimeFFT`: slice p is centred at sample p * hop. Only slices whose window lies wholly
inside the signal are taken (`lower_border_end` to `upper_border_begin`), so that no column is dimmed by zeros from
outside it; rows are turned over, highest frequency first.
"""

from typing import Literal, NamedTuple

import torch
from pydantic import Field, field_validator
from torch import Tensor

from pipeline.errors import StageError
from pipeline.preprocessing.base import Batch, ImageAxes, Setting, Stage
from pipeline.preprocessing.engine.fourier import rfft
from pipeline.preprocessing.engine.magnitude import energy, root
from pipeline.preprocessing.sampling import BandConfig, sampling_of

Scaling = Literal["magnitude", "psd", "none"]


class StftConfig(BandConfig):
    """Window, step, scale and band."""

    n_fft: int = Field(256, ge=8, description="samples a window spans")
    hop: int = Field(64, ge=1, description="samples from one column to the next")
    window: str = Field("hann", description="any window scipy.signal.get_window makes from a name alone")
    scaling: Scaling = Field("magnitude", description="what a column measures: amplitudes, densities, or plain sums")

    @field_validator("window")
    @classmethod
    def _known_window(cls, window: str) -> str:
        from scipy.signal import get_window

        try:
            get_window(window, 8)
        except ValueError as error:
            raise ValueError(f"scipy.signal.get_window makes no window from this name ({error})") from None
        return window


class Slices(NamedTuple):
    """Windows wholly inside a signal: slices `first` to before `last`; the first one starts at sample `start`."""

    first: int
    last: int
    start: int


def whole_slices(n_samples: int, n_fft: int, hop: int) -> Slices:
    """The slices of `scipy.signal.ShortTimeFFT` that need no sample from outside the signal.

    Raises:
        StageError: when not one window fits.

    Example:
        >>> whole_slices(12000, n_fft=256, hop=64)
        Slices(first=2, last=186, start=0)
    """
    before, after = n_fft // 2, n_fft - n_fft // 2
    first = -(-before // hop)
    last = (n_samples - after) // hop + 1
    if last <= first:
        needed = first * hop + after
        raise StageError(
            f"stft: n_fft {n_fft} and hop {hop} need {needed} samples, the window holds {n_samples}; "
            "lengthen the window or lower n_fft"
        )
    return Slices(first, last, first * hop - before)


def stft(samples: Tensor, window: Tensor, hop: int, start: int = 0) -> Tensor:
    """Short-time Fourier magnitudes |X(t, f)|.

    Args:
        samples: any unit, shape (..., time).
        window: n_fft weights; its scale is the scale of the outcome.
        hop: samples between columns.
        start: first sample of the first window; samples left over at the end are not used.

    Returns:
        Image, shape (..., row, column): row 0 is Nyquist (or just below, for an odd n_fft), the last row
            0 Hz; negative frequencies are left out.

    Source: scipy.signal.ShortTimeFFT with fft_mode "onesided".

    Example:
        >>> tone = torch.cos(2 * torch.pi * torch.arange(32) / 4)
        >>> stft(tone, torch.hann_window(8) / 2, hop=8)[:, 0].round(decimals=3)
        tensor([0.0000, 0.5000, 1.0000, 0.5000, 0.0000])
    """
    frames = samples[..., start:].unfold(-1, window.shape[-1], hop) * window
    return root(energy(rfft(frames, window.shape[-1]))).flip(-1).transpose(-1, -2)


class Stft(Stage[StftConfig]):
    """`stft` of every channel after removal of its mean: one plane per channel, only the rows of the band."""

    Config = StftConfig
    window: Tensor
    gain: Tensor

    def __init__(self, config: StftConfig, setting: Setting) -> None:
        super().__init__(config, setting)
        self.sampling = sampling_of(setting)
        self.slices = whole_slices(setting.n_samples, config.n_fft, config.hop)
        self.chosen = self._rows_in_band()
        window, gain = self._scaled()
        self.register_buffer("window", window.float(), persistent=False)
        self.register_buffer("gain", gain[self.chosen, None].float(), persistent=False)

    @property
    def needs(self) -> frozenset[str]:
        """The rate only where an option is in hertz."""
        at_times = self.setting.samples_per_turn is None
        in_hertz = self.config.in_hertz or (at_times and self.config.scaling == "psd")
        return frozenset({"rate_hz"}) if in_hertz else frozenset()

    def _frequencies(self) -> list[float]:
        """Of all rows, highest first."""
        rate = self.sampling.rate
        return [row * rate / self.config.n_fft for row in range(self.config.n_fft // 2, -1, -1)]

    def _rows_in_band(self) -> slice:
        low, high = self.config.limits(self.setting, "stft")
        if low is None and high is None:
            return slice(0, self.config.n_fft // 2 + 1)
        low, high = low or 0.0, high or self.sampling.nyquist
        rows = [row for row, frequency in enumerate(self._frequencies()) if low <= frequency <= high]
        if not rows:
            unit, step = self.sampling.unit, self.sampling.rate / self.config.n_fft
            raise StageError(f"stft: no row in {low:g}-{high:g} {unit}, rows are {step:g} {unit} apart; raise n_fft")
        return slice(rows[0], rows[-1] + 1)

    def _scaled(self) -> tuple[Tensor, Tensor]:
        """The window, and the gain of each row, so that a row counts both the positive and the negative frequency."""
        from scipy.signal import get_window

        if self.config.scaling == "psd" and not self.sampling.kind:
            raise StageError("stft: scaling psd needs the sampling rate; give rate_hz")
        window = torch.from_numpy(get_window(self.config.window, self.config.n_fft))
        gain = torch.ones(self.config.n_fft // 2 + 1, dtype=torch.float64)
        if self.config.scaling == "magnitude":
            window, doubled = window / window.sum().abs(), 2.0
        elif self.config.scaling == "psd":
            window, doubled = window / (self.sampling.rate * window.square().sum()).sqrt(), 2.0**0.5
        else:
            return window, gain
        # 0 Hz (last row) and, for an even n_fft, Nyquist (row 0) have no mirror to count.
        gain[1 if self.config.n_fft % 2 == 0 else 0 : -1] = doubled
        return window, gain

    def band_hz(self) -> tuple[float, float] | None:
        """The configured band, by default 0 to Nyquist; None for samples that have no rate."""
        if self.setting.rate_hz is None:
            return None
        return self.config.min_hz or 0.0, self.config.max_hz or self.setting.rate_hz / 2

    def axes(self) -> ImageAxes:
        """Frequencies in Hz and times in s, orders and turns after `order`; in samples where no rate is known."""
        middles = [p * self.config.hop for p in range(self.slices.first, self.slices.last)]
        return ImageAxes(self.sampling.frequencies(self._frequencies()[self.chosen]), self.sampling.places(middles))

    def unit(self, before: str) -> str:
        """That of the samples for amplitudes, none that is short enough to print for densities and plain sums."""
        return before if self.config.scaling == "magnitude" else ""

    def values(self, batch: Batch) -> Tensor:
        """(batch, channel, time) -> (batch, channel, row, column)."""
        samples = batch.values - batch.values.mean(dim=-1, keepdim=True)
        image = stft(samples, self.window, self.config.hop, self.slices.start)
        return image[..., self.chosen, :] * self.gain
