import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import StageError
from pipeline.preprocessing.base import Batch, Setting
from pipeline.preprocessing.chain import Chain, StageSpec
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


def knocking_once_per_turn(speed_hz: float, rate_hz: float = 12000.0, n_samples: int = 12000) -> torch.Tensor:
    """A wheel with one bad tooth: it knocks at a third of every turn, and the case rings at 1500 Hz."""
    turns = torch.arange(n_samples, dtype=torch.float64) / rate_hz * speed_hz
    since_s = ((turns - 1 / 3) % 1) / speed_hz
    return (torch.exp(-1200 * since_s) * torch.sin(2 * math.pi * 1500 * since_s)).float()


@pytest.mark.parametrize("stages", [
    [{"fold": {"rows": 18, "columns": 240, "per_turn": True}}],
    [{"order": {"turns": 18, "samples_per_turn": 240}}, "fold"],
])  # fmt: skip
def test_a_knock_once_per_turn_is_an_upright_line_at_every_speed(stages: list[StageSpec]) -> None:
    speeds_hz = [20.7, 24.35, 30.0, 38.9]
    chain = Chain(stages, Setting(12000.0, 12000))
    batch = Batch.of(torch.stack([knocking_once_per_turn(each) for each in speeds_hz])[:, None], 12000.0)
    images = chain(batch._replace(speed_hz=torch.tensor(speeds_hz))).values[:, 0]
    assert images.shape == (4, 18, 240)
    strongest = images.square().argmax(dim=-1)
    # A quarter period of the ringing after a third of a turn: 0.17 ms, 0.8 to 1.6 columns.
    assert set(strongest.flatten().tolist()) <= {80, 81, 82}
    for image in images:
        lit = image[:, 78:100].square().sum() / image.square().sum()
        assert float(lit) > 0.95
    assert (chain.needs, chain.fewest_turns) == ({"rate_hz", "speed_hz"}, 18.0)


def test_a_plain_fold_slants_the_same_knock() -> None:
    image = fold(knocking_once_per_turn(24.35), rows=24, columns=480)
    columns = image.square().argmax(dim=-1)
    assert len(set(columns.tolist())) > 10


def test_rows_per_turn_are_turns_and_columns_parts_of_one() -> None:
    fold_per_turn = Fold(FoldConfig(rows=10, columns=64, per_turn=True), Setting(12000.0, 12000))
    after_order = Fold(FoldConfig(), Setting(None, 640, samples_per_turn=64))
    for axes in (fold_per_turn.axes(), after_order.axes()):
        assert axes.rows.values == tuple(range(10))
        assert axes.columns.values[32] == 0.5
        assert (axes.columns.name, axes.columns.unit) == ("angle", "turns")
    assert fold_per_turn.axes().rows.name == "turn"


def test_a_fold_told_nothing_is_a_square() -> None:
    assert Fold(FoldConfig(), Setting(None, 60000))(Batch.of(torch.zeros(1, 1, 60000))).values.shape == (1, 1, 224, 224)


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        (Setting(None, 600), "per_turn needs the sampling rate; give rate_hz"),
        (Setting(None, 640, samples_per_turn=64), "a turn has 64 samples, got columns 50; leave columns out"),
    ],
)
def test_turns_that_cannot_be_told_are_refused(setting: Setting, said: str) -> None:
    with pytest.raises(StageError, match=said):
        Fold(FoldConfig(columns=50, per_turn=True), setting)
