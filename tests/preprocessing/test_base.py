import pytest
import torch

from pipeline.errors import StageError
from pipeline.preprocessing.base import Batch, float32_island
from pipeline.preprocessing.chain import Chain, Setting


def test_rows_of_a_batch_keep_their_own_facts() -> None:
    batch = Batch(torch.arange(6.0).reshape(3, 1, 2), torch.tensor([1.0, 2, 3]), torch.zeros(3), torch.zeros(3, 4))
    chosen = batch.rows(torch.tensor([2, 0]))
    assert chosen.rate_hz.tolist() == [3.0, 1.0]
    assert chosen.values[0, 0].tolist() == [4.0, 5.0]


def test_a_stage_that_takes_samples_is_refused_after_an_image() -> None:
    with pytest.raises(StageError, match="Stft takes samples, but gets an image; move it to the front"):
        Chain(["fold", "stft"], Setting(1000.0, 1000))


def test_an_island_multiplies_in_full_float32_and_leaves_the_sea_as_it_was() -> None:
    ones = torch.eye(2)
    torch.set_float32_matmul_precision("medium")
    try:
        with torch.autocast("cpu", torch.bfloat16):
            with float32_island(ones.device):
                assert torch.get_float32_matmul_precision() == "highest"
                assert (ones @ ones).dtype == torch.float32
            assert (ones @ ones).dtype == torch.bfloat16
        assert torch.get_float32_matmul_precision() == "medium"
    finally:
        torch.set_float32_matmul_precision("highest")


def test_facts_that_nobody_gave_are_nan() -> None:
    batch = Batch.of(torch.zeros(2, 1, 4))
    assert batch.rate_hz.isnan().all()
    assert batch.orders.shape == (2, 4)
    assert batch.orders.isnan().all()
