"""Baselines under the same splits: order features against physics, MiniRocket's environment, draws of gear records."""

import doctest
import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.row import Row
from pipeline.catalog.splitting.split import Split
from pipeline.preprocessing.base import Batch
from pipeline.signals.simulation.gear_states import RATE_HZ, Run, gear_record, pinion_of
from pipeline.training.window_set import WindowSet

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
ORDERS = (3.585, 5.415, 4.714, 0.398)
SPEED_HZ = 29.95


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch):
    """A module of the folder `benchmarks` by name."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module


NAMES = ["honest.order_features", "honest.minirocket", "minirocket_worker"]


@pytest.mark.parametrize("name", NAMES)
def test_examples_of_the_baselines_run(module, name: str):
    found = doctest.testmod(module(name))
    assert found.attempted
    assert not found.failed


def knocking(order: float, rate_hz: float = 12000.0, seed: int = 0) -> Batch:
    """A second of impacts at an order of the shaft, slipping by 1 %, that ring at 3 kHz, in noise.

    Without slip they would be even lines, which whitening takes away as it does a shaft's.
    """
    rng = np.random.default_rng(seed)
    time_s = np.arange(round(rate_hz)) / rate_hz
    times = np.cumsum((1 + 0.01 * rng.standard_normal(400)) / (order * SPEED_HZ))
    since = time_s - np.concatenate([[0.0], times])[np.searchsorted(times, time_s, side="right")]
    samples = np.exp(-since * 2000) * np.sin(2 * np.pi * 3000 * since) + 0.1 * rng.standard_normal(time_s.size)
    return Batch.of(torch.from_numpy(samples).float().reshape(1, 1, -1), rate_hz, SPEED_HZ, ORDERS)


@pytest.mark.parametrize("family", range(3))
def test_impacts_at_a_faults_order_stand_out_in_that_faults_five_numbers(module, family: int):
    peaks = module("honest.order_features").log_envelope_peaks(knocking(ORDERS[family])).reshape(3, 5)
    assert peaks.shape == (3, 5)
    assert int(peaks.mean(dim=1).argmax()) == family
    others = [place for place in range(3) if place != family]
    # Of the first harmonics: 3 BPFO and 2 BPFI lie within the slip of one another.
    assert peaks[family, 0] > peaks[others, 0].max() + 1


def test_order_features_are_free_of_level(module):
    features = module("honest.order_features").log_envelope_peaks
    quiet, loud = knocking(3.585), knocking(3.585)
    torch.testing.assert_close(features(quiet), features(loud._replace(values=100 * loud.values)), atol=1e-3, rtol=0)


def test_a_line_is_found_within_the_slip_and_not_beyond_it(module):
    features = module("honest.order_features").log_envelope_peaks
    within, beyond = (features(knocking(3.585 * (1 + slip)))[0, 0] for slip in (0.01, 0.06))
    assert within > beyond + 1


def gear_batch(state: str, speed_hz: float = 30.0) -> Batch:
    run = Run(speed_hz, 1.0, 0.3)
    records = [gear_record(pinion_of(state, 1), run, np.random.default_rng(seed)) for seed in range(6)]
    samples = torch.from_numpy(np.stack(records)).float()[:, None]
    return Batch.of(samples, RATE_HZ, speed_hz, (float("nan"),) * 4)


def test_a_missing_tooth_stands_out_in_the_turns_of_the_pinion(module):
    turns = {
        state: module("honest.order_features").gear_orders(gear_batch(state))[:, 12:].mean()
        for state in ("healthy", "missing_tooth")
    }
    assert turns["missing_tooth"] > turns["healthy"] + 0.5


def test_side_bands_are_read_against_the_mesh_and_grow_with_modulation(module):
    """A mesh of one tone, modulated by m once a turn, has side bands of m / 2 a turn away, and none further out."""
    time_s = torch.arange(3600) / RATE_HZ

    def bands(depth: float) -> torch.Tensor:
        turn = 2 * torch.pi * 30 * time_s
        samples = (1 + depth * torch.cos(turn)) * torch.cos(32 * turn) + 1e-4 * torch.randn(3600)
        batch = Batch.of(samples.reshape(1, 1, -1).float(), RATE_HZ, 30.0, (float("nan"),) * 4)
        return module("honest.order_features").gear_orders(batch)[0, :4]

    torch.manual_seed(0)
    assert float(bands(0.5)[0]) == pytest.approx(np.log(0.25), abs=0.15)
    assert float(bands(0.5)[1]) < -4
    assert float(bands(0.1)[0]) == pytest.approx(np.log(0.05), abs=0.25)


# Draws of gear records


def setting_of(module: Any, sets: int) -> Any:
    """Nine states, ten records of each pinion, one window a record; the window says nothing."""
    rows = tuple(
        Row(
            f"{number}/{state}/{record}", "x.mat", specimen=f"{state} of set {number}", labels=(f"s{state}",),
            condition={"gears": number, "record": 10 * state + record},
        )
        for number in range(1, sets + 1) for state in range(9) for record in range(10)
    )  # fmt: skip
    targets = torch.eye(9)[[int(row.labels[0][1:]) for row in rows]]
    windows = WindowSet(rows, tuple(Batch.of(torch.zeros(1, 1, 8)) for _ in rows), targets)
    labels = tuple(f"s{state}" for state in range(9))
    return module("honest.protocol").Protocol(windows, labels, "multiclass", None, (), Split(rows, ()))


def parts(setting: Any, places: torch.Tensor) -> set[str]:
    return {setting.windows.rows[int(place)].specimen for place in places}


@pytest.mark.parametrize("number", range(3))
@pytest.mark.parametrize("pinions", [1, 2])
def test_other_pinions_were_never_heard_and_same_ones_were(module, pinions: int, number: int):
    setting = setting_of(module, sets=3)
    one = module("honest.gear").draw(setting, 0.4, pinions, number)
    assert len(one.train) == 9 * pinions * 4
    assert parts(setting, one.same) == parts(setting, one.train)
    assert len(parts(setting, one.train)) == 9 * pinions
    assert not parts(setting, one.other) & parts(setting, one.train)
    assert (len(one.same), len(one.other)) == (9 * pinions * 2, 9 * 2)
    assert not set(one.train.tolist()) & set(one.same.tolist())


def test_a_greater_share_holds_the_smaller_one_and_the_tests_stay(module):
    setting, draw = setting_of(module, sets=3), module("honest.gear").draw
    few, many = (draw(setting, share, 1, number=0) for share in (0.1, 0.8))
    assert set(few.train.tolist()) < set(many.train.tolist())
    assert few.same.tolist() == many.same.tolist()
    assert few.other.tolist() == many.other.tolist()
    assert len(draw(setting, 0.02, 1, number=0).train) == 9  # one of each state at least


def test_with_one_pinion_a_state_there_is_no_other_to_test_on(module):
    setting, gear = setting_of(module, sets=1), module("honest.gear")
    one = gear.draw(setting, 0.4, 1, 0)
    assert len(one.other) == 0
    truth = setting.windows.window_targets
    found = gear.answers(setting, one, lambda train, test: truth[test].numpy())
    assert set(found) == {"same"}
    assert found["same"]["accuracy"] == 100


def test_a_method_that_knows_parts_by_heart_is_right_on_the_same_and_lost_on_others(module):
    """A feature that names the part: what memorising is worth, and why both tests stand side by side."""
    setting, gear = setting_of(module, sets=3), module("honest.gear")
    names = sorted({row.specimen for row in setting.windows.rows})
    feature = torch.eye(len(names))[[names.index(row.specimen) for row in setting.windows.rows]]
    truth = setting.windows.window_targets

    def by_heart(train: torch.Tensor, test: torch.Tensor) -> np.ndarray:
        return (feature[test] @ (feature[train].T @ truth[train])).numpy()

    found = gear.answers(setting, gear.draw(setting, 0.8, 2, 0), by_heart)
    assert found["same"]["accuracy"] == 100
    assert found["other"]["accuracy"] <= 12


def test_every_record_of_a_file_is_read_at_once_and_is_its_own(module, tmp_path: Path):
    from scipy.io import savemat

    matrix = np.random.default_rng(0).standard_normal((3600, 936)).astype(np.float32)
    (tmp_path / "uconn_gear").mkdir()
    savemat(tmp_path / "uconn_gear" / "DataForClassification_TimeDomain.mat", {"AccTimeDomain": matrix})
    corpora = importlib.import_module("pipeline.catalog.corpora")
    rows = corpora.load_corpus("uconn_gear", tmp_path).rows
    catalog = Catalog((rows[500], rows[3], rows[935]), tmp_path)
    found = module("honest.gear").signals_of(catalog)
    for row, column in zip(catalog, (500, 3, 935), strict=True):
        assert np.array_equal(found[row.signal].samples[0], matrix[:, column])


# MiniRocket


FAKE_WORKER = """
import sys
import numpy as np
windows = np.load(sys.argv[1])
np.save(sys.argv[2], np.stack([windows.max(axis=1), windows.min(axis=1)], axis=1).astype("float32"))
"""


@pytest.fixture
def rocket(module, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The module with a worker that computes two numbers, in this very environment."""
    found: ModuleType = module("honest.minirocket")
    (tmp_path / "worker.py").write_text(FAKE_WORKER)
    monkeypatch.setattr(found, "WORKER", tmp_path / "worker.py")
    monkeypatch.setattr(found.AeonEnvironment, "worker_python", lambda self: Path(sys.executable))
    return found


