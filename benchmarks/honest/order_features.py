"""Order features: the few numbers that an engineer reads at the orders of a bearing or a gear, and heads on them.

Bearings: the recipe of fault_order on the whole band alone, fifteen heights of lines over the background around them.
Gears: side bands against the lines of the mesh, and the lines at turns of the pinion in the whitened envelope.
"""

import torch
from torch import Tensor

from honest.classic import CARRIER_HZ, FAMILIES, HARMONICS, TOLERANCE
from honest.methods import Made, measured, without_net
from honest.protocol import Protocol
from honest.scorers import head
from pipeline.preprocessing.base import Batch
from pipeline.preprocessing.samples.envelope import squared_envelope
from pipeline.preprocessing.samples.whiten import whiten
from pipeline.training.heads import HeadConfig

FEWEST_STEPS = 3
"""A line is looked for at least so many steps of the spectrum beside where it should be."""
BACKGROUND_STEPS = 51
"""The background is the median of so many."""
FLOOR = 0.05

MESH_ORDER = 32.0
"""Teeth of the pinion, of the public gear data and of those simulated after it."""
MESH_HARMONICS, SIDE_BANDS, TURNS = 3, 4, 8
GEAR_CARRIER_HZ = (1500.0, 9000.0)


def whitened_envelope_spectrum(samples: Tensor, rate_hz: float, band_hz: tuple[float, float]) -> Tensor:
    """Spectrum of the squared envelope of whitened samples, its mean 1 and its background not yet taken away.

    Args:
        samples: (..., time).
        rate_hz: sampling rate.
        band_hz: of the carrier.

    Returns:
        (..., frequency), one step per window length.
    """
    envelope = squared_envelope(whiten(samples), rate_hz, band_hz)
    swing = envelope / envelope.mean(dim=-1, keepdim=True) - 1
    spectrum: Tensor = torch.fft.rfft(swing * torch.hann_window(samples.shape[-1])).abs()
    return spectrum


def over_background(spectrum: Tensor) -> Tensor:
    """Logarithm of each height over the median around it; a few times the floor below it at most.

    Args:
        spectrum: (..., frequency).

    Example:
        >>> spectrum = torch.ones(101)
        >>> spectrum[50] = 9.95
        >>> over_background(spectrum)[[20, 50]].round(decimals=3)
        tensor([0.0490, 2.3030])
    """
    beside = BACKGROUND_STEPS // 2
    flat = spectrum.reshape(1, -1, spectrum.shape[-1])
    padded = torch.nn.functional.pad(flat, (beside, beside), mode="reflect")
    background = padded.unfold(-1, BACKGROUND_STEPS, 1).median(dim=-1).values
    return torch.log(flat / background + FLOOR).reshape(spectrum.shape)


def highest(heights: Tensor, places: Tensor, reach: Tensor) -> Tensor:
    """The highest of a spectrum near each place.

    Args:
        heights: (window, frequency).
        places: (window, line), in steps of the spectrum.
        reach: (window, line), so many steps to either side.

    Returns:
        (window, line).

    Example:
        >>> heights = torch.tensor([[0.0, 1.0, 5.0, 0.0, 0.0, 7.0]])
        >>> highest(heights, torch.tensor([[1.2, 3.9]]), torch.tensor([[1.0, 0.5]]))
        tensor([[5., 0.]])
    """
    near = (torch.arange(heights.shape[-1]) - places[..., None]).abs() <= reach[..., None]
    return heights[:, None, :].masked_fill(~near, -torch.inf).amax(dim=-1)


def log_envelope_peaks(batch: Batch) -> Tensor:
    """Lines of a bearing's faults in the whitened envelope, over their background.

    Args:
        batch: windows of one signal, (window, 1, time).

    Returns:
        (window, 15): outer race, inner race, ball, harmonic by harmonic; logarithms.
    """
    rate_hz, n_samples = float(batch.rate_hz[0]), batch.values.shape[-1]
    lines_hz = (batch.orders[:, :FAMILIES, None] * torch.arange(1, HARMONICS + 1)).flatten(1) * batch.speed_hz[:, None]
    places = lines_hz * (n_samples / rate_hz)
    spectrum = whitened_envelope_spectrum(batch.values[:, 0], rate_hz, CARRIER_HZ)
    # Medians take longer than all the rest, and nothing is read far past the last line.
    heights = over_background(spectrum[:, : int(1.1 * float(places.max())) + BACKGROUND_STEPS])
    return highest(heights, places, (TOLERANCE * places).clamp(min=FEWEST_STEPS))


def gear_orders(batch: Batch) -> Tensor:
    """What a damaged tooth changes in the spectrum of a gear, level-free.

    Args:
        batch: windows of one signal, (window, 1, time), speed known.

    Returns:
        (window, 20): for each harmonic of the mesh, its side bands one to four turns of the pinion away against it;
        then the lines at one to eight turns of the pinion in the whitened envelope; logarithms.
    """
    rate_hz, n_samples = float(batch.rate_hz[0]), batch.values.shape[-1]
    samples, per_turn = batch.values[:, 0], batch.speed_hz[:, None] * (n_samples / rate_hz)
    near = per_turn * 0.3
    spectrum = torch.log(torch.fft.rfft(samples * torch.hann_window(n_samples)).abs() + 1e-9)
    found = []
    for mesh in (MESH_ORDER * harmonic for harmonic in range(1, MESH_HARMONICS + 1)):
        line = highest(spectrum, mesh * per_turn, near)
        for away in range(1, SIDE_BANDS + 1):
            bands = [highest(spectrum, (mesh + side * away) * per_turn, near) for side in (-1, 1)]
            found.append((bands[0] + bands[1]) / 2 - line)
    heights = over_background(whitened_envelope_spectrum(samples, rate_hz, GEAR_CARRIER_HZ)[:, : 5 * BACKGROUND_STEPS])
    turns = torch.arange(1.0, TURNS + 1) * per_turn
    return torch.cat([*found, highest(heights, turns, near.expand_as(turns))], dim=1)


def order_features(setting: Protocol) -> Made:
    """Log whitened envelope peaks of the three fault families, one class-weighted logistic regression per label."""
    features = measured(log_envelope_peaks, setting)
    return Made(without_net("head"), head(features, setting.windows.window_targets, HeadConfig(method="logistic")))
