"""Heads of one layer, against the normal equations and scikit-learn."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.utils.class_weight import compute_sample_weight

from pipeline.models.head import Head
from pipeline.training.heads import HeadConfig, solve_head
from pipeline.training.heads.logistic import FIRM, logistic, surprise
from pipeline.training.heads.ridge import ridge, sides_of
from pipeline.training.loss import balance_of, soft_loss


def cloud(n_windows: int, n_features: int, n_labels: int = 2) -> tuple[torch.Tensor, torch.Tensor]:
    rng = np.random.default_rng(3)
    features = rng.standard_normal((n_windows, n_features))
    truth = features @ rng.standard_normal((n_features, n_labels)) + rng.standard_normal((n_windows, n_labels)) > 0.4
    return torch.from_numpy(features).float(), torch.from_numpy(truth).float()


def classes(n_windows: int, n_features: int, n_classes: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Uneven classes: the last one has as many windows as all others."""
    features, _ = cloud(n_windows, n_features)
    chosen = (torch.arange(n_windows) % (2 * n_classes - 2)).clamp(max=n_classes - 1)
    features[:, 0] += 0.7 * chosen
    return features, torch.eye(n_classes)[chosen]


def by_sklearn(features: torch.Tensor, targets: torch.Tensor, strength: float, **facts: object) -> LogisticRegression:
    model = LogisticRegression(C=1 / strength, tol=1e-9, max_iter=20000, class_weight=facts.pop("class_weight", None))
    return model.fit(features.double().numpy(), targets.numpy(), **facts)


@pytest.mark.parametrize(("n_windows", "n_features"), [(60, 9), (20, 50)])
def test_ridge_equals_scikit_learns_weighted_ridge_in_both_of_its_forms(n_windows: int, n_features: int) -> None:
    features, truth = cloud(n_windows, n_features)
    strengths = [3.0, 0.2]
    weight, bias = ridge(features, truth, strengths)
    # The bias is a penalised constant feature, so scikit-learn is given that feature.
    scaled = np.hstack([features.numpy() / np.sqrt(n_features), np.ones((n_windows, 1))])
    for place, strength in enumerate(strengths):
        for label in range(2):
            reference = Ridge(alpha=strength, fit_intercept=False).fit(
                scaled,
                2 * truth[:, label].numpy() - 1,
                sample_weight=compute_sample_weight("balanced", truth[:, label]),
            )
            np.testing.assert_allclose(weight[place, label], reference.coef_[:-1] / np.sqrt(n_features), atol=1e-5)
            np.testing.assert_allclose(bias[place, label], reference.coef_[-1], atol=1e-5)


@pytest.mark.parametrize("n_features", [4, 50])
def test_ridge_against_mixed_truth_is_ridge_on_every_window_twice_once_for_each_side(n_features: int) -> None:
    features, truth = cloud(30, n_features, n_labels=1)
    mixed = 0.8 * truth + 0.1
    weight, bias = ridge(features, mixed, [2.0])
    share = float(mixed.mean())
    scaled = np.hstack([features.numpy() / np.sqrt(n_features), np.ones((30, 1))])
    shares = mixed[:, 0].numpy()
    reference = Ridge(alpha=2.0, fit_intercept=False).fit(
        np.vstack([scaled, scaled]),
        np.repeat([1.0, -1.0], 30),
        sample_weight=np.concatenate([shares / (2 * share), (1 - shares) / (2 * (1 - share))]),
    )
    np.testing.assert_allclose(weight[0, 0], reference.coef_[:-1] / np.sqrt(n_features), atol=1e-5)
    np.testing.assert_allclose(bias[0, 0], reference.coef_[-1], atol=1e-5)


def test_both_sides_of_a_label_have_the_same_say_in_ridge() -> None:
    _, truth = cloud(70, 4)
    there, missing = sides_of(truth)
    torch.testing.assert_close(there.sum(dim=0), missing.sum(dim=0))
    for label in range(2):
        wanted = compute_sample_weight("balanced", truth[:, label])
        np.testing.assert_allclose((there + missing)[:, label], wanted, rtol=1e-5)


def test_logistic_heads_of_labels_equal_scikit_learns() -> None:
    features, truth = cloud(80, 5)
    strengths = [30.0, 1.0]
    weight, bias = logistic(features, truth, strengths, multiclass=False)
    for place, strength in enumerate(strengths):
        for label in range(2):
            reference = by_sklearn(features, truth[:, label], strength, class_weight="balanced")
            np.testing.assert_allclose(weight[place, label], reference.coef_[0], atol=1e-4)
            np.testing.assert_allclose(bias[place, label], reference.intercept_[0], atol=1e-4)


@pytest.mark.parametrize("n_features", [5, 90])
def test_a_softmax_head_equals_scikit_learns(n_features: int) -> None:
    features, truth = classes(80, n_features, n_classes=4)
    weight, bias = logistic(features, truth, [3.0], multiclass=True)
    reference = by_sklearn(features, truth.argmax(dim=1), 3.0, class_weight="balanced")
    np.testing.assert_allclose(weight[0], reference.coef_, atol=1e-4)
    np.testing.assert_allclose(bias[0], reference.intercept_, atol=1e-4)


def test_a_softmax_over_two_classes_gives_the_probability_of_plain_logistic_regression() -> None:
    """Two rows of coefficients share what one would carry, so each half of the penalty is of half the square."""
    features, truth = classes(60, 5, n_classes=2)
    weight, bias = logistic(features, truth, [4.0], multiclass=True)
    found = torch.softmax(features @ weight[0].T + bias[0], dim=1)
    reference = by_sklearn(features, truth.argmax(dim=1), 2.0, class_weight="balanced")
    np.testing.assert_allclose(found, reference.predict_proba(features.double().numpy()), atol=1e-4)


