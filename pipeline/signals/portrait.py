"""Portrait: what a figure of one channel shows, as numbers, from a pass over all of it and stretches of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from pipeline.signals.bearing import Bearing
from pipeline.signals.gear import Gear
from pipeline.signals.labels import BEARING_FAULTS
from pipeline.signals.quality.survey import LARGEST, ChannelSurvey
from pipeline.signals.spectra import envelope_spectrum, power_density, spectrogram
from pipeline.units import hz_from_rpm

Floats = npt.NDArray[np.float64]

SEGMENT = 16384
"""Samples per spectrum that is averaged."""

HIGHEST_ORDER = 12.0
"""The envelope spectrum is drawn up to this many shaft orders: two harmonics of every fault of a common bearing."""

SHORTEST = 64
"""A spectrum of fewer samples shows nothing."""


@dataclass(frozen=True)
class Portrait:
    """One channel to be looked at.

    Attributes:
        channel, unit: as in the file.
        rate_hz: None where unknown; frequencies are then in cycles per sample, times in samples.
        n_samples: of the whole channel.
        lowest, highest: outline of the whole waveform, shape (cell,).
        spectrum_hz, spectrum: power density, unit squared per Hz.
        envelope_hz, envelope: squared-envelope spectrum of the first stretch, unit squared.
        times_s, frequencies_hz, level_db: spectrogram of the first stretch, shape (frequency, time).
        lines_hz: where faults would show.
        band_hz: the carrier whose envelope it is; None for all.
        n_spectrum, n_stretch: samples that the spectrum, and the other pictures, were made of.
    """

    channel: str
    unit: str | None
    rate_hz: float | None
    n_samples: int
    lowest: Floats
    highest: Floats
    spectrum_hz: Floats
    spectrum: Floats
    envelope_hz: Floats
    envelope: Floats
    times_s: Floats
    frequencies_hz: Floats
    level_db: Floats
    lines_hz: Mapping[str, float] = field(default_factory=dict)
    band_hz: tuple[float, float] | None = None
    n_spectrum: int = 0
    n_stretch: int = 0


def fault_lines(bearing: Bearing | None, gear: Gear | None, speed_rpm: float | None) -> dict[str, float]:
    """Where each fault of a bearing, or each wheel of a gear, shows in the envelope, in hertz.

    Example:
        >>> fault_lines(Bearing(stated_orders=(3.5, 5.5, 4.7, 0.4)), None, speed_rpm=600)["outer_race"]
        35.0
        >>> fault_lines(None, Gear(teeth=(32, 80)), speed_rpm=600)
        {'wheel 1': 10.0, 'wheel 2': 4.0}
    """
    if speed_rpm is None:
        return {}
    orders = dict(zip(BEARING_FAULTS, bearing.orders, strict=False)) if bearing else {}
    if gear and not bearing:
        orders = {f"wheel {k}": order for k, order in enumerate(gear.wheel_orders, 1)}
    return {name: order * hz_from_rpm(speed_rpm) for name, order in orders.items()}


def portrait_of(
    channel: str,
    survey: ChannelSurvey,
    rate_hz: float | None,
    unit: str | None = None,
    speed_rpm: float | None = None,
    lines_hz: Mapping[str, float] | None = None,
) -> Portrait | None:
    """The portrait of a channel.

    Args:
        channel: its name.
        survey: of it; spectra come from the stretches it kept.
        rate_hz, unit, speed_rpm: where known.
        lines_hz: see `fault_lines`.

    Returns:
        None for a channel without samples enough, or of absurd size.

    Example:
        >>> from pipeline.signals.quality.survey import survey
        >>> (found,), _ = survey([np.sin(np.arange(4000.0))[None]], 1, 4000)
        >>> drawn = portrait_of("DE", found, rate_hz=4000.0)
        >>> round(float(drawn.spectrum_hz[drawn.spectrum.argmax()]))
        637
    """
    stretches = survey.centred()
    if not survey.moments.std < LARGEST or max(map(len, stretches), default=0) < SHORTEST:
        return None
    rate = rate_hz or 1.0
    spectrum_hz, spectrum = power_density(stretches, rate, SEGMENT)
    envelope_hz, envelope = envelope_spectrum(stretches[0], rate)
    top_hz = HIGHEST_ORDER * hz_from_rpm(speed_rpm) if speed_rpm and rate_hz else rate / 20
    shown = (envelope_hz > 0) & (envelope_hz <= top_hz)
    return Portrait(
        channel,
        unit,
        rate_hz,
        survey.n_samples,
        survey.lowest,
        survey.highest,
        spectrum_hz,
        spectrum,
        envelope_hz[shown],
        envelope[shown],
        *spectrogram(stretches[0], rate),
        lines_hz=dict(lines_hz or {}) if rate_hz else {},
        n_spectrum=sum(map(len, stretches)),
        n_stretch=len(stretches[0]),
    )
