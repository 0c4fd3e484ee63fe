"""Fault order: harmonics of each fault's own frequency, in every carrier band, one plane per fault.

A damaged race, ball or tooth knocks at a rate that geometry and shaft speed fix, and the knocks ring in resonances that
nobody knows. So the squared envelope of many bands is searched, each at the places where each fault would show: column
n of a plane means "n-th harmonic of this fault" on every bearing, at every speed, on every machine.
"""

import math
from typing import Literal, Self

import torch
from pydantic import Field, model_validator
from torch import Tensor

from pipeline.errors import StageError
from pipeline.preprocessing.base import MOST_WHEELS, Axis, Batch, ImageAxes, OrdersOf, Setting, Stage, StageConfig
from pipeline.preprocessing.engine.envelope_bank import Carriers
from pipeline.preprocessing.engine.fourier import power_of_two, rfft
from pipeline.preprocessing.engine.lines import BLOCK, Lines
from pipeline.preprocessing.engine.magnitude import energy
from pipeline.preprocessing.samples.whiten import whitened

FEWEST_TURNS = 9.95
"""Fewer turns of the shaft in a window, and the lines of different faults run into one another. Ten, less what nominal
speeds are off."""

QUIET = 0.5
"""Of the typical frequency's strength (the geometric mean): what is fainter is not raised as if it were as strong; it
holds the recorder's noise and the rounding of whoever computes."""

FLAT = 1e-6
"""A window that moves by less than this share of its level stands still; the rest is rounding."""

_SILENCE = 1e-20
"""Of a squared magnitude, the largest sample being 1."""

BEARING_PLANES = ("outer_race", "inner_race", "ball")
CAGE = 3
"""Where the cage's order stands among a bearing's."""

SideBand = Literal["shaft", "cage"]


class FaultOrderConfig(StageConfig):
    """Whose faults, how many harmonics, which side bands and carriers."""

    family: OrdersOf = Field("bearing", description="bearing: outer, inner, ball; gear: one plane per wheel")
    wheels: int = Field(3, ge=2, le=4, description="planes of a gear stage; a wheel it does not have is 0 throughout")
    harmonics: int = Field(5, ge=1, le=20, description="columns of a block")
    sidebands: tuple[SideBand, ...] = Field(
        (), description="further blocks of columns: below and above each harmonic by a turn of the shaft, of the cage"
    )
    carriers: int = Field(11, ge=1, le=200, description="bands, each half a width above the one before, from 0 Hz up")
    carrier_hz: float = Field(1000.0, gt=0, description="width of a band; envelopes are read up to it")
    whitening: float | None = Field(
        None, ge=0, le=1, description="1 flattens all resonances and shaft lines, 0 none; 1 for bearings, 0.5 for gears"
    )
    tolerance: float = Field(0.015, ge=0, le=0.2, description="share of its frequency by which slip may move a line")

    @model_validator(mode="after")
    def _possible(self) -> Self:
        if len(set(self.sidebands)) < len(self.sidebands):
            raise ValueError(f"each side band once, got {', '.join(self.sidebands)}")
        if self.family == "gear" and "cage" in self.sidebands:
            raise ValueError("a gear has no cage; its side bands are the shaft's")
        return self

    @property
    def exponent(self) -> float:
        """Of the whitening. What a tooth does repeats exactly, turn by turn, and full whitening would flatten it too;
        what a bearing does slips."""
        if self.whitening is not None:
            return self.whitening
        return 1.0 if self.family == "bearing" else 0.5

    @property
    def max_hz(self) -> float:
        """Upper end of the highest carrier."""
        return (self.carriers + 1) * self.carrier_hz / 2

    @property
    def planes(self) -> tuple[str, ...]:
        """What each plane shows."""
        if self.family == "bearing":
            return BEARING_PLANES
        return ("driving wheel", *(f"driven wheel {number}" for number in range(1, self.wheels)))


