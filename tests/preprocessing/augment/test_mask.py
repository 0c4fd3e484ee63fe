import pytest
import torch

from pipeline.preprocessing.augment.mask import Mask, MaskConfig, mask
from pipeline.preprocessing.base import Batch, Setting


def hidden(config: MaskConfig, count: int = 400, rows: int = 12, columns: int = 20) -> torch.Tensor:
    """Which places of so many images are hidden, true or false: (image, row, column)."""
    torch.manual_seed(0)
    stage = Mask(config, Setting(None, 8)).train()
    after = stage(Batch.of(torch.ones(count, 2, rows, columns))).values
    assert torch.equal(after[:, 0], after[:, 1])
    assert set(after.unique().tolist()) <= {1.0, -9.0}
    return after[:, 0] == -9.0


def test_bands_of_rows_are_as_wide_as_asked_and_lie_everywhere() -> None:
    found = hidden(MaskConfig(rows=0.25, columns=0.0, fill=-9.0))
    assert (found.all(dim=2) == found.any(dim=2)).all()  # whole rows
    per_image = found.any(dim=2)
    assert set(per_image.sum(dim=1).tolist()) == {0, 1, 2, 3}
    assert per_image.any(dim=0).all()
    # One band: where a row is hidden and the next is not, once at most.
    ends = (per_image[:, :-1] & ~per_image[:, 1:]).sum(dim=1) + per_image[:, -1].long()
    assert int(ends.max()) == 1


def test_columns_are_hidden_likewise_and_several_bands_may_be() -> None:
    found = hidden(MaskConfig(rows=0.0, columns=0.1, bands=3, fill=-9.0))
    per_image = found.any(dim=1)
    assert (found.all(dim=1) == per_image).all()
    assert int(per_image.sum(dim=1).max()) == 6
    ends = (per_image[:, :-1] & ~per_image[:, 1:]).sum(dim=1) + per_image[:, -1].long()
    assert int(ends.max()) == 3


def test_widths_are_drawn_evenly() -> None:
    widths = hidden(MaskConfig(rows=0.25, columns=0.0, fill=-9.0), count=4000).any(dim=2).sum(dim=1)
    assert torch.bincount(widths).min() > 880  # of 1000 expected, with a deviation of 27


def test_hidden_places_show_the_images_mean_and_others_stay() -> None:
    image = torch.randn(3, 2, 5, 7, generator=torch.Generator().manual_seed(0))
    rows, columns = torch.zeros(3, 5, dtype=torch.bool), torch.zeros(3, 7, dtype=torch.bool)
    rows[0, 2], columns[1, 6] = True, True
    after = mask(image, rows, columns)
    assert after[0, :, 2].flatten().tolist() == pytest.approx([float(image[0].mean())] * 14, abs=1e-6)
    assert after[1, :, :, 6].flatten().tolist() == pytest.approx([float(image[1].mean())] * 10, abs=1e-6)
    assert torch.equal(after[2], image[2])
    assert torch.equal(after[0, :, :2], image[0, :, :2])


def test_a_small_share_of_few_carriers_still_hides_one() -> None:
    assert set(hidden(MaskConfig(rows=0.01, columns=0.0, fill=-9.0)).any(dim=2).sum(dim=1).tolist()) == {0, 1}


def test_everything_may_be_hidden() -> None:
    assert hidden(MaskConfig(rows=1.0, columns=0.0, fill=-9.0)).all(dim=(1, 2)).any()
