"""Sums: what is found from them is what is found from the windows themselves."""

import numpy as np
import pytest
import torch
from sklearn.covariance import oas
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from torch import Tensor

from pipeline.training.few_shots.head_update import ridge_of
from pipeline.training.few_shots.prototypes import prototypes_of, shrunk
from pipeline.training.few_shots.sums import Sums, logit_scale
from pipeline.training.heads.ridge import ridge


def cloud(counts: tuple[int, ...], size: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Windows of some classes about means of their own: features and class numbers."""
    generator = torch.Generator().manual_seed(seed)
    means = 2 * torch.randn(len(counts), size, generator=generator)
    classes = torch.repeat_interleave(torch.arange(len(counts)), torch.tensor(counts))
    return means[classes] + torch.randn(len(classes), size, generator=generator), classes


@pytest.mark.parametrize("size", [5, 200], ids=["more windows than features", "more features than windows"])
def test_ridge_from_sums_is_ridge_on_the_windows(size: int) -> None:
    features, classes = cloud((40, 7, 20), size)
    # Two labels that may be there at once, and one that nobody has.
    answers = torch.stack([classes == 1, classes >= 1, classes > 5], dim=1).float()
    weight, bias = ridge_of(Sums.of(features, answers), strength=3.0)
    theirs, their_bias = ridge(features, answers, [3.0])
    torch.testing.assert_close(weight, theirs[0], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(bias, their_bias[0], atol=1e-5, rtol=1e-4)


def test_sums_of_parts_are_the_sums_of_the_whole_and_no_larger_than_the_features_ask() -> None:
    features, classes = cloud((300, 200), 6)
    answers = torch.eye(2)[classes]
    mixed = torch.randperm(500, generator=torch.Generator().manual_seed(1))
    halves = [Sums.of(features[part], answers[part]) for part in mixed.split(250)]
    both, whole = halves[0].plus(halves[1]), Sums.of(features, answers)
    assert all(len(factor) <= 7 for factor in both.factors)
    for ours, theirs in zip(ridge_of(both, 3.0), ridge_of(whole, 3.0), strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-4)
    assert sorted(both.counts.tolist()) == [200, 300]


def test_a_group_that_meets_a_new_label_does_not_have_it() -> None:
    features, classes = cloud((10, 10), 3)
    sums = Sums.of(features, torch.eye(2)[classes]).widened(3)
    assert sums.answers.tolist() == [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]


@pytest.mark.parametrize("count", [3, 12, 200])
def test_covariance_is_shrunk_as_scikit_learn_shrinks_it(count: int) -> None:
    features, _ = cloud((count,), 8)
    centred = (features - features.mean(dim=0)).double()
    theirs, _ = oas(centred.numpy(), assume_centered=True)
    torch.testing.assert_close(shrunk(centred.T @ centred / count, count), torch.from_numpy(theirs))


def test_prototypes_are_linear_discriminant_analysis() -> None:
    features, classes = cloud((30, 30, 30), 6)
    weight, bias = prototypes_of(Sums.of(features, torch.eye(3)[classes]), multiclass=True)
    centred = features - torch.stack([features[classes == k].mean(dim=0) for k in range(3)])[classes]
    covariance = (centred.T @ centred / 87).double()
    share = float(1 - shrunk(covariance, 87)[0, 1] / covariance[0, 1])
    ours = (features @ weight.T + bias).double().numpy()
    # scikit-learn divides by n, here it is n less the classes: all log-odds differ by that one factor.
    theirs = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=share, priors=[1 / 3] * 3)
    said = theirs.fit(features.numpy(), classes.numpy()).decision_function(features.numpy())
    assert (ours - ours[:, :1]) * 90 / 87 == pytest.approx(said - said[:, :1], abs=1e-3, rel=1e-3)


def test_a_label_is_told_from_its_absence_as_two_classes_are() -> None:
    features, classes = cloud((40, 40, 40), 4)
    answers = torch.stack([classes == 1, classes == 2], dim=1).float()
    weight, bias = prototypes_of(Sums.of(features, answers), multiclass=False)
    for k in range(2):
        ours = (features @ weight[k] + bias[k]).double().numpy()
        theirs = LinearDiscriminantAnalysis(solver="lsqr").fit(features.numpy(), answers[:, k].numpy())
        assert np.corrcoef(ours, theirs.decision_function(features.numpy()))[0, 1] > 0.999
        assert ((ours > 0) == (answers[:, k] > 0.5).numpy()).mean() > 0.7


def test_a_class_without_windows_is_never_answered() -> None:
    features, classes = cloud((20, 20), 3)
    weight, bias = prototypes_of(Sums.of(features, torch.eye(3)[classes]), multiclass=True)
    assert weight[2].abs().max() == 0
    assert ((features @ weight.T + bias).argmax(dim=1) != 2).all()


def test_the_scale_of_logits_is_that_over_the_windows() -> None:
    features, classes = cloud((25, 60), 4)
    weight, bias = torch.randn(2, 4, generator=torch.Generator().manual_seed(2)), torch.tensor([0.5, -1.0])
    logits, sums = features @ weight.T + bias, Sums.of(features, torch.eye(2)[classes])
    centre, spread = logit_scale(sums, weight, bias, together=False)
    torch.testing.assert_close(centre, logits.mean(dim=0), atol=1e-4, rtol=1e-4)
    torch.testing.assert_close(spread, logits.std(dim=0), atol=1e-4, rtol=1e-4)
    centre, spread = logit_scale(sums, weight, bias, together=True)
    torch.testing.assert_close((centre, spread), (logits.mean(), logits.std()), atol=1e-4, rtol=1e-4)
