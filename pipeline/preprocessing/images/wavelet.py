"""Wavelet: how much of each frequency is there at each moment, frequencies evenly spaced by ear (scalogram).

The continuous wavelet transform of the window, zeros outside it, taken between its samples as the band-limited curve
through them. L1 norm: a tone has the same height at every scale, and a unit sine reads 1 under a wavelet of positive
frequencies only; under a real one (`mexh`, `gaus3`, `morl`) |W| itself swings, and an unhurried cell reads 0.71.
"""

from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import Field, field_validator
from torch import Tensor

from pipeline.errors import RequestError, StageError
from pipeline.preprocessing.base import Batch, ImageAxes, Setting, Stage
from pipeline.preprocessing.engine.filterbank import FilterBank
from pipeline.preprocessing.engine.magnitude import root
from pipeline.preprocessing.engine.mothers import mother
from pipeline.preprocessing.sampling import BandConfig, sampling_of

Norm = Literal["l1", "l2"]

FEWEST_PERIODS = 10
"""Periods of the lowest frequency in a window, where the config does not say: fewer, and a wavelet sees only edges."""

HIGHEST = 0.45
"""Highest frequency as a share of the rate, where the config does not say; above it wavelets are cut by Nyquist."""


class WaveletConfig(BandConfig):
    """Which wavelet, at which frequencies, and the size of the image."""

    rows: int = Field(224, ge=2, le=4096, description="frequencies, evenly spaced on a logarithmic scale")
    columns: int = Field(
        224, ge=1, le=4096, description="time cells; each is the root mean square of the magnitude over it"
    )
    min_hz: float | None = Field(None, gt=0, description="10 periods in a window, if absent")
    max_hz: float | None = Field(None, gt=0, description="0.45 of the rate, if absent")
    min_order: float | None = Field(None, gt=0, description="after order: 10 periods in a window, if absent")
    max_order: float | None = Field(None, gt=0, description="after order: 0.45 of the samples per turn, if absent")
    wavelet: str = Field("morlet", description="morlet, or a continuous wavelet of PyWavelets such as cmor1.5-1.0")
    w0: float = Field(6.0, ge=4, le=100, description="for morlet: more is sharper in frequency and slower in time")
    norm: Norm = Field("l1", description="l1: tones have the same height in every row; l2: white noise has")

    @field_validator("wavelet")
    @classmethod
    def _known_wavelet(cls, wavelet: str) -> str:
        try:
            mother(wavelet)
        except RequestError as error:
            raise ValueError(str(error)) from None
        return wavelet


def wavelet(
    samples: Tensor,
    frequencies: npt.NDArray[np.float64],
    columns: int,
    name: str = "morlet",
    w0: float = 6.0,
) -> Tensor:
    """Continuous wavelet transform as an image: RMS of |W| over each time cell.

    W(t) at frequency f is the inner product of the samples with the mother wavelet, shifted to t and scaled so that
    its centre frequency is f, over the scale. Building the bank of filters takes longer than using it: a `Wavelet`
    stage builds it once.

    Args:
        samples: any unit, shape (..., time).
        frequencies: of the rows, falling, in cycles per sample, at most 0.5.
        columns: time cells of equal length.
        name: "morlet", or a continuous wavelet of PyWavelets.
        w0: of "morlet", centre in radians per deviation of its Gaussian.

    Returns:
        Image, shape (..., row, column), in the unit of `samples`.

    Source: Torrence and Compo (1998), A practical guide to wavelet analysis, BAMS 79, equation 4, with L1 norm.

    Example:
        >>> import torch
        >>> tone = 3 * torch.cos(2 * torch.pi * 0.05 * torch.arange(1000.0))
        >>> wavelet(tone, np.array([0.2, 0.05]), columns=5)[:, 2].round(decimals=3)
        tensor([0., 3.])
    """
    bank = FilterBank(np.asarray(frequencies), mother(name, w0), samples.shape[-1], columns)
    return root(bank(samples))


class Wavelet(Stage[WaveletConfig]):
    """`wavelet` of every channel after removal of its mean: one plane per channel."""

    Config = WaveletConfig

    def __init__(self, config: WaveletConfig, setting: Setting) -> None:
        super().__init__(config, setting)
        self.sampling = sampling_of(setting)
        low, high = self._limits()
        self.frequencies = np.geomspace(high, low, config.rows)
        gains = np.sqrt(high / self.frequencies) if config.norm == "l2" else None
        family = mother(config.wavelet, config.w0)
        per_sample = self.frequencies / self.sampling.rate
        self.bank = FilterBank(per_sample, family, setting.n_samples, config.columns, gains)

    @property
    def needs(self) -> frozenset[str]:
        """The rate, where rows are in hertz."""
        return frozenset({"rate_hz"}) if self.sampling.kind == "hz" else frozenset()

    def _limits(self) -> tuple[float, float]:
        """Lowest and highest row."""
        if not self.sampling.kind:
            raise StageError("wavelet: its rows are in Hz and need the sampling rate; give rate_hz")
        low, high = self.config.limits(self.setting, "wavelet")
        low = low or FEWEST_PERIODS * self.sampling.rate / self.setting.n_samples
        high = high or HIGHEST * self.sampling.rate
        if low >= high:
            unit, kind = self.sampling.unit, self.sampling.kind
            per = "a turn" if kind == "order" else "Hz"
            length = f"{self.setting.n_samples} samples at {self.sampling.rate:g} {per}"
            raise StageError(
                f"wavelet: the lowest row, {low:g} {unit}, must be below the highest, {high:g} {unit}; "
                f"the window holds {length}; lengthen it or set min_{kind} and max_{kind}"
            )
        return low, high

    def band_hz(self) -> tuple[float, float] | None:
        """Lowest and highest row; None after `order`."""
        return self._limits() if self.sampling.kind == "hz" else None

    def axes(self) -> ImageAxes:
        """Frequencies in Hz, and the middle of each time cell in s; the first sample is at 0. Orders, turns alike."""
        cell = self.setting.n_samples / self.config.columns
        middles = [(column + 0.5) * cell - 0.5 for column in range(self.config.columns)]
        return ImageAxes(self.sampling.frequencies(self.frequencies.tolist()), self.sampling.places(middles))

    def unit(self, before: str) -> str:
        """That of the samples for amplitudes."""
        return before if self.config.norm == "l1" else ""

    def values(self, batch: Batch) -> Tensor:
        """(batch, channel, time) -> (batch, channel, row, column)."""
        samples = batch.values - batch.values.mean(dim=-1, keepdim=True)
        return root(self.bank(samples))
