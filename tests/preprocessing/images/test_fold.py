import torch
from hypothesis import given
from hypothesis import strategies as st

from pipeline.preprocessing.base import Batch, Setting
from pipeline.preprocessing.images.fold import Fold, FoldConfig, fold


@given(n_samples=st.integers(1, 200), rows=st.integers(1, 12), columns=st.integers(1, 12))
def test_a_fold_read_row_by_row_is_the_signal(n_samples: int, rows: int, columns: int) -> None:
    samples = torch.arange(1.0, n_samples + 1)
    flat = fold(samples, rows, columns).flatten()
    kept = min(n_samples, rows * columns)
    assert torch.equal(flat[:kept], samples[:kept])
    assert not flat[kept:].any()


def test_a_knock_once_per_row_stands_in_one_column() -> None:
    samples = (torch.arange(60) % 12 == 5).float()
    image = fold(samples, rows=5, columns=12)
    assert torch.equal(image, torch.eye(12)[5].expand(5, 12))


def test_a_vector_of_sensor_values_needs_no_rate() -> None:
    stage = Fold(FoldConfig(rows=2, columns=2), Setting(None, 4))
    assert stage.band_hz() is None
    assert stage.axes().columns.unit == "samples"
    assert stage(Batch.of(torch.tensor([[[1.0, 2, 3, 4]]]))).values.tolist() == [[[[1, 2], [3, 4]]]]


def test_rows_start_where_the_signal_has_come_to() -> None:
    axes = Fold(FoldConfig(rows=3, columns=50), Setting(100.0, 150)).axes()
    assert axes.rows.values == (0.0, 0.5, 1.0)
    assert axes.columns.values[-1] == 0.49
