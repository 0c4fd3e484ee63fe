"""OUTSIDE: what signals are made of, how near they are, and p-values that are p-values."""

import numpy as np
import pytest
import torch

from pipeline.diagnosis.outside.makeup import NAMES, makeup
from pipeline.diagnosis.outside.nearness import axes_for, neighbourhood
from pipeline.diagnosis.outside.strangeness import WORDS, Heard, Outside, Spaces, energy
from pipeline.errors import BundleError

N = 12000


def noise(seed: int, n: int = 1) -> torch.Tensor:
    return torch.randn(n, N, generator=torch.Generator().manual_seed(seed))


def of(made: torch.Tensor, name: str) -> torch.Tensor:
    return made[..., NAMES.index(name)]


def test_white_noise_has_half_its_power_in_the_highest_octave_and_the_kurtosis_of_a_normal() -> None:
    made = makeup(noise(0, 20)).mean(dim=0)
    assert float(10 ** of(made, "power in octave 1 below the highest")) == pytest.approx(0.5, abs=0.01)
    assert float(10 ** of(made, "power in octave 2 below the highest")) == pytest.approx(0.25, abs=0.01)
    assert float(of(made, "kurtosis").exp()) == pytest.approx(3.0, abs=0.1)
    # The logarithm of an exponential number is -0.577 (Euler) on average, and 0 is the logarithm of its mean.
    assert float(of(made, "smoothness of octave 1 below the highest")) == pytest.approx(-0.5772, abs=0.05)


def test_a_sine_is_peaky_in_its_octave_and_has_the_crest_factor_of_a_sine() -> None:
    time_s = torch.arange(N) / 12000
    made = makeup(torch.sin(2 * torch.pi * 1987 * time_s)[None])[0]
    assert float(of(made, "crest factor").exp()) == pytest.approx(2**0.5, rel=0.01)
    assert float(10 ** of(made, "power in octave 2 below the highest")) == pytest.approx(1.0, abs=0.01)
    assert float(of(made, "smoothness of octave 2 below the highest")) < -5


def test_clipped_and_held_samples_show() -> None:
    plain = noise(1)
    clipped, held = plain.clamp(-0.5, 0.5), plain[:, ::10].repeat_interleave(10, dim=1)
    assert float(of(makeup(clipped), "samples near the extremes")) > float(
        of(makeup(plain), "samples near the extremes")
    ) + np.log(100)
    assert float(of(makeup(held), "repeated samples")) == pytest.approx(0.9, abs=0.01)


@pytest.mark.parametrize("samples", [torch.zeros(1, N), torch.full((1, N), 7.0), torch.zeros(1, 3)])
def test_silence_a_constant_and_a_few_samples_make_numbers(samples: torch.Tensor) -> None:
    assert makeup(samples).isfinite().all()


def test_neither_level_nor_offset_nor_sign_of_a_symmetric_signal_matter() -> None:
    plain = noise(2)
    torch.testing.assert_close(makeup(1e-3 * plain + 50), makeup(plain), atol=2e-3, rtol=0)


def test_far_from_the_training_side_is_further_than_within_it() -> None:
    inside = torch.randn(200, 10, generator=torch.Generator().manual_seed(0))
    found = neighbourhood(inside[:150])
    within, without = found.distance(inside[150:]), found.distance(inside[150:] + 4)
    assert float(without.min()) > float(within.max())


def test_a_feature_that_never_varied_makes_nothing_far_by_rounding() -> None:
    inside = torch.randn(50, 3, generator=torch.Generator().manual_seed(0))
    inside[:, 0] = 1.0
    near = inside[:1].clone()
    near[0, 0] += 1e-9
    assert float(neighbourhood(inside).distance(near)) < 1


def test_the_energy_of_two_labels_that_exclude_each_other_is_that_of_the_definition() -> None:
    logits = torch.tensor([[1.0, 2.0]])
    assert float(energy(logits, multiclass=True)) == pytest.approx(-np.log(np.e + np.e**2), rel=1e-6)


def heard(n: int, seed: int, shift: float = 0.0, n_features: int = 12) -> Heard:
    draw = torch.Generator().manual_seed(seed)
    features, made, logits = (torch.randn(n, width, generator=draw) for width in (n_features, 23, 3))
    return Heard(features + shift, made, logits)


def outside(seed: int = 0, n: int = 60, n_features: int = 12) -> Outside:
    """As training makes it: folds leave parts out, and the whole training side is what new signals are near to."""
    everything, n_axes = heard(n, seed, n_features=n_features), axes_for(n)
    left_out = torch.zeros(n, 3)
    for fold in range(5):
        held = torch.arange(n) % 5 == fold
        spaces = Spaces.of(everything.some(~held), n_axes)
        left_out[held] = spaces.measured(everything.some(held), True)
    return Outside.of(Spaces.of(everything, n_axes), left_out, torch.arange(n), True)


@pytest.mark.parametrize(("n", "n_features"), [(60, 12), (12, 40), (20, 40), (20, 300)])
def test_signals_like_those_trained_on_are_found_strange_as_seldom_as_p_says(n: int, n_features: int) -> None:
    shares = []
    for seed in range(40):
        one, new = outside(seed, n, n_features), heard(40, 1000 + seed, n_features=n_features)
        shares.append(np.mean([one.p_value(new.some(torch.tensor([k]))) <= 0.1 for k in range(40)]))
    assert np.mean(shares) <= 0.1 + 0.02


def test_signals_unlike_those_trained_on_get_the_least_p_value_and_the_reason() -> None:
    one = outside()
    strange = heard(1, 5, shift=8.0)
    assert one.p_value(strange) == pytest.approx(1 / 61)
    assert one.why(strange) == WORDS["features"]


def test_a_signal_that_is_made_otherwise_is_told_in_what() -> None:
    one, held = outside(), heard(1, 5)
    held.makeup[0] += 8.0
    held.makeup[0, NAMES.index("repeated samples")] += 40.0
    assert one.p_value(held) == pytest.approx(1 / 61)
    assert one.why(held) == "the signal is made otherwise than those trained on, most of all in repeated samples"


def test_what_is_kept_in_a_bundle_says_the_same() -> None:
    one, new = outside(), heard(1, 7)
    again = Outside.of_tensors(one.tensors(), multiclass=True)
    assert again.p_value(new) == one.p_value(new)


@pytest.mark.parametrize(
    ("name", "spoilt"),
    [
        ("outside.scores", torch.full((60,), float("nan"))),
        ("outside.scores", torch.zeros(10)),
        ("outside.part", torch.zeros(60)),
        ("outside.middle", torch.zeros(2)),
        ("outside.spread", torch.zeros(3)),
        ("outside.features.spread", torch.zeros(12)),
        ("outside.features.axes", torch.zeros(11, 12)),
        ("outside.features.points", torch.zeros(60, 3)),
        ("outside.makeup.centre", torch.zeros(0)),
        ("outside.makeup.points", None),
    ],
)
def test_numbers_that_are_not_what_a_bundle_keeps_are_refused(name: str, spoilt: torch.Tensor | None) -> None:
    named = {key: part for key, part in (outside().tensors() | {name: spoilt}).items() if part is not None}
    with pytest.raises(BundleError, match=r"does not fit its model\.yaml.*copy the bundle again"):
        Outside.of_tensors(named, multiclass=True)
