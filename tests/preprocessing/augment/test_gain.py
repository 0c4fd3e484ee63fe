import pytest
import torch

from pipeline.preprocessing.augment.gain import Gain, GainConfig, gain
from pipeline.preprocessing.base import Batch, Setting


@pytest.mark.parametrize(("gain_db", "factor"), [(0.0, 1.0), (20.0, 10.0), (-6.0206, 0.5)])
def test_decibels_are_of_the_amplitude(gain_db: float, factor: float) -> None:
    assert gain(torch.ones(1, 1, 4), torch.tensor([gain_db])).tolist() == [[[pytest.approx(factor, rel=1e-5)] * 4]]


def measured(config: GainConfig) -> torch.Tensor:
    torch.manual_seed(0)
    windows = torch.ones(1000, 2, 3) * torch.tensor([1.0, -4.0])[:, None]
    after = Gain(config, Setting(None, 3)).train()(Batch.of(windows)).values
    assert torch.allclose(after[:, 1], -4.0 * after[:, 0])  # what lies between channels is physics
    return after[:, 0, 0]


def test_gains_fill_the_range_evenly_in_decibels_and_keep_the_sign() -> None:
    factor = measured(GainConfig(range_db=(-12.0, 6.0)))
    assert (factor > 0).all()
    told_db = 20 * torch.log10(factor)
    assert told_db.min() >= -12.001
    assert told_db.max() <= 6.001
    counts = torch.histc(told_db, bins=6, min=-12, max=6)
    assert counts.min() > 120  # of 167 expected, with a deviation of 12


def test_half_of_the_windows_change_their_sign_where_asked() -> None:
    factor = measured(GainConfig(range_db=(0.0, 0.0), flip=True))
    assert set(factor.tolist()) == {1.0, -1.0}
    assert 420 < int((factor < 0).sum()) < 580
