"""Heads in closed form, against the normal equations and scikit-learn."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.utils.class_weight import compute_sample_weight

from pipeline.models.head import LinearHead
from pipeline.training.heads import HeadConfig, balanced, logistic, ridge, solve_head


def cloud(n_windows: int, n_features: int, n_labels: int = 2) -> tuple[torch.Tensor, torch.Tensor]:
    rng = np.random.default_rng(3)
    features = rng.standard_normal((n_windows, n_features))
    truth = features @ rng.standard_normal((n_features, n_labels)) + rng.standard_normal((n_windows, n_labels)) > 0.4
    return torch.from_numpy(features).float(), torch.from_numpy(truth).float()


@pytest.mark.parametrize(("n_windows", "n_features"), [(60, 9), (20, 50)])
def test_ridge_equals_scikit_learns_weighted_ridge_in_both_of_its_forms(n_windows: int, n_features: int) -> None:
    features, truth = cloud(n_windows, n_features)
    weight, bias = ridge(features, truth, strength=3.0)
    for label in range(2):
        # The bias is a penalised constant feature, so scikit-learn is given that feature.
        scaled = np.hstack([features.numpy() / np.sqrt(n_features), np.ones((n_windows, 1))])
        reference = Ridge(alpha=3.0, fit_intercept=False).fit(
            scaled, 2 * truth[:, label].numpy() - 1, sample_weight=balanced(truth)[:, label].numpy()
        )
        np.testing.assert_allclose(weight[label], reference.coef_[:-1] / np.sqrt(n_features), atol=1e-5)
        np.testing.assert_allclose(bias[label], reference.coef_[-1], atol=1e-5)


def test_balanced_weights_give_both_sides_of_a_label_the_same_sum() -> None:
    _, truth = cloud(70, 4)
    weights = balanced(truth)
    for label in range(2):
        yes = truth[:, label] > 0.5
        assert weights[yes, label].sum() == pytest.approx(weights[~yes, label].sum().item(), rel=1e-5)
        np.testing.assert_allclose(weights[:, label], compute_sample_weight("balanced", truth[:, label]), rtol=1e-5)
    assert weights.mean() == pytest.approx(1.0, rel=1e-5)


def test_logistic_heads_equal_scikit_learns() -> None:
    features, truth = cloud(80, 5)
    weight, bias = logistic(features, truth, strength=10.0, multiclass=False)
    for label in range(2):
        reference = LogisticRegression(C=0.1, class_weight="balanced", tol=1e-8, max_iter=5000)
        reference.fit(features.numpy(), truth[:, label].numpy())
        np.testing.assert_allclose(weight[label], reference.coef_[0], atol=2e-3)
        np.testing.assert_allclose(bias[label], reference.intercept_[0], atol=2e-3)


def test_softmax_head_tells_three_separate_clouds_apart() -> None:
    centres = torch.tensor([[5.0, 0.0], [-5.0, 0.0], [0.0, 5.0]])
    truth = torch.eye(3).repeat(20, 1)
    features = truth @ centres + torch.randn(60, 2, generator=torch.Generator().manual_seed(0))
    weight, bias = logistic(features, truth, strength=1.0, multiclass=True)
    assert ((features @ weight.T + bias).argmax(dim=1) == truth.argmax(dim=1)).all()


def test_a_label_with_one_side_only_is_answered_firmly_and_weighs_nothing() -> None:
    features, _ = cloud(20, 3)
    never = torch.zeros(20, 1)
    weight, bias = logistic(features, never, strength=1.0, multiclass=False)
    assert weight.abs().max() == 0
    assert bias.item() < -5


@pytest.mark.parametrize("method", ["ridge", "logistic"])
def test_scale_and_offset_of_features_change_no_answer(method: str) -> None:
    features, truth = cloud(50, 6)
    config = HeadConfig(method=method)
    answers = []
    for given in (features, 1000.0 * features - 7.0):
        head = LinearHead(6, 2).set(*solve_head(given, truth, config, multiclass=False))
        answers.append(head(given).detach())
    torch.testing.assert_close(answers[0], answers[1], atol=1e-3, rtol=1e-3)


def test_a_constant_feature_does_no_harm() -> None:
    features, truth = cloud(50, 6)
    features[:, 2] = 4.0
    head = LinearHead(6, 2).set(*solve_head(features, truth, HeadConfig(), multiclass=False))
    assert torch.isfinite(head(features)).all()


def test_one_wild_feature_value_is_clipped_at_six_deviations() -> None:
    features, truth = cloud(50, 6)
    head = LinearHead(6, 2).set(*solve_head(features, truth, HeadConfig(), multiclass=False))
    wild, wilder = features[:1].clone(), features[:1].clone()
    wild[0, 0], wilder[0, 0] = 1e3, 1e6
    torch.testing.assert_close(head(wild), head(wilder))
