"""The whole way, on tones: scan, split, train, evaluate, diagnose."""

import json
import os
from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
import yaml
from scipy.io import savemat, wavfile
from tiny import RATE_HZ, TONES_HZ, config, tone, write_config, write_recordings

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.scanning.scan import scan
from pipeline.config import RunConfig, load_config
from pipeline.errors import CatalogError, LeakError, RequestError
from pipeline.models.backbone import Backbone
from pipeline.models.features import FeatureCache
from pipeline.signals.recording import Recording
from pipeline.signals.signal import Signal
from pipeline.workflow.diagnose import diagnose, diagnoses
from pipeline.workflow.evaluate import evaluate
from pipeline.workflow.request.facts import checked_facts
from pipeline.workflow.request.model import load_model
from pipeline.workflow.train import train


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Recordings, their catalog, and a run on them."""
    folder = tmp_path_factory.mktemp("world")
    scan(write_recordings(folder / "recordings")).write(folder / "catalog.csv")
    train(load_config(write_config(folder / "tiny.yaml", folder / "catalog.csv")), folder / "run")
    return folder


def test_tones_never_heard_in_training_are_told_apart(world: Path) -> None:
    metrics = json.loads((world / "run" / "metrics.json").read_text())
    assert metrics["test"]["windows"]["accuracy"] == 100.0
    assert metrics["test"]["windows"]["majority"] < 50.0
    assert metrics["stamps"] == []


def test_a_run_folder_holds_what_a_rerun_needs(world: Path) -> None:
    run = world / "run"
    names = {path.name for path in run.iterdir()}
    wanted = {
        "config.yaml",
        "split.csv",
        "audit.json",
        "metrics.json",
        "history.csv",
        "figures",
        "environment.json",
        "model",
    }
    assert wanted <= names
    environment = json.loads((run / "environment.json").read_text())
    assert environment["versions"]["torch"]
    assert len(environment["data"]) == 12
    assert list((run / "figures").iterdir())


def test_the_config_a_run_leaves_gives_the_same_figures_again(world: Path, tmp_path: Path) -> None:
    again = train(load_config(world / "run" / "config.yaml"), tmp_path / "again")
    first = json.loads((world / "run" / "metrics.json").read_text())
    assert again["test"] == first["test"]


def test_the_config_a_run_leaves_finds_a_catalog_that_was_named_from_where_one_stood(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plant").mkdir()
    monkeypatch.chdir(tmp_path / "plant")
    scan(write_recordings(Path("recordings"))).write(Path("catalog.csv"))
    train(load_config(write_config(Path("tiny.yaml"), Path("catalog.csv"))), "runs/first")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plant").rename("moved")
    again = load_config("moved/runs/first/config.yaml")
    assert Path(again.data.catalog or "").samefile("moved/catalog.csv")
    assert train(again, "again")["test"] == json.loads(Path("moved/runs/first/metrics.json").read_text())["test"]
    assert train(again, "again", resume=True)["test"] is not None  # gone on with by the config that it was begun with


def test_no_specimen_is_on_both_sides_of_the_split_written(world: Path) -> None:
    lines = (world / "run" / "split.csv").read_text().splitlines()
    columns = lines[0].split(",")
    rows = [dict(zip(columns, line.split(","), strict=True)) for line in lines[1:]]
    sides = {side: {row["specimen"] for row in rows if row["side"] == side} for side in ("train", "test")}
    assert sides["train"]
    assert sides["test"]
    assert not sides["train"] & sides["test"]


def test_every_label_is_diagnosed_from_an_unseen_recording(world: Path, tmp_path: Path) -> None:
    for label in TONES_HZ:
        path = tmp_path / f"{label}.wav"
        wavfile.write(path, RATE_HZ, tone(label, seed=900))
        verdict = diagnose(world / "run" / "model", path)
        assert verdict.labels == (label,)
        assert verdict.windows == 4
        assert sum(verdict.probabilities.values()) == pytest.approx(1.0)
        assert str(verdict.verdict) == "UNCALIBRATED"


def test_one_recording_in_four_formats_gets_one_verdict(world: Path, tmp_path: Path) -> None:
    samples = tone("ball", seed=77)
    wavfile.write(tmp_path / "a.wav", RATE_HZ, samples)
    np.savetxt(tmp_path / "b.csv", samples, header="vibration", comments="", fmt="%.9g")
    savemat(tmp_path / "c.mat", {"x": samples[:, None]})
    with h5py.File(tmp_path / "d.mat", "w", userblock_size=512) as file:
        file.create_dataset("x", data=samples[None, :].astype("f8")).attrs["MATLAB_class"] = np.bytes_("double")
    header = b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM"
    with (tmp_path / "d.mat").open("r+b") as file:
        file.write(header)
    found = [diagnose(world / "run" / "model", path, rate_hz=RATE_HZ) for path in sorted(tmp_path.iterdir())]
    assert [verdict.reason for verdict in found] == [None] * 4
    assert {verdict.labels for verdict in found} == {("ball",)}
    for verdict in found:
        # Text and float32 round the samples differently in their last bit.
        assert verdict.probabilities == pytest.approx(found[0].probabilities, abs=1e-6)


def test_an_array_in_memory_gets_the_verdict_of_its_file(world: Path, tmp_path: Path) -> None:
    samples = tone("outer_race", seed=5)
    wavfile.write(tmp_path / "a.wav", RATE_HZ, samples)
    model = load_model(world / "run")
    from_file = diagnose(model, tmp_path / "a.wav")
    from_signal = diagnose(model, Signal(samples, rate_hz=float(RATE_HZ)))
    from_recording = diagnose(model, Recording(samples[None], ("x",), rate_hz=float(RATE_HZ)))
    assert from_file.probabilities == from_signal.probabilities == from_recording.probabilities


def test_a_side_file_states_what_a_csv_cannot(world: Path, tmp_path: Path) -> None:
    path = tmp_path / "pump.csv"
    np.savetxt(path, tone("ball", seed=3), fmt="%.6g")
    model = load_model(world / "run")
    assert "--rate-hz" in (diagnose(model, path).reason or "")
    path.with_name("pump.csv.yaml").write_text(yaml.safe_dump({"rate_hz": RATE_HZ, "speed_rpm": 900}))
    verdict = diagnose(model, path)
    assert verdict.labels == ("ball",)
    assert verdict.condition["speed_from"] == "side file"
    assert verdict.condition["seen_in_training"] is False


def test_a_flag_wins_over_a_side_file_and_the_difference_is_told(world: Path, tmp_path: Path) -> None:
    path = tmp_path / "pump.wav"
    wavfile.write(path, RATE_HZ, tone("ball", seed=3))
    path.with_name("pump.wav.yaml").write_text(yaml.safe_dump({"speed_rpm": 900}))
    verdict = diagnose(world / "run", path, speed_rpm=1500.0)
    assert verdict.condition["speed_rpm"] == 1500.0
    assert verdict.condition["speed_from"] == "flag"
    assert any("900" in warning for warning in verdict.warnings)


def test_a_catalog_row_states_facts_of_a_file(world: Path, tmp_path: Path) -> None:
    path = tmp_path / "pump.csv"
    np.savetxt(path, tone("ball", seed=3), fmt="%.6g")
    (tmp_path / "catalog.csv").write_text(f"signal,source,rate_hz\npump,pump.csv,{RATE_HZ}\n")
    catalog = Catalog.read(tmp_path / "catalog.csv")
    (found,) = diagnoses(world / "run", [path], catalog=catalog)
    assert found.verdict.labels == ("ball",)


def test_broken_files_get_rows_and_the_others_their_verdicts(world: Path, tmp_path: Path) -> None:
    wavfile.write(tmp_path / "a.wav", RATE_HZ, tone("ball", seed=1))
    (tmp_path / "b.wav").write_bytes(b"")
    (tmp_path / "c.mat").write_bytes(b"MATLAB 5.0 MAT-file, cut short")
    broken = tone("ball", seed=2)
    broken[100] = np.nan
    wavfile.write(tmp_path / "d.wav", RATE_HZ, broken)
    wavfile.write(tmp_path / "e.wav", RATE_HZ, tone("ball", seed=1, seconds=0.1))
    found = [each.verdict for each in diagnoses(world / "run", [tmp_path])]
    assert [verdict.usable for verdict in found] == [True, False, False, False, False]
    assert "empty" in (found[1].reason or "")
    assert "not a number" in (found[3].reason or "")
    assert "too short" in (found[4].reason or "")


def test_a_rate_below_the_models_band_is_refused_with_the_numbers(world: Path, tmp_path: Path) -> None:
    wavfile.write(tmp_path / "slow.wav", 1000, tone("healthy", seed=1, rate_hz=1000))
    reason = diagnose(world / "run", tmp_path / "slow.wav").reason
    assert reason is not None
    assert "1000 Hz" in reason


def test_a_recording_at_another_rate_is_resampled_and_says_so(world: Path, tmp_path: Path) -> None:
    wavfile.write(tmp_path / "fast.wav", 4 * RATE_HZ, tone("ball", seed=8, rate_hz=4 * RATE_HZ))
    verdict = diagnose(world / "run", tmp_path / "fast.wav")
    assert verdict.labels == ("ball",)
    assert verdict.history == (f"resampled {4 * RATE_HZ} -> {RATE_HZ} Hz",)


def test_cached_features_give_the_same_verdict_and_are_used(world: Path, tmp_path: Path) -> None:
    path = tmp_path / "pump.wav"
    wavfile.write(path, RATE_HZ, tone("ball", seed=3))
    cache = FeatureCache(tmp_path / "cache")
    fresh, first, second = (
        next(iter(diagnoses(world / "run", [path], cache=used))).verdict for used in (None, cache, cache)
    )
    assert fresh.probabilities == first.probabilities == second.probabilities
    assert len(list((tmp_path / "cache").rglob("*.safetensors"))) == 1


def test_another_bearing_is_not_served_from_the_cache(world: Path, tmp_path: Path) -> None:
    path = tmp_path / "pump.wav"
    wavfile.write(path, RATE_HZ, tone("ball", seed=3))
    cache = FeatureCache(tmp_path / "cache")
    for bearing in ("6205", "6203"):
        facts = checked_facts({"bearing": bearing, "speed_rpm": 900.0})
        list(diagnoses(world / "run", [path], facts=facts, cache=cache))
    assert len(list((tmp_path / "cache").rglob("*.safetensors"))) == 2


def test_evaluate_leaves_out_what_training_had_seen(world: Path) -> None:
    found = evaluate(world / "run", world / "catalog.csv")
    metrics = json.loads((world / "run" / "metrics.json").read_text())
    assert found["left_out"] == 9
    assert found["windows"] == metrics["test"]["windows"]


def test_evaluate_knows_training_recordings_under_other_names_and_without_specimen(world: Path, tmp_path: Path) -> None:
    catalog, rows = Catalog.read(world / "catalog.csv"), []
    for place, row in enumerate(catalog):
        (tmp_path / f"{place}.wav").write_bytes((catalog.root / row.source).read_bytes())
        rows.append(row.changed(source=f"{place}.wav", specimen="", signal=str(place), channel=None))
    assert evaluate(world / "run", Catalog(tuple(rows), tmp_path))["left_out"] == 9


def test_evaluate_refuses_a_catalog_of_nothing_new(world: Path) -> None:
    catalog = Catalog.read(world / "catalog.csv")
    names = load_model(world / "run").card.trained_on["specimen_names"]
    with pytest.raises(RequestError, match="trained on all 9 signals"):
        evaluate(world / "run", catalog.where(lambda row: row.specimen in names))


def test_samples_beyond_single_precision_are_refused_not_diagnosed(world: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "big.npy", tone("ball", seed=1).astype("f8") * 1e300)
    verdict = diagnose(world / "run", tmp_path / "big.npy", rate_hz=RATE_HZ)
    assert "beyond single precision" in (verdict.reason or "")


def test_a_file_name_that_is_not_utf8_is_skipped_with_its_reason(tmp_path: Path) -> None:
    wavfile.write(tmp_path / "good.wav", RATE_HZ, tone("ball", seed=1))
    (tmp_path / os.fsdecode(b"\xff.wav")).write_bytes((tmp_path / "good.wav").read_bytes())
    catalog = scan(tmp_path)
    assert [row.source for row in catalog] == ["good.wav"]
    assert "not UTF-8" in catalog.skipped[0][1]


def test_split_none_trains_on_everything_and_prints_grouped_folds(world: Path, tmp_path: Path) -> None:
    raw = config(world / "catalog.csv", split="none", folds=4)
    metrics = train(RunConfig.parse(raw, "tiny"), tmp_path / "run")
    assert metrics["test"] is None
    assert metrics["folds"]["recordings"]["accuracy"] == 100.0
    assert metrics["folds"]["recordings"]["n"] == 12


def test_a_split_with_one_specimen_on_both_sides_is_refused_before_anything_is_written(
    world: Path, tmp_path: Path
) -> None:
    catalog = Catalog.read(world / "catalog.csv")
    rows = [row.changed(specimen="one" if row.labels == ("ball",) else row.specimen) for row in catalog]
    Catalog(tuple(rows), catalog.root).write(tmp_path / "catalog.csv")
    raw = config(tmp_path / "catalog.csv", split={"group": "recording", "test_share": 0.25})
    with pytest.raises(LeakError, match="one"):
        train(RunConfig.parse(raw, "tiny"), tmp_path / "run")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("declared", "stamp"),
    [
        ({"group": "recording", "test_share": 0.25, "same_specimen": True}, "same part"),
        ({"leaky": True, "parts": 4}, "leaky"),
    ],
)
def test_a_declared_leak_is_stamped_on_metrics_model_and_verdicts(
    world: Path, tmp_path: Path, declared: dict[str, object], stamp: str
) -> None:
    catalog = Catalog.read(world / "catalog.csv")
    rows = [row.changed(specimen="-".join(row.labels)) for row in catalog]
    Catalog(tuple(rows), catalog.root).write(tmp_path / "catalog.csv")
    raw = config(tmp_path / "catalog.csv", split=declared, window={"samples": 250})
    metrics = train(RunConfig.parse(raw, "tiny"), tmp_path / "run")
    assert metrics["stamps"] == [stamp]
    path = next((world / "recordings").rglob("*.wav"))
    assert any(stamp in warning for warning in diagnose(tmp_path / "run", path).warnings)


def test_an_earlier_run_is_not_overwritten_unless_asked_and_a_users_folder_never(world: Path, tmp_path: Path) -> None:
    checked = load_config(world / "tiny.yaml")
    with pytest.raises(RequestError, match="--overwrite"):
        train(checked, world / "run")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.tex").write_text("years of work")
    with pytest.raises(RequestError, match="holds something else"):
        train(checked, tmp_path / "mine", overwrite=True)
    assert (tmp_path / "mine" / "thesis.tex").exists()


def test_training_on_everything_needs_two_parts_to_give_honest_figures(tmp_path: Path) -> None:
    catalog = scan(write_recordings(tmp_path / "recordings"))
    one_part = tuple(row.changed(specimen="the only one") for row in catalog)
    replace(catalog, rows=one_part).write(tmp_path / "catalog.csv")
    config = load_config(write_config(tmp_path / "config.yaml", tmp_path / "catalog.csv", split="none"))
    with pytest.raises(CatalogError, match="all signals are of one part"):
        train(config, tmp_path / "run")
    assert not (tmp_path / "run").exists()


def test_a_run_looks_at_a_picture_twice_at_most_however_many_folds_share_it(
    world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked, forward = [], Backbone.forward
    monkeypatch.setattr(Backbone, "forward", lambda net, image: looked.append(len(image)) or forward(net, image))
    asked = write_config(tmp_path / "tiny.yaml", world / "catalog.csv", split="none", folds=4)
    train(load_config(asked), tmp_path / "run")
    n_windows = 12 * RATE_HZ // 500
    # Each fold anew would be eleven times; a few single pictures tell how many features a net has.
    assert n_windows <= sum(looked) <= 2 * n_windows + 10