def line_orders(orders: Tensor, n_planes: int, harmonics: int, sidebands: tuple[SideBand, ...] = ()) -> Tensor:
    """Where every column of every plane looks, in orders of the shaft.

    Args:
        orders: of the faults, shape (batch, 4); for side bands of the cage, its order comes last.
        n_planes: the first so many orders have a plane.
        harmonics: per block.
        sidebands: blocks after the first: below and above by the shaft's order (1), by the cage's.

    Returns:
        Shape (batch, plane, column).

    Example:
        >>> line_orders(torch.tensor([[3.5, 5.5, 4.7, 0.4]]), n_planes=1, harmonics=2, sidebands=("shaft",))
        tensor([[[3.5000, 7.0000, 2.5000, 6.0000, 4.5000, 8.0000]]])
    """
    numbers = torch.arange(1, harmonics + 1, device=orders.device, dtype=orders.dtype)
    lines = orders[:, :n_planes, None] * numbers
    apart = {"shaft": torch.ones_like(orders[:, :1, None]), "cage": orders[:, CAGE:, None]}
    beside = [lines + sign * apart[name] for name in sidebands for sign in (-1.0, 1.0)]
    return torch.cat([lines, *beside], dim=-1)


class FaultOrder(Stage[FaultOrderConfig]):
    """Lines of every fault of the part a signal listens to: planes of carriers (rows) and harmonics (columns).

    The window is whitened (zero-padded to a power of two), each carrier's squared envelope taken, divided by its mean,
    and transformed under a Hann window. A cell is ln(1 + E / M): E the highest magnitude within the tolerance of its
    place (1.5 %, at least 4 / window length), M the background, a median of blocks 75 / window length wide and a third
    of that apart, of every third place, with straight lines between, and 2 % of what noise would give. Frequencies
    fainter than half the geometric mean are not raised to full strength, and a carrier of which less than a fifth is
    louder fades. Whitening flattens what repeats exactly: impacts without any slip lose most of their contrast, which
    is why gears, that cannot slip, are whitened by half.

    Rows run from the highest carrier down; the last row is all carriers but the lower half of the first taken as one
    band. Columns are the harmonics of the fault's own frequency, then, block by block, those of its side bands. A cell
    reads about 1 where there is nothing, and the natural logarithm of how far a line stands out where there is one; it
    is 0 where nothing can be read: an unknown order, a place past the envelope's spectrum. With several channels, the
    planes follow channel by channel.

    Source: Randall and Antoni (2011), Rolling element bearing diagnostics: a tutorial, MSSP 25, 485-520 (envelope
        analysis); Borghesani et al. (2013), MSSP 36, 370-384 (prewhitening); the image is ours.

    Example:
        >>> stage = FaultOrder(FaultOrderConfig(), Setting(12000.0, 12000))
        >>> time_s = torch.arange(12000) / 12000
        >>> knocks = torch.exp(-1000 * (time_s % (1 / 90))) * torch.sin(2 * torch.pi * 3000 * time_s)
        >>> noise = 0.1 * torch.randn(12000, generator=torch.Generator().manual_seed(0))
        >>> image = stage(Batch.of((knocks + noise)[None, None], 12000.0, 30.0, (3.0, 5.1, 4.7, 0.4))).values
        >>> image.shape, image.mean(dim=(2, 3)).argmax()
        (torch.Size([1, 3, 12, 5]), tensor(0))
    """

    Config = FaultOrderConfig

    def __init__(self, config: FaultOrderConfig, setting: Setting) -> None:
        super().__init__(config, setting)
        rate_hz = self._rate_hz()
        self.length = power_of_two(setting.n_samples)
        width = config.carrier_hz / rate_hz
        lows = tuple(number * width / 2 for number in reversed(range(config.carriers)))
        full = Carriers((width / 2,), config.max_hz / rate_hz - width / 2, min(2 * width, config.carriers * width / 2))
        self.bands = self._lines(Carriers(lows, width, width))
        self.full = self._lines(full)

    def _rate_hz(self) -> float:
        if self.setting.rate_hz is None:
            raise StageError("fault_order: carriers are in Hz and need the sampling rate; give rate_hz")
        if self.config.max_hz > self.setting.rate_hz / 2:
            raise StageError(
                f"fault_order: {self.config.carriers} carriers of {self.config.carrier_hz:g} Hz reach to "
                f"{self.config.max_hz:g} Hz, above Nyquist, {self.setting.rate_hz / 2:g} Hz; "
                "take fewer or narrower carriers"
            )
        return self.setting.rate_hz

    def _lines(self, carriers: Carriers) -> Lines:
        shortest = math.ceil(BLOCK / carriers.highest)
        if self.setting.n_samples < shortest:
            raise StageError(
                f"fault_order: a window of {self.setting.n_samples} samples is too short to tell lines from their "
                f"background; it needs {shortest}"
            )
        return Lines(carriers, self.setting.n_samples, self.length, self.config.tolerance)

    @property
    def needs(self) -> frozenset[str]:
        """Rate, shaft speed, and the orders of the faults."""
        return frozenset({"rate_hz", "speed_hz", "orders"})

    @property
    def orders_of(self) -> OrdersOf:
        """A bearing's or a gear's."""
        return self.config.family

    @property
    def fewest_turns(self) -> float:
        """Ten turns of the shaft, less what nominal speeds are off."""
        return FEWEST_TURNS

    @property
    def highest_line_hz(self) -> float:
        """A first harmonic beyond the narrow carriers' reach would leave its plane dark but for one row."""
        return self.config.carrier_hz

    @property
    def most_wheels(self) -> int:
        """One per plane."""
        return self.config.wheels if self.config.family == "gear" else MOST_WHEELS

    def band_hz(self) -> tuple[float, float]:
        """From 0 Hz to the end of the highest carrier."""
        return 0.0, self.config.max_hz

    def axes(self) -> ImageAxes:
        """Middles of the carriers in Hz, the full band last; harmonics, block by block."""
        step = self.config.carrier_hz / 2
        lows = [number * step for number in reversed(range(self.config.carriers))]
        labels = (*(f"{low:g}-{low + 2 * step:g} Hz" for low in lows), "full band")
        middles = (*(low + step for low in lows), (step + self.config.max_hz) / 2)
        blocks = ["", *(f" {sign} {name}" for name in self.config.sidebands for sign in "-+")]
        numbers = range(1, self.config.harmonics + 1)
        columns = tuple(f"{number}{block}" for block in blocks for number in numbers)
        values = tuple(float(number) for _ in blocks for number in numbers)
        return ImageAxes(
            Axis("carrier", "Hz", middles, labels), Axis("harmonic", "x fault", values, columns), self.config.planes
        )

    def unit(self, before: str) -> str:  # noqa: ARG002 - whatever it was
        """Log of peak over background, whatever they were."""
        return "log of peak over background"

    def values(self, batch: Batch) -> Tensor:
        """(batch, channel, time) -> (batch, channel * plane, carrier, harmonic)."""
        planes = len(self.config.planes)
        lines = line_orders(batch.orders, planes, self.config.harmonics, self.config.sidebands)
        # The rate is the model's: every signal was brought to it.
        places = lines * (batch.speed_hz * (self.length / self._rate_hz()))[:, None, None]
        channels = batch.values.shape[1]
        each = places.flatten(1).repeat_interleave(channels, dim=0)
        raw = rfft(_levelled(batch.values).flatten(0, 1), self.length)
        floor, audible = _audible(energy(raw))
        spectrum = whitened(raw, self.config.exponent, floor)
        cells = torch.cat([self.bands(spectrum, each, audible), self.full(spectrum, each, audible)], dim=1)
        shaped = cells.reshape(-1, channels, cells.shape[1], planes, lines.shape[-1])
        return shaped.transpose(2, 3).flatten(1, 2)


def _audible(squared: Tensor) -> tuple[Tensor, Tensor]:
    """The squared magnitude that is more than nothing, (batch, 1), and how far each frequency reaches it, 0 to 1."""
    within = squared[:, 1:-1].clamp(min=_SILENCE)
    floor = QUIET**2 * torch.exp(torch.log(within).mean(dim=-1, keepdim=True))
    return floor, (squared / floor).clamp(max=1.0)


def _levelled(samples: Tensor) -> Tensor:
    """Samples without their mean, their largest 1, so that no level is too small or too large to be squared."""
    level = samples.abs().amax(dim=-1, keepdim=True)
    centred = samples / torch.where(level > 0, level, 1.0)
    centred = centred - centred.mean(dim=-1, keepdim=True)
    moves = centred.abs().amax(dim=-1, keepdim=True)
    still = moves <= FLAT
    return torch.where(still, 0.0, centred / torch.where(still, 1.0, moves))
