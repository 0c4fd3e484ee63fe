import numpy as np
import torch
from scipy import stats

from pipeline.preprocessing.augment.mixup import mixup


def mixed(alpha: float, count: int = 2000) -> tuple[torch.Tensor, torch.Tensor]:
    """Image i shows the number i everywhere; its target is 1 at place i."""
    torch.manual_seed(0)
    images = torch.arange(float(count)).reshape(-1, 1, 1, 1).expand(-1, 2, 3, 3)
    return mixup(images, torch.eye(count), alpha)


def test_truth_is_mixed_in_the_proportion_of_the_images() -> None:
    images, targets = mixed(0.4)
    wanted = targets.double() @ torch.arange(2000.0).double()
    np.testing.assert_allclose(images[:, 1, 2, 0], wanted, rtol=1e-4, atol=1e-2)
    np.testing.assert_allclose(targets.sum(dim=1), 1.0, atol=1e-6)
    assert int((targets > 0).sum(dim=1).max()) == 2


def test_each_pair_draws_its_own_proportion_from_the_beta_distribution() -> None:
    _, targets = mixed(0.3)
    share = targets.diagonal().numpy()
    kept = share[share < 1]  # an image may meet itself
    assert kept.size > 1900
    assert stats.kstest(kept, stats.beta(0.3, 0.3).cdf).pvalue > 1e-3


def test_partners_are_a_permutation() -> None:
    _, targets = mixed(1.0)
    np.testing.assert_allclose(targets.sum(dim=0).sum(), 2000.0, rtol=1e-4)
    partners = (targets - torch.diag(targets.diagonal())).argmax(dim=1)[targets.diagonal() < 1]
    assert len(set(partners.tolist())) == len(partners)
