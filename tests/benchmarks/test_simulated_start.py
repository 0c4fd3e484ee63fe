"""Simulation as a start: every start is scored as what it is, and compared with its own twin."""

import doctest
import importlib
import json
import sys
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
LABELS = ("ball", "inner_race", "outer_race")
RANDOM, RANDOM_SIMULATED = 1, 3
"""Places among the starts of those that need no weights file."""


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch):
    """A module of the folder `benchmarks` by name."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module


@pytest.fixture
def rig(module):
    """Simulated recordings of bearings: two parts of each label train, one tests."""
    return module("honest.fleet").fleet(n_training=2, n_inbox=1, per_signal=1, of_labels=("healthy", *LABELS))


@pytest.mark.parametrize("name", ["honest.starts", "simulated_start"])
def test_examples_of_the_benchmark_run(module, name: str):
    found = doctest.testmod(module(name))
    assert found.attempted
    assert not found.failed


def test_a_taught_start_is_asked_as_it_was_taught_and_hands_on_what_it_learned(module, rig, tmp_path: Path):
    starts = module("honest.starts")
    learn, start = starts.school(64, tmp_path), starts.STARTS[RANDOM_SIMULATED]
    learned = learn(start)
    assert learn(start) is learned
    assert [path.name for path in tmp_path.iterdir()] == [learned.file.name]
    (branch,) = learned.classifier.branches
    for name, tensor in load_file(learned.file).items():
        assert torch.equal(tensor, branch.backbone.net.state_dict()[name])
    made = starts.as_taught(start, learn)(rig)
    everything = torch.arange(len(rig.windows.signal_of_window))
    scores = made.scorer(everything[:0], everything)
    with torch.inference_mode():
        logits = learned.classifier(rig.windows.all_windows()).numpy()
    # The classifier's labels are sorted, and so are the protocol's.
    assert rig.labels == LABELS
    torch.testing.assert_close(torch.from_numpy(scores), torch.from_numpy(logits), rtol=1e-4, atol=1e-4)
    assert made.columns == {"backbone": "squeezenet1_1", "weights": "random, simulated", "regime": None}


def test_frozen_nets_of_two_starts_see_differently_and_are_named_by_their_start(module, rig, tmp_path: Path):
    starts = module("honest.starts")
    learn, (one,) = starts.school(64, tmp_path), rig.splits
    told, scores = [], []
    for place in (RANDOM, RANDOM_SIMULATED):
        made = starts.frozen(starts.STARTS[place], learn)(rig)
        told.append((made.columns["weights"], made.columns["regime"]))
        scores.append(torch.from_numpy(made.scorer(one.train, one.test)))
    assert told == [("random", "head"), ("random, simulated", "head")]
    assert not torch.allclose(*scores, atol=0.05)


def test_without_labels_a_curve_begins_with_the_head_that_simulation_taught(module):
    script = module("simulated_start")
    same = {"start": "random, then simulation", "splits": 4}
    rows = [
        same | {"method": script.TAUGHT, "amount": script.NO_LABEL, "macro_auroc": 90.0},
        same | {"method": script.FROZEN, "amount": "18 windows", "macro_auroc": 92.0},
        {"start": None, "splits": 4, "method": script.READY, "amount": script.NO_LABEL, "macro_auroc": 96.0},
    ]
    ask = script.figure
    assert ask(rows, same["start"], script.FROZEN, script.NO_LABEL, 4) == 90.0
    assert ask(rows, same["start"], script.FROZEN, "18 windows", 4) == 92.0
    assert ask(rows, same["start"], script.FROZEN, "18 windows", 100) is None
    assert ask(rows, None, script.READY, script.NO_LABEL, 4) == 96.0


def test_gains_compare_a_start_with_its_own_twin_only(module):
    script = module("simulated_start")
    row = {"method": "frozen", "amount": "18 windows", "splits": 1, "macro_auroc": 80.0, "by_split": [80.0]}
    after = row | {"start": "ImageNet, then simulation", "macro_auroc": 85.0, "by_split": [85.0]}
    others = [
        row | {"start": "random"},
        row | {"start": "ImageNet", "amount": "72 windows"},
        row | {"start": "ImageNet", "splits": 4},
        row | {"start": "ImageNet", "method": "whole"},
    ]
    assert script.gains([*others, after]) == []
    assert script.gains([*others, row | {"start": "ImageNet"}, after]) == [
        "simulation over ImageNet: frozen, 18 windows: +5.00 (1 splits, better on 100 %)"
    ]


def test_the_figure_lies_beside_the_json_and_rows_without_splits_do_not_break_it(module, tmp_path: Path):
    script = module("simulated_start")
    ledger = module("honest.resumable").Resumable("simulated_start.py", tmp_path / "x.json")
    same = {"image": "fault_order", "macro_auroc": 90.0}
    ledger.once(same | {"method": script.MET, "start": "random, then simulation", "splits": None}, dict)
    for amount in script.AMOUNTS:
        ledger.once(same | {"method": script.FROZEN, "start": "random", "splits": 2, "amount": amount}, dict)
    script.draw(ledger, everything=2, few=1)
    with Image.open(tmp_path / "x.png") as picture:
        assert picture.size[0] > 1000


def test_a_script_without_recordings_says_so_and_leaves_a_json(module, tmp_path: Path, monkeypatch, capsys):
    path = tmp_path / "x.json"
    monkeypatch.setenv("FAULTPRINT_DATA", "")  # which the script sets, and monkeypatch puts back
    asked = ["--quick", "--json", str(path), "--data", str(tmp_path), "--threads", str(torch.get_num_threads())]
    monkeypatch.setattr(sys, "argv", ["simulated_start.py", *asked])
    module("simulated_start").main()
    assert "no rows" in capsys.readouterr().out
    assert json.loads(path.read_text())["rows"] == []


def test_real_labels_shrink_to_18_windows_of_h1_and_the_row_says_how_many(module, real_data: Path, tmp_path: Path):
    script, starts = module("simulated_start"), module("honest.starts")
    setting = module("honest.h1").h1(n_splits=2, per_signal=1)
    made = starts.frozen(starts.STARTS[RANDOM], starts.school(1, tmp_path))(setting)
    rows = [script.row(setting, script.AMOUNTS[name], 1, lambda: made) for name in script.TRAINED_ON]
    assert [(row["training_windows"], row["specimens"], row["splits"]) for row in rows] == [(18, 13, 1), (72, 13, 1)]
    assert all(len(row["by_split"]) == 1 for row in rows)
    # Nothing on H1 that reads this picture at all is at chance.
    assert all(row["macro_auroc"] > 60 for row in rows)
