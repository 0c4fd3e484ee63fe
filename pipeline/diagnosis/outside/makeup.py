"""Make-up: what a signal is made of, in numbers that know nothing of faults, levels or units.

An image made for faults does not see much else: white noise through `fault_order` is a healthy machine. What kind of
signal it is shows here: how its power lies in octaves, how smooth each is, how peaked and how steady it is, and whether
its samples repeat or pile up at their extremes as those of a clipped or held signal do.
"""

import torch
from torch import Tensor

N_OCTAVES = 8
SEGMENTS = 20
FEWEST_SAMPLES = 256
"""Of a window; octaves and segments of a shorter one hold too little to be told apart."""

FAINT = 1e-8
"""Shares of power below this are the rounding of a recorder, not a property of a machine."""

NEAR_EXTREME = 0.98
NAMES = (
    *(f"power in octave {number} below the highest" for number in range(1, N_OCTAVES + 1)),
    *(f"smoothness of octave {number} below the highest" for number in range(1, N_OCTAVES + 1)),
    "kurtosis",
    "crest factor",
    "skewness",
    "likeness of neighbouring samples",
    "steadiness",
    "repeated samples",
    "samples near the extremes",
)


def makeup(samples: Tensor) -> Tensor:
    """What windows are made of.

    Args:
        samples: any unit, (..., time); the level does not matter.

    Returns:
        (..., descriptor), in the order of `NAMES`; all 0 for windows of fewer than 256 samples.

    Example:
        >>> noise = torch.randn(2, 4096, generator=torch.Generator().manual_seed(0))
        >>> made = makeup(noise)
        >>> made.shape, bool(torch.allclose(made, makeup(1000 * noise), atol=1e-3))
        (torch.Size([2, 23]), True)
    """
    if samples.shape[-1] < FEWEST_SAMPLES:
        return torch.zeros(*samples.shape[:-1], len(NAMES))
    centred = samples.double() - samples.double().mean(dim=-1, keepdim=True)
    spread = centred.std(dim=-1, keepdim=True, unbiased=False)
    scaled = centred / torch.where(spread > 0, spread, 1.0)
    return torch.cat([_octaves(scaled), _shape(scaled)], dim=-1).float()


def _octaves(scaled: Tensor) -> Tensor:
    """Logarithm of each octave's share of the power, then of its flatness: geometric over arithmetic mean."""
    n = scaled.shape[-1]
    power = torch.fft.rfft(scaled * torch.hann_window(n, dtype=scaled.dtype)).abs().square()
    total = power.sum(dim=-1).clamp_min(torch.finfo(power.dtype).tiny)
    shares, flatness = [], []
    for number in range(N_OCTAVES):
        octave = power[..., power.shape[-1] >> (number + 1) : power.shape[-1] >> number]
        shares.append((octave.sum(dim=-1) / total).clamp_min(FAINT).log10())
        floored = octave + FAINT * total[..., None] / octave.shape[-1]
        flatness.append(floored.log().mean(dim=-1) - floored.mean(dim=-1).log())
    return torch.stack([*shares, *flatness], dim=-1)


def _shape(scaled: Tensor) -> Tensor:
    """What the waveform's values are like, whatever their order and spectrum."""
    n = scaled.shape[-1]
    peak = scaled.abs().amax(dim=-1)
    pieces = scaled[..., : n // SEGMENTS * SEGMENTS].reshape(*scaled.shape[:-1], SEGMENTS, -1)
    levels = pieces.square().mean(dim=-1).clamp_min(FAINT).log() / 2
    near = (scaled.abs() >= NEAR_EXTREME * peak[..., None]).double().mean(dim=-1)
    return torch.stack(
        [
            scaled.pow(4).mean(dim=-1).clamp_min(FAINT).log(),
            peak.clamp_min(FAINT).log(),
            scaled.pow(3).mean(dim=-1),
            (scaled[..., 1:] * scaled[..., :-1]).mean(dim=-1),
            levels.std(dim=-1, unbiased=False),
            (scaled[..., 1:] == scaled[..., :-1]).double().mean(dim=-1),
            near.clamp_min(1 / n).log(),
        ],
        dim=-1,
    )