def test_a_class_that_training_never_saw_takes_no_part_in_the_softmax() -> None:
    features, truth = classes(60, 5, n_classes=3)
    weight, bias = logistic(features, truth, [2.0], multiclass=True)
    with_fourth = torch.cat([truth, torch.zeros(60, 1)], dim=1)
    found_weight, found_bias = logistic(features, with_fourth, [2.0], multiclass=True)
    torch.testing.assert_close(found_weight[:, :3], weight)
    torch.testing.assert_close(found_bias[:, :3], bias)
    assert found_weight[0, 3].abs().max() == 0
    probabilities = torch.softmax(features @ found_weight[0].T + found_bias[0], dim=1)
    assert probabilities[:, 3].max() < 0.001


def test_logistic_against_mixed_truth_is_logistic_on_every_window_once_per_class_weighted_by_its_share() -> None:
    features, truth = classes(60, 5, n_classes=3)
    mixed = 0.7 * truth + 0.3 * truth.roll(7, dims=0)
    weight, bias = logistic(features, mixed, [2.0], multiclass=True)
    balance = 60 / (3 * mixed.sum(dim=0))
    reference = by_sklearn(
        features.repeat(3, 1),
        torch.arange(3).repeat_interleave(60),
        2.0,
        sample_weight=(mixed * balance).T.flatten().double().numpy(),
    )
    np.testing.assert_allclose(weight[0], reference.coef_, atol=1e-4)
    np.testing.assert_allclose(bias[0], reference.intercept_, atol=1e-4)


@pytest.mark.parametrize("multiclass", [True, False])
def test_what_a_logistic_head_lacks_is_the_loss_that_fine_tuning_follows(multiclass: bool) -> None:
    features, truth = classes(40, 3, n_classes=3)
    found = surprise(features, truth, multiclass)
    wanted = soft_loss(features, truth, balance_of(truth, multiclass), multiclass)
    torch.testing.assert_close(found.sum(dim=1).mean() if multiclass else found.mean(), wanted)


@pytest.mark.parametrize("multiclass", [True, False])
def test_a_label_always_or_never_there_is_answered_firmly_and_weighs_nothing(multiclass: bool) -> None:
    features, truth = cloud(20, 3, n_labels=1)
    one_sided = torch.tensor([[1.0, 0.0]]).repeat(20, 1)
    weight, bias = logistic(features, one_sided, [1.0], multiclass)
    assert weight.abs().max() == 0
    assert bias[0].tolist() == [FIRM, -FIRM]
    for windows in (features, features[:2]):
        rest = one_sided[: len(windows)]
        weight, bias = ridge(windows, torch.cat([rest, truth[: len(windows)]], dim=1), [1.0])
        assert weight[0, :2].abs().max() == 0
        assert bias[0, :2].tolist() == [1, -1]


@pytest.mark.parametrize("method", ["ridge", "logistic"])
@pytest.mark.parametrize("multiclass", [True, False])
def test_every_method_tells_three_separate_clouds_apart(method: str, multiclass: bool) -> None:
    centres = torch.tensor([[5.0, 0.0], [-5.0, 0.0], [0.0, 5.0]])
    truth = torch.eye(3).repeat(20, 1)
    features = truth @ centres + torch.randn(60, 2, generator=torch.Generator().manual_seed(0))
    head = Head(2, 3)
    solve_head(head, features, truth, HeadConfig(method=method), multiclass=multiclass)
    assert (head(features).argmax(dim=1) == truth.argmax(dim=1)).all()


@pytest.mark.parametrize("method", ["ridge", "logistic"])
def test_scale_and_offset_of_features_change_no_answer(method: str) -> None:
    features, truth = cloud(50, 6)
    answers = []
    for given in (features, 1000.0 * features - 7.0):
        head = Head(6, 2)
        solve_head(head, given, truth, HeadConfig(method=method), multiclass=False)
        answers.append(head(given).detach())
    torch.testing.assert_close(answers[0], answers[1], atol=1e-3, rtol=1e-3)


def test_a_constant_feature_does_no_harm() -> None:
    features, truth = cloud(50, 6)
    features[:, 2] = 4.0
    head = Head(6, 2)
    solve_head(head, features, truth, HeadConfig(), multiclass=False)
    assert torch.isfinite(head(features)).all()


def test_one_wild_feature_value_is_clipped_at_six_deviations() -> None:
    features, truth = cloud(50, 6)
    head = Head(6, 2)
    solve_head(head, features, truth, HeadConfig(), multiclass=False)
    wild, wilder = features[:1].clone(), features[:1].clone()
    wild[0, 0], wilder[0, 0] = 1e3, 1e6
    torch.testing.assert_close(head(wild), head(wilder))


@pytest.mark.parametrize("method", ["ridge", "logistic"])
@pytest.mark.parametrize("multiclass", [True, False])
def test_a_shared_head_asks_every_label_the_same_question(method: str, multiclass: bool) -> None:
    """Three labels with four numbers each; a head of one answer, on three times the questions, solves the same."""
    features, answers = cloud(90, 4, n_labels=1)
    config = HeadConfig(method=method, strength=2.0)
    shared, plain = Head(4, 3, shared=True), Head(4, 1)
    solve_head(shared, features.reshape(30, 12), answers.reshape(30, 3), config, multiclass=multiclass)
    solve_head(plain, features, answers, config, multiclass=False)
    assert plain.linear.weight.abs().max() > 0.01
    torch.testing.assert_close(shared(features.reshape(30, 12)), plain(features).reshape(30, 3))


def test_solving_leaves_the_number_of_threads_as_it_was() -> None:
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        logistic(*cloud(20, 3, n_labels=1), [1.0], multiclass=False)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
