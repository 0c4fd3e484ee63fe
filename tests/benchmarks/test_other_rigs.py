"""H3, H4 and H5 are what their protocols say: sizes, sides, halves in time; a model with other windows is refused."""

import doctest
import importlib
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from pipeline.catalog.row import Row
from pipeline.catalog.splitting.split import Split
from pipeline.models.intake import Intake
from pipeline.preprocessing.base import Batch
from pipeline.training.window_set import WindowSet
from pipeline.windows import WindowConfig

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch):
    """A module of the folder `benchmarks` by name."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module


def made_up(protocol: ModuleType, n_channels: int = 1):
    """Twenty recordings of three windows each, two labels in turn, every fourth and fifth tests."""
    draw = torch.Generator().manual_seed(0)
    rows = tuple(Row(str(place), f"{place}.wav", specimen=str(place)) for place in range(20))
    batches = tuple(Batch.of(torch.randn(3, n_channels, 64, generator=draw)) for _ in rows)
    targets = torch.tensor([[1.0, 0.0], [0.0, 1.0]]).repeat(10, 1)
    windows = WindowSet(rows, batches, targets)
    owner = windows.signal_of_window
    train, test = ((owner % 4 < 2) == side for side in (True, False))
    one = protocol.ProtocolSplit("some", train.nonzero().flatten(), test.nonzero().flatten(), 10, ("same part",))
    intake = Intake(rate_hz=None, window=WindowConfig(samples=64))
    return protocol.Protocol(windows, ("ball", "inner_race"), "multilabel", intake, (one,), Split((), ()))


@pytest.mark.parametrize("name", ["honest.answers", "honest.one_window_set", "honest.unchanged"])
def test_examples_of_the_rigs_run(module, name: str):
    found = doctest.testmod(module(name))
    assert found.attempted
    assert not found.failed


def test_scores_that_are_the_truth_are_right_always_their_opposite_never_and_a_constant_by_chance(module):
    setting = made_up(module("honest.protocol"))
    answers, scorers = module("honest.answers"), module("honest.scorers")
    truth = setting.windows.window_targets
    found = [answers.answered(setting, setting.splits[0], scorers.fixed(x)) for x in (truth, 1 - truth, 0 * truth)]
    assert [one.macro_auroc for one in found] == [100, 0, 50]
    assert [one.accuracy for one in found] == [100, 0, 50]
    assert [one.n for one in found] == [30, 30, 30]


def test_healthy_windows_do_not_count_for_accuracy(module):
    right = module("honest.answers").right
    scores, truth = np.array([[2.0, 1.0], [1.0, 2.0], [9.0, 0.0]]), np.array([[1, 0], [0, 1], [0, 0]])
    assert right(scores, truth, [0, 1]) == 100


def test_windows_of_a_whole_recording_and_of_its_halves_are_found(module):
    one_set, row = module("honest.one_window_set"), Row("a", "a.wav", n_samples=10)
    windows = WindowSet((row.part(0, 5), row.part(5, 10)), (Batch.of(torch.zeros(2, 1, 2)),) * 2, torch.zeros(2, 1))
    assert one_set.places_of([row], windows).tolist() == [0, 1, 2, 3]
    assert one_set.places_of([row.part(5, 10)], windows).tolist() == [2, 3]


def test_four_channels_of_a_recording_become_one_window_in_their_order(module):
    gearbox = module("honest.gearbox")
    rows = tuple(Row(f"{file}/a{number}", f"{file}.csv") for file in "hb" for number in (1, 2))
    batches = tuple(Batch.of(torch.full((3, 1, 8), float(place))) for place in range(4))
    made = gearbox.all_channels(WindowSet(rows, batches, torch.tensor([[0.0], [0.0], [1.0], [1.0]])))
    assert [row.source for row in made.rows] == ["b.csv", "h.csv"]
    assert made.targets.flatten().tolist() == [1, 0]
    assert [batch.values[:, :, 0].tolist()[0] for batch in made.batches] == [[2, 3], [0, 1]]
    assert [channel.batches[0].values.shape for channel in gearbox.each_channel(made)] == [(3, 1, 8)] * 2


def test_few_windows_train_and_noise_tests_while_all_else_stays(module):
    gearbox, setting = module("honest.gearbox"), made_up(module("honest.protocol"), n_channels=2)
    (fewer,) = gearbox.first_windows(setting, 1).splits
    assert len(fewer.train) == 10
    assert set(fewer.train.tolist()) < set(setting.splits[0].train.tolist())
    assert fewer.test.equal(setting.splits[0].test)
    noisy = gearbox.noisy_tests(setting, (10.0, 0.0))
    values = noisy.windows.all_windows().values
    for one, snr_db in zip(noisy.splits, (10.0, 0.0), strict=True):
        assert one.train.equal(setting.splits[0].train)
        clean, heard = values[setting.splits[0].test], values[one.test]
        power = clean.var(dim=-1, correction=0) / (heard - clean).square().mean(dim=-1)
        torch.testing.assert_close(10 * power.log10(), torch.full_like(power, snr_db), atol=0.5, rtol=0)


def test_a_model_with_other_windows_or_too_few_turns_is_refused(module):
    unchanged, setting = module("honest.unchanged"), made_up(module("honest.protocol"))
    error = module("pipeline.errors").ConfigError
    with pytest.raises(error, match="windows of 32 samples"):
        unchanged.refuse_other_windows(Intake(rate_hz=None, window=WindowConfig(samples=32)), setting)
    slow = tuple(Batch.of(batch.values, 64.0, 5.0) for batch in setting.windows.batches)
    assert unchanged.fewest_turns(WindowSet(setting.windows.rows, slow, setting.windows.targets), 64) == 5.0


def specimens(setting, places: torch.Tensor) -> set[str]:
    return {setting.windows.rows[signal].specimen for signal in setting.windows.signal_of_window[places].tolist()}


def test_h3_leaves_each_load_out_with_both_gears_on_both_sides(module, real_data: Path):
    setting = module("honest.gearbox").gearbox()
    assert setting.labels == ("gear_tooth", "healthy")
    assert [(one.name, len(one.train), len(one.test)) for one in setting.splits] == [
        ("load out: 0", 50, 42),
        ("load out: 50", 42, 50),
    ]
    for one in setting.splits:
        assert not set(one.train.tolist()) & set(one.test.tolist())
        assert specimens(setting, one.train) == specimens(setting, one.test)
        assert one.stamps == ("same part",)
    assert setting.windows.batches[0].values.shape[1:] == (4, 4096)


def test_h4_has_three_severities_and_two_speeds_and_halves_in_time_that_do_not_meet(module, real_data: Path):
    setting = module("honest.hit_sm").hit_sm()
    sizes = {one.name: (len(one.train), len(one.test)) for one in setting.splits}
    assert sizes == {f"severity out: {arc}": (44, 24) for arc in (2, 5, 8)} | {
        f"speed out: {rpm}": (34, 34) for rpm in (600, 1200)
    }
    rows, owner = setting.windows.rows, setting.windows.signal_of_window
    for one in setting.splits:
        assert one.stamps == ("same part",)
        heard = [{(rows[at].signal, rows[at].span) for at in owner[side].tolist()} for side in (one.train, one.test)]
        for signal, (start, stop) in heard[0]:
            assert not any(other == signal and first < stop and start < last for other, (first, last) in heard[1])
        if one.name.startswith("severity"):
            assert specimens(setting, one.train) & specimens(setting, one.test) == {"HITSM-Normal"}
        else:
            speeds = [{rows[at].speed_rpm for at in owner[side].tolist()} for side in (one.train, one.test)]
            assert not speeds[0] & speeds[1]


def test_h5_trains_on_the_144_signals_of_h1_and_tests_on_machines_it_never_heard(module, real_data: Path):
    setting = module("honest.cross_machine").cross_machine(per_signal=1)
    rows, owner = setting.windows.rows, setting.windows.signal_of_window
    assert [one.name for one in setting.splits] == ["MFPT", "HIT-SM"]
    for one in setting.splits:
        assert len(one.train) == 144
        machines = [{rows[at].machine for at in owner[side].tolist()} for side in (one.train, one.test)]
        assert machines[0] == {"CWRU 2 hp motor rig"}
        assert len(machines[1]) == 1
        assert not machines[0] & machines[1]
        assert not specimens(setting, one.train) & specimens(setting, one.test)
        assert one.stamps == ()
