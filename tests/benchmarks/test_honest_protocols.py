"""Splits that leak beside splits that do not, noise, little data, resumption: what benchmarks on CWRU rest on."""

import argparse
import doctest
import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from scipy.signal import welch

from pipeline.catalog.row import Row
from pipeline.catalog.splitting.sides import Split
from pipeline.models.intake import Intake
from pipeline.preprocessing.base import Batch
from pipeline.training.heads import HeadConfig
from pipeline.training.window_set import WindowSet
from pipeline.windows import WindowConfig

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
LABELS = ("ball", "inner_race", "outer_race")
LOADS, BEARINGS, WINDOWS = 4, 4, 5


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch):
    """A module of the folder `benchmarks` by name."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module


@pytest.fixture
def setting(module):
    """Four bearings per fault at four loads, five windows each; the first bearing of every fault tests."""
    rows, batches, targets = [], [], []
    rng = np.random.default_rng(0)
    for place in range(len(LABELS) * BEARINGS * LOADS):
        kind, bearing, load = place // (BEARINGS * LOADS), place // LOADS % BEARINGS, place % LOADS
        name = f"{LABELS[kind]}-{bearing}"
        rows.append(Row(f"{name}/{load}", f"{place}.wav", specimen=name, condition={"load_hp": load}))
        batches.append(Batch.of(torch.tensor(rng.normal(3.0, 1.0 + place, (WINDOWS, 1, 4000)), dtype=torch.float32)))
        targets.append([float(kind == label) for label in range(len(LABELS))])
    windows = WindowSet(tuple(rows), tuple(batches), torch.tensor(targets))
    tested = torch.tensor([row.specimen.endswith("-0") for row in rows])[windows.signal_of_window]
    protocol = module("honest.protocol")
    one = protocol.ProtocolSplit("by bearing", (~tested).nonzero().flatten(), tested.nonzero().flatten(), specimens=9)
    intake = Intake(rate_hz=None, window=WindowConfig(samples=4000))
    return protocol.Protocol(windows, LABELS, "multilabel", intake, (one,), Split((), ()))


def specimens(setting, places):
    """Names of the parts that some windows come from."""
    return {setting.windows.rows[signal].specimen for signal in setting.windows.signal_of_window[places].tolist()}


NAMES = ("resumable", "leaks", "noisy", "pictures", "worth")


@pytest.mark.parametrize("name", NAMES)
def test_examples_of_the_protocols_run(module, name: str):
    found = doctest.testmod(module(f"honest.{name}"))
    assert found.attempted
    assert not found.failed


def test_windows_dealt_at_random_are_the_same_ones_on_two_sides_of_the_same_sizes(module, setting):
    (honest,) = setting.splits
    leaky = module("honest.leaks").at_random(honest, 0, setting.windows)
    assert leaky.stamps == ("leaky",)
    assert (len(leaky.train), len(leaky.test)) == (len(honest.train), len(honest.test))
    assert sorted([*leaky.train.tolist(), *leaky.test.tolist()]) == list(
        range(len(LABELS) * BEARINGS * LOADS * WINDOWS)
    )
    assert specimens(setting, leaky.train) & specimens(setting, leaky.test)
    assert not specimens(setting, honest.train) & specimens(setting, honest.test)
    assert leaky.specimens == len(specimens(setting, leaky.train))


def test_a_random_deal_trains_on_both_sides_of_every_label(module, setting):
    """Five windows seldom hold three faults; no head can be solved where one is missing."""
    (honest,) = setting.splits
    few = type(honest)("few", honest.train[::40], honest.test, 3)
    for seed in range(20):
        train = module("honest.leaks").at_random(few, seed, setting.windows).train
        assert len(train) == len(few.train)
        assert (setting.windows.window_targets[train].sum(dim=0) > 0).all()


def test_a_load_left_out_tests_alone_and_the_same_bearings_train(module, setting):
    leaks = module("honest.leaks")
    made = leaks.load_twins(setting.splits * LOADS, setting.windows)
    for load, one in enumerate(made):
        loads = np.array([row.condition["load_hp"] for row in setting.windows.rows])[setting.windows.signal_of_window]
        assert set(loads[one.test]) == {load}
        assert set(loads[one.train]) == set(range(LOADS)) - {load}
        assert specimens(setting, one.train) == specimens(setting, one.test)
        assert one.stamps == ("same part",)


def test_a_load_that_no_signal_has_is_refused(module, setting):
    with pytest.raises(Exception, match="load 7 cannot be left out of by bearing"):
        module("honest.leaks").load_out(setting.splits[0], "7", setting.windows)


def test_knowing_bearings_by_heart_scores_100_where_windows_leak_and_nothing_on_new_bearings(module, setting):
    names = sorted({row.specimen for row in setting.windows.rows})
    by_heart = torch.eye(len(names))[[names.index(row.specimen) for row in setting.windows.rows]]
    features = by_heart[setting.windows.signal_of_window]
    scorer = module("honest.scorers").head(features, setting.windows.window_targets, HeadConfig())
    row = module("honest.three_ways").three_ways(setting, module("honest.methods").Made({}, scorer))
    assert row["macro_auroc"] == 50.0
    assert row["random_windows_leaky"] == row["load_out_same_part"] == 100.0
    assert row["random_over_honest"] == row["load_out_over_honest"] == 50.0
    assert set(row["by_split"]) == {"honest", "leaky", "same part"}


def test_noise_has_the_ratio_it_says_window_by_window_and_is_white(module, setting):
    noisy = module("honest.noisy")
    loud = noisy.with_noise(setting)
    clean, count = setting.windows, len(setting.windows.rows)
    assert all(
        torch.equal(a.values, b.values) for a, b in zip(clean.batches, loud.windows.batches[:count], strict=True)
    )
    for number, snr_db in enumerate(noisy.SNRS_DB, start=1):
        copies = loud.windows.batches[number * count : (number + 1) * count]
        before, after = (
            np.stack([batch.values.double().numpy() for batch in some]) for some in (clean.batches, copies)
        )
        added = after - before
        np.testing.assert_allclose(10 * np.log10(before.var(axis=-1) / added.var(axis=-1)), snr_db, atol=0.01)
        _, power = welch(added / added.std(axis=-1, keepdims=True), nperseg=64, detrend=False)
        # White noise of power 1 has 2 per cycle and sample, on one side.
        np.testing.assert_allclose(power.reshape(-1, power.shape[-1]).mean(axis=0)[1:-1], 2.0, rtol=0.05)


def test_no_two_noisy_copies_share_their_noise_and_each_is_the_same_again(module, setting):
    loud, again = (module("honest.noisy").with_noise(setting).windows.batches for _ in range(2))
    assert all(torch.equal(one.values, other.values) for one, other in zip(loud, again, strict=True))
    clean = setting.windows.batches
    added = [batch.values[0, 0] - clean[place % len(clean)].values[0, 0] for place, batch in enumerate(loud)]
    likeness = np.corrcoef(torch.stack(added[len(clean) :]).numpy()) - np.eye(len(loud) - len(clean))
    assert np.abs(likeness).max() < 0.2


def test_noisy_places_hold_the_same_signal_at_the_level_that_is_named(module, setting):
    noisy = module("honest.noisy")
    loud, places = noisy.with_noise(setting).windows, setting.splits[0].test
    for snr_db in noisy.SNRS_DB:
        moved = noisy.at_level(places, snr_db, len(setting.windows.signal_of_window))
        names = [[some.rows[signal].signal for signal in some.signal_of_window[at].tolist()] for some, at in
                 ((setting.windows, places), (loud, moved))]  # fmt: skip
        assert names[1] == [f"{name} at {snr_db:g} dB" for name in names[0]]
        assert torch.equal(loud.window_targets[moved], setting.windows.window_targets[places])


def test_scores_of_one_training_serve_every_part_that_was_asked_for(module, setting):
    """Half of the test side from one training equals asking for that half alone; the rest was never answered."""
    features = torch.randn(len(setting.windows.signal_of_window), 4, generator=torch.Generator().manual_seed(0))
    scorer = module("honest.scorers").head(features, setting.windows.window_targets, HeadConfig())
    (one,) = setting.splits
    told = module("honest.scored_once").scored_once(setting, one.train, one.test, scorer)
    half = one.test[::2]
    np.testing.assert_array_equal(told(one.train, half), scorer(one.train, half))
    assert np.isnan(told(one.train, one.train)).all()


@pytest.mark.parametrize(("per_signal", "load", "expected"), [(1, None, 36), (2, None, 72), (1, "0", 9), (5, "3", 45)])
def test_little_data_is_the_first_windows_of_training_signals_and_all_that_tests(
    module, setting, per_signal: int, load: str | None, expected: int
):
    amounts, (one,) = module("honest.amounts"), setting.splits
    less = amounts.reduced(one, amounts.Amount(per_signal, load), setting.windows)
    assert len(less.train) == expected
    assert set((less.train % WINDOWS).tolist()) == set(range(per_signal))
    assert set(less.train.tolist()) <= set(one.train.tolist())
    assert torch.equal(less.test, one.test)
    assert less.specimens == 9
    loads = {setting.windows.rows[signal].condition["load_hp"] for signal in (less.train // WINDOWS).tolist()}
    assert loads == (set(range(LOADS)) if load is None else {int(load)})


def test_a_subset_holds_the_windows_at_its_places_and_their_truth(module, setting):
    places = torch.tensor([0, 3, 7, 239])
    some = module("honest.finetuned").subset(setting.windows, places)
    assert torch.equal(some.all_windows().values, setting.windows.all_windows().values[places])
    assert torch.equal(some.window_targets, setting.windows.window_targets[places])
    assert [row.signal for row in some.rows] == ["ball-0/0", "ball-0/1", "outer_race-3/3"]


class Counted:
    """Rows that count how often they are computed, and break when told to."""

    def __init__(self, breaks_at: int | None = None) -> None:
        self.computed: list[int] = []
        self.breaks_at = breaks_at

    def run(self, ledger) -> None:
        for number in range(4):
            ledger.once({"method": f"m{number}", "parts": number}, lambda number=number: self.compute(number))
        ledger.finish()

    def compute(self, number: int) -> dict[str, object]:
        if number == self.breaks_at:
            raise KeyboardInterrupt
        self.computed.append(number)
        return {"macro_auroc": 50.0 + number, "by_split": {"honest": [number / 3]}}


@pytest.fixture
def resumable(module, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "argv", ["x.py", "--json", "x.json"])
    monkeypatch.setattr(module("ledger"), "commit", lambda: "c0ffee")
    return module("honest.resumable")


def test_a_broken_run_that_is_resumed_equals_an_unbroken_one_and_repeats_nothing(resumable, tmp_path, monkeypatch):
    whole, broken = tmp_path / "whole.json", tmp_path / "broken.json"
    Counted().run(resumable.Resumable("x.py", whole))
    with pytest.raises(KeyboardInterrupt):
        Counted(breaks_at=2).run(resumable.Resumable("x.py", broken))
    assert json.loads(broken.read_text())["finished"] is False
    monkeypatch.setattr(sys, "argv", ["x.py", "--resume", "--json", "x.json"])
    again = Counted()
    again.run(resumable.Resumable("x.py", broken, resume=True))
    assert again.computed == [2, 3]
    assert broken.read_text() == whole.read_text()


@pytest.mark.parametrize("change", ["commit", "command", "versions", "damage", "no flag"])
def test_rows_of_another_commit_or_command_are_not_taken_over(resumable, tmp_path, change: str):
    path = tmp_path / "x.json"
    Counted().run(resumable.Resumable("x.py", path))
    if change == "damage":
        path.write_text(path.read_text()[:-20])
    elif change != "no flag":
        path.write_text(json.dumps(json.loads(path.read_text()) | {change: "another"}))
    again = Counted()
    again.run(resumable.Resumable("x.py", path, resume=change != "no flag"))
    assert again.computed == [0, 1, 2, 3]


def test_figures_by_split_are_in_the_json_and_not_in_the_table(resumable, tmp_path, capsys):
    Counted().run(resumable.Resumable("x.py", tmp_path / "x.json"))
    assert "by_split" not in capsys.readouterr().out
    assert all("by_split" in row for row in json.loads((tmp_path / "x.json").read_text())["rows"])


def test_both_kinds_of_figures_are_drawn_beside_the_json(module, tmp_path):
    pictures = module("honest.pictures")
    path = pictures.beside(tmp_path / "leak.json")
    pictures.dots(path, ["honest", "LEAKY"], [("a", [60.0, 99.0]), ("b", [90.0, None])], "title")
    with Image.open(path) as picture:
        assert picture.size[0] > 800
        assert len(picture.convert("RGB").getcolors(1 << 20)) > 10
    panels = {"all": [pictures.Curve("a", [50.0, 60.0, None])], "one": [pictures.Curve("b", [70.0, 60.0, 50.0])]}
    pictures.curves(path, panels, ["1", "2", "5"], "windows", "title")
    with Image.open(path) as picture:
        assert picture.size[0] > 1000


@pytest.mark.parametrize("script", ["leak", "cwru_sizewise", "noise", "small_data"])
def test_a_script_without_recordings_says_so_and_leaves_a_json(module, tmp_path, monkeypatch, capsys, script: str):
    path = tmp_path / "x.json"
    monkeypatch.setenv("FAULTPRINT_DATA", "")  # which the script sets, and monkeypatch puts back
    asked = ["--quick", "--json", str(path), "--data", str(tmp_path), "--threads", str(torch.get_num_threads())]
    monkeypatch.setattr(sys, "argv", [f"{script}.py", *asked])
    module(script).main()
    assert "no rows" in capsys.readouterr().out
    assert json.loads(path.read_text())["rows"] == []


def test_sizewise_splits_leave_one_size_out_of_the_144_signals(module, real_data: Path):
    sizewise = module("honest.sizewise")
    setting = sizewise.h2(per_signal=1)
    assert (len(setting.windows.rows), len(setting.splits), setting.multiclass) == (144, 6, False)
    assert [sizewise.size_of(one) for one in setting.splits] == [7, 7, 14, 14, 21, 21]
    for one in setting.splits:
        assert (len(one.train), len(one.test), one.specimens, one.stamps) == (72, 36, 13, ())
        assert not specimens(setting, one.train) & specimens(setting, one.test)
        assert sizes(setting, one.test) == {sizewise.size_of(one)}
        assert sizes(setting, one.train) == {7, 14, 21} - {sizewise.size_of(one)}


def test_sizewise_on_faults_only_tells_three_classes_apart_at_the_faulty_end(module, real_data: Path):
    sizewise = module("honest.sizewise")
    setting = sizewise.h2(faults_only=True, per_signal=1)
    assert (len(setting.windows.rows), len(setting.splits), setting.labels) == (72, 3, LABELS)
    assert setting.multiclass
    for one in setting.splits:
        assert (len(one.train), len(one.test), one.specimens) == (48, 24, 12)
        assert torch.equal(setting.windows.window_targets[one.test].sum(dim=0), torch.full((3,), 8.0))
        assert sizes(setting, one.test) == {sizewise.size_of(one)}
        assert not specimens(setting, one.train) & specimens(setting, one.test)
    truth = setting.windows.window_targets
    fixed = module("honest.scorers").fixed
    right, wrong = (sizewise.with_accuracy(setting, setting.splits[0], fixed(scores)) for scores in (truth, -truth))
    assert (right.windows, right.recordings, right.scored.windows) == (100, 100, 100)
    assert (wrong.windows, wrong.recordings, wrong.scored.windows) == (0, 0, 0)


def sizes(setting, places) -> set[float]:
    """Fault sizes in mil of the recordings that some windows come from, healthy ends included."""
    return {
        setting.windows.rows[signal].condition["size_mil"]
        for signal in setting.windows.signal_of_window[places].tolist()
    }


def test_the_leak_pair_deals_the_windows_of_h1s_108_signals(module, real_data: Path):
    setting, leaks = module("honest.h1").h1(n_splits=4, per_signal=2), module("honest.leaks")
    random, loads = (twins(setting.splits, setting.windows) for twins in (leaks.random_twins, leaks.load_twins))
    for honest, dealt, out in zip(setting.splits, random, loads, strict=True):
        everything = sorted([*honest.train.tolist(), *honest.test.tolist()])
        assert len(everything) == 216
        assert (len(dealt.train), len(dealt.test), len(out.train), len(out.test)) == (144, 72, 162, 54)
        assert everything == sorted([*dealt.train.tolist(), *dealt.test.tolist()])
        assert everything == sorted([*out.train.tolist(), *out.test.tolist()])
        assert (honest.specimens, dealt.specimens, out.specimens) == (13, 20, 20)
        assert (honest.stamps, dealt.stamps, out.stamps) == ((), ("leaky",), ("same part",))


def test_little_data_on_h1_is_72_windows_of_all_loads_and_18_of_one(module, real_data: Path):
    setting, amounts = module("honest.h1").h1(n_splits=2, per_signal=2), module("honest.amounts")
    expected = {(1, None): 72, (2, None): 144, (1, "0"): 18, (2, "0"): 36}
    for (per_signal, load), count in expected.items():
        for one in setting.splits:
            less = amounts.reduced(one, amounts.Amount(per_signal, load), setting.windows)
            assert (len(less.train), len(less.test), less.specimens) == (count, 72, 13)
            assert not specimens(setting, less.train) & specimens(setting, less.test)


def test_words_that_no_row_holds_are_answered_with_the_rows_there_are(module) -> None:
    asked = module("honest.asked")
    method = module("honest.methods").Method("pixels, ridge", "stft", None, None, quick=False)
    options = argparse.Namespace(only="stft", quick=False)
    assert asked.chosen(options, [method]) == [method]
    with pytest.raises(SystemExit, match=r"'sftf' is in no row; there are: stft pixels, ridge"):
        asked.chosen(argparse.Namespace(only="sftf", quick=False), [method])
    with pytest.raises(SystemExit, match="in no row that --quick takes"):
        asked.chosen(argparse.Namespace(only="stft", quick=True), [method])
