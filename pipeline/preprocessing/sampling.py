"""Sampling: whether samples are so many a second or so many a turn; and bands, in hertz or orders accordingly."""

from collections.abc import Iterable
from typing import Literal, NamedTuple, Self, TypeVar

from pydantic import Field, model_validator

from pipeline.errors import StageError
from pipeline.preprocessing.base import Axis, Setting, Stage, StageConfig


class Sampling(NamedTuple):
    """What lies between one sample and the next, and so what frequencies and places are counted in.

    Attributes:
        rate: samples per second, or per turn of the shaft; 1 where neither is known.
        kind: what limits of a band are in: "hz", "order", or "" where there can be none.
    """

    rate: float
    kind: Literal["hz", "order", ""]

    @property
    def nyquist(self) -> float:
        """The highest frequency, in the unit of `frequencies`."""
        return self.rate / 2

    @property
    def unit(self) -> str:
        """Of a frequency."""
        return {"hz": "Hz", "order": "x shaft", "": "1/sample"}[self.kind]

    def frequencies(self, values: Iterable[float]) -> Axis:
        """An axis of frequencies that are in the unit already."""
        return Axis("order" if self.kind == "order" else "frequency", self.unit, tuple(values))

    def places(self, samples: Iterable[float]) -> Axis:
        """An axis of times or angles, from places counted in samples since the first one."""
        name, unit = {"hz": ("time", "s"), "order": ("angle", "turns"), "": ("time", "samples")}[self.kind]
        return Axis(name, unit, tuple(place / self.rate for place in samples))


def sampling_of(setting: Setting) -> Sampling:
    """What the samples that come into a stage are spaced by.

    Example:
        >>> sampling_of(Setting(12000.0, 4096)).places([0, 6000])
        Axis(name='time', unit='s', values=(0.0, 0.5), labels=())
        >>> sampling_of(Setting(None, 4096, samples_per_turn=512)).frequencies([3.58])
        Axis(name='order', unit='x shaft', values=(3.58,), labels=())
    """
    if setting.samples_per_turn is not None:
        return Sampling(float(setting.samples_per_turn), "order")
    return Sampling(setting.rate_hz, "hz") if setting.rate_hz is not None else Sampling(1.0, "")


class BandConfig(StageConfig):
    """A band: in hertz for samples at equal times, in orders for samples at equal shaft angles (after `order`)."""

    min_hz: float | None = Field(None, ge=0, description="where the band begins; at 0 if absent", examples=[500])
    max_hz: float | None = Field(
        None, gt=0, description="where the band ends; at half the rate if absent", examples=[5000]
    )
    min_order: float | None = Field(
        None, ge=0, description="after order: in multiples of the shaft's speed", examples=[2]
    )
    max_order: float | None = Field(None, gt=0, description="as max_hz, after order", examples=[50])

    @model_validator(mode="after")
    def _rises(self) -> Self:
        for kind in ("hz", "order"):
            low, high = getattr(self, f"min_{kind}"), getattr(self, f"max_{kind}")
            if low is not None and high is not None and low >= high:
                raise ValueError(f"min_{kind} must be below max_{kind}, got {low:g} and {high:g}")
        return self

    def _given(self, kind: str) -> bool:
        return getattr(self, f"min_{kind}") is not None or getattr(self, f"max_{kind}") is not None

    @property
    def in_hertz(self) -> bool:
        """Whether a limit is in hertz."""
        return self._given("hz")

    def limits(self, setting: Setting, stage: str) -> tuple[float | None, float | None]:
        """Lowest and highest frequency in the unit of the samples, None where the config leaves it open.

        Args:
            setting: of the samples that come in.
            stage: its name, for the message.

        Raises:
            StageError: for limits that samples of this kind do not have, or that lie above Nyquist.

        Example:
            >>> BandConfig(max_hz=500.0).limits(Setting(1000.0, 64), "stft")
            (None, 500.0)
            >>> BandConfig(max_hz=501.0).limits(Setting(1000.0, 64), "stft")
            Traceback (most recent call last):
            ...
            pipeline.errors.StageError: stft: max_hz 501 is above Nyquist, 500 Hz; lower max_hz
        """
        sampling = sampling_of(setting)
        self._refuse_other_kind(sampling.kind, stage)
        if not sampling.kind:
            return None, None
        low, high = getattr(self, f"min_{sampling.kind}"), getattr(self, f"max_{sampling.kind}")
        told = f"Nyquist, {sampling.nyquist:g} {sampling.unit}"
        if high is not None and high > sampling.nyquist:
            raise StageError(f"{stage}: max_{sampling.kind} {high:g} is above {told}; lower max_{sampling.kind}")
        if low is not None and low >= sampling.nyquist:
            raise StageError(f"{stage}: min_{sampling.kind} {low:g} is not below {told}; lower min_{sampling.kind}")
        return low, high

    def _refuse_other_kind(self, kind: str, stage: str) -> None:
        if kind == "order" and self.in_hertz:
            raise StageError(
                f"{stage}: min_hz and max_hz are for samples at equal times, and after order they are at equal shaft "
                "angles; give min_order and max_order"
            )
        if kind != "order" and self._given("order"):
            raise StageError(
                f"{stage}: min_order and max_order need samples at equal shaft angles; put the stage order before "
                f"{stage}, or give min_hz and max_hz"
            )
        if not kind and self.in_hertz:
            raise StageError(f"{stage}: min_hz and max_hz need the sampling rate; give rate_hz")


C = TypeVar("C", bound=BandConfig)


class BandStage(Stage[C]):
    """A stage of samples that works on a band."""

    @property
    def needs(self) -> frozenset[str]:
        """The rate only where the band is in hertz."""
        return frozenset({"rate_hz"}) if self.config.in_hertz else frozenset()

    def band_hz(self) -> tuple[float, float] | None:
        """The configured band, an open end being 0 or Nyquist; None for samples that have no rate."""
        if self.setting.rate_hz is None:
            return None
        return self.config.min_hz or 0.0, self.config.max_hz or self.setting.rate_hz / 2
