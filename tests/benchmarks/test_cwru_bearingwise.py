"""Every claim on H1 rests on this benchmark: its truth, sides and baselines are held against other sources."""

import csv
import doctest
import importlib
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch
from scipy.stats import kurtosis, skew
from sklearn.metrics import roc_auc_score

from pipeline.catalog.row import Row
from pipeline.catalog.splitting.sides import Split
from pipeline.models.intake import Intake
from pipeline.preprocessing.base import Batch
from pipeline.training.heads import HeadConfig
from pipeline.training.window_set import WindowSet
from pipeline.windows import WindowConfig

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
SIGNALS = Path(__file__).parents[2] / "pipeline" / "catalog" / "corpora" / "cwru_bearingwise_signals.csv"
LABELS = ("ball", "inner_race", "outer_race")


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch):
    """A module of the folder `benchmarks` by name."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module


def made_up(protocol: ModuleType):
    """Forty signals of two windows each, labels dealt at random, every other signal tests."""
    rng = np.random.default_rng(0)
    targets = torch.tensor(rng.integers(0, 2, (40, 3)), dtype=torch.float32)
    rows = tuple(Row(str(place), f"{place}.wav") for place in range(40))
    batches = tuple(Batch.of(torch.zeros(2, 1, 8)) for _ in rows)
    windows = WindowSet(rows, batches, targets)
    owner = windows.signal_of_window
    train, test = ((owner % 2 == side).nonzero().flatten() for side in (0, 1))
    one = protocol.ProtocolSplit("seed 4 side DE", train, test, specimens=20)
    intake = Intake(rate_hz=None, window=WindowConfig(samples=8))
    return protocol.Protocol(windows, LABELS, "multilabel", intake, (one,), Split((), ()))


@pytest.mark.parametrize("name", ["honest.classic", "honest.figures", "cwru_bearingwise"])
def test_examples_of_the_benchmark_run(module, name: str):
    found = doctest.testmod(module(name))
    assert found.attempted
    assert not found.failed


def test_scores_that_are_the_truth_get_100_and_their_opposite_0(module):
    setting = made_up(module("honest.protocol"))
    figures, scorers = module("honest.figures"), module("honest.scorers")
    truth = setting.windows.window_targets
    found = [figures.scored(setting, setting.splits[0], scorers.fixed(scores)) for scores in (truth, -truth, 0 * truth)]
    assert [(one.windows, one.recordings) for one in found] == [(100, 100), (0, 0), (50, 50)]


def test_a_head_learns_from_the_training_side_only(module):
    """A feature that tells the truth of the windows that test, and noise to those that train, is worth nothing."""
    setting = made_up(module("honest.protocol"))
    figures, scorers = module("honest.figures"), module("honest.scorers")
    truth = setting.windows.window_targets
    one = setting.splits[0]
    helpful, treacherous = truth.clone(), truth.clone()
    treacherous[one.train] = 1 - truth[one.train]
    config = HeadConfig()
    for features, expected in ((helpful, 100), (treacherous, 0)):
        for scorer in (scorers.head(features, truth, config), scorers.forest(features, truth)):
            assert figures.scored(setting, one, scorer).windows == expected


def test_time_statistics_are_those_of_scipy(module):
    samples = np.random.default_rng(1).gamma(2.0, size=4000)
    samples -= samples.mean()
    rms = np.sqrt(np.mean(samples**2))
    wanted = [rms, np.ptp(samples), kurtosis(samples, fisher=False), skew(samples), np.abs(samples).max() / rms]
    found = module("honest.classic").time_statistics(torch.from_numpy(samples))
    np.testing.assert_allclose(found, wanted, rtol=1e-9)


def test_a_carrier_that_beats_at_the_inner_race_peaks_in_the_inner_races_first_cell(module):
    time_s = torch.arange(12000, dtype=torch.float64) / 12000
    speed_hz, orders = 29.95, (3.585, 5.415, 4.714, 0.398)
    beat = 1 + 0.5 * torch.cos(2 * torch.pi * orders[1] * speed_hz * time_s)
    samples = (beat * torch.cos(2 * torch.pi * 3000 * time_s)).float().reshape(1, 1, -1)
    peaks = module("honest.classic").envelope_peaks(Batch.of(samples, 12000.0, speed_hz, orders))
    assert int(peaks.argmax()) == 5  # after five harmonics of the outer race
    # The envelope swings by 0.5; its line lies 0.18 of a step beside one, where a step of 1 Hz reads sinc(0.18) of it.
    assert float(peaks.max()) == pytest.approx(0.5 * np.sinc(0.18), rel=0.01)


def test_targets_are_answered_on_all_splits_only(module):
    verdict = module("cwru_bearingwise").verdict
    both = (94.0, 96.0)
    assert verdict(both, (94.0, 96.0), complete=True)["reached"] == "reached"
    assert verdict(both, (93.99, 99.0), complete=True)["reached"] == "missed"
    assert verdict(both, (99.0, 95.99), complete=True)["reached"] == "missed"
    assert verdict(both[:1], (94.0, 0.0), complete=True)["reached"] == "reached"
    assert verdict(both, (99.0, 99.0), complete=False)["reached"] is None


def four_bearings_a_fault(protocol: ModuleType):
    """Two ends, each with four bearings of every fault and one healthy one, four recordings each."""
    labels = (*((fault,) for fault in LABELS for _ in range(4)), ())
    rows = tuple(
        Row(f"{end}{number}-{load}", f"{end}{number}-{load}.wav", specimen=f"{end}{number}", labels=found)
        for end in "ab"
        for number, found in enumerate(labels)
        for load in range(4)
    )
    targets = torch.tensor([[float(label in row.labels) for label in LABELS] for row in rows])
    windows = WindowSet(rows, tuple(Batch.of(torch.zeros(2, 1, 8)) for _ in rows), targets)
    owner = windows.signal_of_window
    end = torch.tensor([rows[signal].signal[0] == "b" for signal in owner.tolist()])
    one = protocol.ProtocolSplit("seed 4 side DE", (~end).nonzero().flatten(), end.nonzero().flatten(), specimens=13)
    intake = Intake(rate_hz=None, window=WindowConfig(samples=8))
    return protocol.Protocol(windows, LABELS, "multilabel", intake, (one,), Split((), ()))


def test_a_nested_choice_tests_every_training_bearing_once_and_no_other(module):
    setting = four_bearings_a_fault(module("honest.protocol"))
    (one,) = setting.splits
    folds = module("honest.nested").inner_folds(setting, one, n_folds=4)
    assert sorted(torch.cat([fold.test for fold in folds]).tolist()) == one.train.tolist()
    owner = setting.windows.signal_of_window
    for fold in folds:
        assert not set(fold.train.tolist()) & set(fold.test.tolist())
        parts = [{setting.windows.rows[owner[place]].specimen for place in side} for side in (fold.train, fold.test)]
        assert parts[0] & parts[1] == {"a12"}  # the one healthy bearing; its recordings are apart
        truth = setting.windows.window_targets[fold.test]
        assert truth.sum(dim=0).tolist() == [8, 8, 8]
        assert int((truth.sum(dim=1) == 0).sum()) == 2


def test_a_nested_choice_takes_what_is_best_in_training_though_another_tests_better(module):
    setting = four_bearings_a_fault(module("honest.protocol"))
    (one,) = setting.splits
    figures, scorers = module("honest.figures"), module("honest.scorers")
    truth = setting.windows.window_targets
    good, bad = truth.clone(), truth.clone()
    good[one.test], bad[one.train] = -truth[one.test], -truth[one.train]
    methods = {"good in training": scorers.fixed(good), "good in the test": scorers.fixed(bad)}
    found = {name: [figures.scored(setting, one, scorer)] for name, scorer in methods.items()}
    made, chosen = module("honest.nested").nested_choice(setting, methods, found)
    assert dict(chosen) == {"good in training": 1}
    assert [score.windows for score in made] == [0.0]


def test_a_bearing_is_ranked_against_windows_without_its_fault(module):
    setting = four_bearings_a_fault(module("honest.protocol"))
    (one,) = setting.splits
    scores = np.random.default_rng(0).normal(size=(len(one.test), 3))
    found = module("honest.figures").of_bearings(setting, one, scores)
    assert sorted(found) == sorted(f"b{number}" for number in range(12))
    truth = setting.windows.window_targets[one.test].numpy()
    own = np.array(
        [setting.windows.rows[signal].specimen == "b5" for signal in setting.windows.signal_of_window[one.test]]
    )
    chosen = own | (truth[:, 1] == 0)
    assert found["b5"] == pytest.approx(100 * roc_auc_score(own[chosen], scores[chosen, 1]))


def test_windows_truth_and_speeds_are_those_of_the_published_table(module, real_data: Path):
    with SIGNALS.open(newline="") as file:
        table = {f"{line['file']}/{line['channel']}": line for line in csv.DictReader(file)}
    setting = module("honest.h1").h1(n_splits=2, per_signal=1)
    assert {row.signal for row in setting.windows.rows} == set(table)
    for row, truth, batch in zip(setting.windows.rows, setting.windows.targets, setting.windows.batches, strict=True):
        line = table[row.signal]
        assert truth.tolist() == [float(line[fault]) for fault in ("ball", "inner", "outer")]
        assert float(batch.speed_hz[0]) == pytest.approx(float(line["rpm_nominal"]) / 60)
        assert batch.values.shape == (1, 1, 12000)
    for one in setting.splits:
        assert (len(one.train), len(one.test)) == (72, 36)
        specimens = [{setting.windows.rows[place].specimen for place in side} for side in (one.train, one.test)]
        assert not specimens[0] & specimens[1]