def test_numbers_come_from_another_process_and_are_kept(rocket: ModuleType, monkeypatch: pytest.MonkeyPatch):
    windows = np.random.default_rng(0).standard_normal((5, 40)).astype(np.float32)
    first = rocket.numbers_of(windows)
    np.testing.assert_array_equal(first.numpy(), np.stack([windows.max(axis=1), windows.min(axis=1)], axis=1))
    monkeypatch.setattr(rocket, "computed", lambda *_: pytest.fail("computed twice"))
    assert torch.equal(rocket.numbers_of(windows), first)
    with pytest.raises(pytest.fail.Exception):
        rocket.numbers_of(windows + 1)


def test_a_worker_that_fails_is_one_line(rocket: ModuleType):
    rocket.WORKER.write_text("raise ValueError('too short a window')")
    with pytest.raises(rocket.PeerError, match="aeon failed: ValueError: too short a window") as caught:
        rocket.numbers_of(np.zeros((2, 8), dtype=np.float32))
    assert "\n" not in str(caught.value)


def test_aeon_that_cannot_be_had_is_one_line(module, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    found = module("honest.minirocket")

    def refuses(command: list[str], **_: Any) -> None:
        if "venv" in command:
            (tmp_path / "aeon" / "bin").mkdir(parents=True)
            (tmp_path / "aeon" / "bin" / "python").touch()
        else:
            raise subprocess.CalledProcessError(1, command, stderr="WARNING: x\nERROR: No matching distribution")

    monkeypatch.setattr(subprocess, "run", refuses)
    environment = found.AeonEnvironment(tmp_path / "aeon", found.CONSTRAINTS)
    with pytest.raises(found.PeerError, match="aeon: cannot be installed: ERROR: No matching distribution"):
        environment.worker_python()


def test_its_ridge_learns_from_the_training_side_only(module):
    """A number that tells the truth of windows that test, and its opposite of those that train, misleads."""
    rng = np.random.default_rng(0)
    truth = torch.tensor(rng.integers(0, 2, (60, 3)), dtype=torch.float32)
    train, test = torch.arange(40), torch.arange(40, 60)
    treacherous = truth.clone()
    treacherous[train] = 1 - truth[train]
    for features, sign in ((truth, 1), (treacherous, -1)):
        scores = module("honest.minirocket").ridge_by_leaving_one_out(features, truth)(train, test)
        assert scores.shape == (20, 3)
        assert ((sign * scores > 0) == (truth[test].numpy() > 0.5)).all()


def test_the_pins_name_the_package(module):
    found = module("honest.minirocket")
    assert any(line.startswith(f"{found.PEER}==") for line in found.CONSTRAINTS.read_text().splitlines())
