"""STFT: how much of each frequency is there at each moment, frequencies evenly spaced.

Conventions of `scipy.signal.ShortTimeFFT`: slice p is centred at sample p * hop. Only slices whose window lies wholly
inside the signal are taken (`lower_border_end` to `upper_border_begin`), so that no column is dimmed by zeros from
outside it; rows are turned over, highest frequency first.
"""

from typing import Literal, NamedTuple, Self

import torch
from pydantic import Field, field_validator, model_validator
from torch import Tensor

from pipeline.errors import StageError
from pipeline.preprocessing.base import Axis, Batch, ImageAxes, Setting, Stage, StageConfig
from pipeline.preprocessing.engine.magnitude import energy, root

Scaling = Literal["magnitude", "psd", "none"]


class StftConfig(StageConfig):
    """Window, step, scale and band."""

    n_fft: int = Field(256, ge=8, description="samples a window spans")
    hop: int = Field(64, ge=1, description="samples from one column to the next")
    window: str = Field("hann", description="any window scipy.signal.get_window makes from a name alone")
    scaling: Scaling = Field("magnitude", description="what a column measures: amplitudes, densities, or plain sums")
    min_hz: float | None = Field(None, ge=0)
    max_hz: float | None = Field(None, gt=0)

    @field_validator("window")
    @classmethod
    def _known_window(cls, window: str) -> str:
        from scipy.signal import get_window

        try:
            get_window(window, 8)
        except ValueError as error:
            raise ValueError(f"scipy.signal.get_window makes no window from this name ({error})") from None
        return window

    @model_validator(mode="after")
    def _band(self) -> Self:
        if self.min_hz is not None and self.max_hz is not None and self.min_hz >= self.max_hz:
            raise ValueError(f"min_hz must be below max_hz, got {self.min_hz:g} and {self.max_hz:g}")
        return self


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
    return root(energy(torch.fft.rfft(frames))).flip(-1).transpose(-1, -2)


class Stft(Stage[StftConfig]):
    """`stft` of every channel after removal of its mean: one plane per channel, only the rows of the band."""

    Config = StftConfig
    window: Tensor
    gain: Tensor

    def __init__(self, config: StftConfig, setting: Setting) -> None:
        super().__init__(config, setting)
        self.slices = whole_slices(setting.n_samples, config.n_fft, config.hop)
        self.chosen = self._rows_in_band()
        window, gain = self._scaled()
        self.register_buffer("window", window.float(), persistent=False)
        self.register_buffer("gain", gain[self.chosen, None].float(), persistent=False)

    @property
    def needs(self) -> frozenset[str]:
        """The rate only where an option is in hertz."""
        options = self.config
        in_hertz = options.scaling == "psd" or options.min_hz is not None or options.max_hz is not None
        return frozenset({"rate_hz"}) if in_hertz else frozenset()

    def _rate_hz(self) -> float:
        if self.setting.rate_hz is None:
            raise StageError("stft: scaling psd, min_hz and max_hz need the sampling rate; give rate_hz")
        return self.setting.rate_hz

    def _frequencies(self, rate: float) -> list[float]:
        """Of all rows, highest first, in the unit of the rate."""
        return [row * rate / self.config.n_fft for row in range(self.config.n_fft // 2, -1, -1)]

    def _rows_in_band(self) -> slice:
        low, high = self.config.min_hz, self.config.max_hz
        if low is None and high is None:
            return slice(0, self.config.n_fft // 2 + 1)
        rate_hz = self._rate_hz()
        low, high = low or 0.0, high or rate_hz / 2
        if high > rate_hz / 2:
            raise StageError(f"stft: max_hz {high:g} is above Nyquist, {rate_hz / 2:g} Hz; lower max_hz")
        rows = [row for row, hz in enumerate(self._frequencies(rate_hz)) if low <= hz <= high]
        if not rows:
            step = rate_hz / self.config.n_fft
            raise StageError(f"stft: no row in {low:g}-{high:g} Hz, rows are {step:g} Hz apart; raise n_fft")
        return slice(rows[0], rows[-1] + 1)

    def _scaled(self) -> tuple[Tensor, Tensor]:
        """The window, and the gain of each row, so that a row counts both the positive and the negative frequency."""
        from scipy.signal import get_window

        window = torch.from_numpy(get_window(self.config.window, self.config.n_fft))
        gain = torch.ones(self.config.n_fft // 2 + 1, dtype=torch.float64)
        if self.config.scaling == "magnitude":
            window, doubled = window / window.sum().abs(), 2.0
        elif self.config.scaling == "psd":
            window, doubled = window / (self._rate_hz() * window.square().sum()).sqrt(), 2.0**0.5
        else:
            return window, gain
        # 0 Hz (last row) and, for an even n_fft, Nyquist (row 0) have no mirror to count.
        gain[1 if self.config.n_fft % 2 == 0 else 0 : -1] = doubled
        return window, gain

    def band_hz(self) -> tuple[float, float] | None:
        """The configured band, by default 0 to Nyquist; None for a model that knows no rate."""
        if self.setting.rate_hz is None:
            return None
        return self.config.min_hz or 0.0, self.config.max_hz or self.setting.rate_hz / 2

    def axes(self) -> ImageAxes:
        """Frequencies in Hz and times in s; per sample and in samples for a model that knows no rate."""
        rate, units = (self.setting.rate_hz, ("Hz", "s")) if self.setting.rate_hz else (1.0, ("1/sample", "samples"))
        times = tuple(p * self.config.hop / rate for p in range(self.slices.first, self.slices.last))
        frequencies = tuple(self._frequencies(rate)[self.chosen])
        return ImageAxes(Axis("frequency", units[0], frequencies), Axis("time", units[1], times))

    def values(self, batch: Batch) -> Tensor:
        """(batch, channel, time) -> (batch, channel, row, column)."""
        samples = batch.values - batch.values.mean(dim=-1, keepdim=True)
        image = stft(samples, self.window, self.config.hop, self.slices.start)
        return image[..., self.chosen, :] * self.gain
