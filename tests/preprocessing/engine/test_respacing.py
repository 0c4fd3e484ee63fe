import math
from fractions import Fraction

import numpy as np
import pytest
import torch

from pipeline.preprocessing.engine.respacing import Respacing, places


def test_a_place_far_into_a_window_is_as_exact_as_one_at_its_start() -> None:
    spacing = torch.tensor([0.7312345, 3.1415927, 63.7])
    whole, part = places(spacing, torch.arange(20000))
    for row, each in enumerate(spacing.tolist()):
        truth = [Fraction(each) * number for number in (1, 777, 16001, 19999)]
        ours = [int(whole[row, n]) + Fraction(float(part[row, n])) for n in (1, 777, 16001, 19999)]
        assert max(abs(float(a - b)) for a, b in zip(ours, truth, strict=True)) < 1e-5
    assert float(part.min()) >= 0
    assert float(part.max()) <= 1


@pytest.mark.parametrize("share", [0.02, 0.3, 0.79])
@pytest.mark.parametrize("spacing", [0.31, 1.0, 1.37, 5.2])
def test_a_tone_read_at_other_places_is_the_same_tone(spacing: float, share: float) -> None:
    n_samples = 4096
    spacing = float(np.float32(spacing))
    frequency = 0.5 * share / max(1.0, spacing)
    count = int(n_samples / spacing)
    tone = np.cos(2 * math.pi * frequency * np.arange(n_samples) + 0.7)
    ours = Respacing(n_samples, count)(torch.from_numpy(tone).float()[None, None], torch.tensor([spacing]))[0, 0]
    at = np.arange(count) * spacing
    inside = (at > 300) & (at < n_samples - 300)
    truth = np.cos(2 * math.pi * frequency * at + 0.7)
    assert np.abs(ours.numpy() - truth)[inside].max() < 3e-4


def test_what_a_wider_spacing_would_fold_is_gone() -> None:
    n_samples, spacing = 4096, 4.0
    tone = torch.cos(2 * math.pi * 0.13 * torch.arange(n_samples))  # Nyquist of the new spacing is 0.125
    ours = Respacing(n_samples, 1024)(tone[None, None], torch.tensor([spacing]))[0, 0]
    assert float(ours[100:-100].abs().max()) < 1e-3
    # Every fourth sample as it is would read the whole tone at a wrong frequency.
    assert float(tone[::4].abs().max()) > 0.99


def test_values_past_the_end_are_zeros() -> None:
    module = Respacing(500, 300)
    ours = module(torch.ones(1, 2, 500), torch.tensor([2.0]))
    assert torch.allclose(ours[..., 40:210], torch.ones(1), atol=1e-3)
    assert not ours[..., 250:].any()


def test_a_window_of_a_few_samples_can_be_read_too() -> None:
    assert Respacing(3, 4)(torch.tensor([[[1.0, 2.0, 3.0]]]), torch.tensor([0.5])).isfinite().all()


def test_halfway_spacing_keeps_every_sample_even_at_nyquist() -> None:
    alternating = (-1.0) ** torch.arange(1000)
    noise = torch.randn(1000, generator=torch.Generator().manual_seed(0))
    for samples in (alternating, noise):
        finer = Respacing(1000, 2000)(samples[None, None], torch.tensor([0.5]))[0, 0]
        assert torch.allclose(finer[::2][100:-100], samples[100:-100], atol=2e-3)
