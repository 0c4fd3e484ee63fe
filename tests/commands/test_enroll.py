"""`faultprint enroll`: a new bundle that knows more, what it cost the old classes, and one line for what is wrong."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml
from scipy.io import wavfile
from tiny import RATE_HZ, TONES_HZ, tone, write_config, write_recordings

from pipeline.catalog.scanning.scan import scan
from pipeline.config import load_config
from pipeline.workflow.train import train


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of sound machines and outer races, and recordings of ball faults that it never heard."""
    folder = tmp_path_factory.mktemp("plant")
    write_recordings(folder / "recordings")
    shutil.move(folder / "recordings" / "ball", folder / "ball")
    scan(folder / "recordings").write(folder / "catalog.csv")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAULTPRINT_CACHE", str(folder / "cache"))
        train(load_config(write_config(folder / "tiny.yaml", folder / "catalog.csv")), folder / "run")
    return folder


def wav(path: Path, label: str, seed: int, rate_hz: int = RATE_HZ, **facts: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    wavfile.write(path, rate_hz, tone(label, seed, rate_hz=rate_hz))
    if facts:
        path.with_name(path.name + ".yaml").write_text(yaml.safe_dump(facts))
    return path


@pytest.mark.parametrize("method", ["head", "prototypes"])
def test_a_class_is_added_and_the_old_model_stays(run, plant: Path, tmp_path: Path, method: str) -> None:
    before = sorted((path.name, path.read_bytes()) for path in (plant / "run" / "model").iterdir())
    files = sorted((plant / "ball").glob("*.wav"))[:2]
    code, out, err = run(
        "enroll",
        plant / "run" / "model",
        *files,
        "--label",
        "ball",
        "--out",
        tmp_path / "new",
        "--method",
        method,
        "--json",
    )
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["new_labels"] == ["ball"]
    assert told["held_out"] == {"recordings": 2, "parts": 2, "right": 2}
    assert told["reference"]["accuracy"]["before"] == 100
    assert told["reference"]["accuracy"]["after"] >= 90
    assert set(told["reference"]["recall"]) == {"healthy", "outer_race"}
    assert [len(one["sha256"]) for one in told["files"]] == [64, 64]
    assert sorted((path.name, path.read_bytes()) for path in (plant / "run" / "model").iterdir()) == before

    unheard = [wav(tmp_path / f"{label}.wav", label, seed=90) for label in TONES_HZ]
    verdicts = [json.loads(line) for line in run("diagnose", tmp_path / "new", *unheard, "--json")[1].splitlines()]
    assert [one["labels"] for one in verdicts] == [[label] for label in TONES_HZ]
    assert verdicts[0]["model_fingerprint"] == told["fingerprint"]
    card = yaml.safe_load((tmp_path / "new" / "model.yaml").read_text())
    assert card["provenance"]["enrolled"][0]["files"] == told["files"]
    assert card["provenance"]["enrolled"][0]["from"] == told["from"]


def test_evaluate_leaves_out_what_was_enrolled(run, plant: Path, tmp_path: Path) -> None:
    files = sorted((plant / "ball").glob("*.wav"))[:2]
    run("enroll", plant / "run" / "model", *files, "--label", "ball", "--out", tmp_path / "new", "--json")
    shutil.copytree(plant / "ball", tmp_path / "inbox" / "ball")
    scan(tmp_path / "inbox").write(tmp_path / "ball.csv")
    code, out, _ = run("evaluate", tmp_path / "new", tmp_path / "ball.csv", "--json")
    assert (code, json.loads(out)["left_out"]) == (0, 2)


def test_labels_come_from_side_files_where_no_flag_says_them(run, plant: Path, tmp_path: Path) -> None:
    files = [wav(tmp_path / f"{label}.wav", label, seed=60, labels=[label]) for label in ("ball", "healthy")]
    code, out, _ = run("enroll", plant / "run" / "model", *files, "--out", tmp_path / "new", "--json")
    assert code == 0
    told = json.loads(out)
    assert (told["labels"], told["new_labels"]) == (["ball", "healthy"], ["ball"])
    # A flag wins over the side file.
    code, out, _ = run("enroll", plant / "run", files[0], "--label", "cage", "--out", tmp_path / "other", "--json")
    assert json.loads(out)["new_labels"] == ["cage"]


def test_what_cannot_be_used_is_skipped_with_its_reason_and_ends_with_3(run, plant: Path, tmp_path: Path) -> None:
    good, twin = (wav(tmp_path / name, "ball", seed=61) for name in ("a.wav", "b.wav"))
    (tmp_path / "broken.wav").write_bytes(b"RIFF")
    heard = plant / "recordings" / "healthy"
    slow = wav(tmp_path / "slow.wav", "healthy", seed=5, rate_hz=500)
    arguments = ("--label", "ball", "--out", tmp_path / "new", "--json")
    code, out, err = run("enroll", plant / "run", good, twin, tmp_path / "broken.wav", slow, heard, *arguments)
    assert code == 3
    reasons = {Path(one["source"]).name: one["reason"] for one in json.loads(out)["skipped"]}
    assert f"the same recording as {good}" in reasons["b.wav"]
    assert reasons["broken.wav"]
    assert "500" in reasons["slow.wav"]
    assert any("already" in reason for name, reason in reasons.items() if name.startswith("healthy"))
    assert len(err.splitlines()) == len(reasons)


WRONG = {
    "no label": (["{wav}"], "nobody says what is wrong with it; give --label, or --unlabelled"),
    "an empty label": (["{wav}", "--label", " "], "--label: needs the name of a fault"),
    "two labels at once": (
        ["{wav}", "--label", "ball", "--label", "cage"],
        "answers with one label (multiclass), and ball, cage were given; give",
    ),
    "both at once": (["{wav}", "--label", "ball", "--unlabelled"], "exclude each other"),
    "a label that would be two": (["{wav}", "--label", "a|b"], "label 'a|b' would be two labels in a catalog"),
    "an unknown method": (["{wav}", "--label", "ball", "--method", "prototype"], "did you mean 'prototypes'?"),
    "a recording of another rate": (["{slow}", "--label", "ball"], "no recording of 1 can be used"),
    "a missing file": (["nowhere.wav", "--label", "ball"], "no file or folder nowhere.wav"),
    "too few windows to adapt to": (["{short}", "--unlabelled"], "needs 8 windows or more, got 2"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_request_ends_with_2_and_one_line_and_writes_nothing(
    run, plant: Path, tmp_path: Path, case: str
) -> None:
    arguments, said = WRONG[case]
    places = {
        "wav": wav(tmp_path / "pump.wav", "ball", seed=50),
        "slow": wav(tmp_path / "slow.wav", "healthy", seed=50, rate_hz=500),
        "short": wav(tmp_path / "short.wav", "ball", seed=51),
    }
    wavfile.write(places["short"], RATE_HZ, tone("ball", 51, seconds=0.5))
    filled = [argument.format(**places) for argument in arguments]
    code, out, err = run("enroll", plant / "run", *filled, "--out", tmp_path / "new")
    assert (code, out) == (2, "")
    assert said in err
    assert len(err.splitlines()) == 1
    assert not (tmp_path / "new").exists()


def test_a_model_that_is_there_already_is_never_replaced(run, plant: Path, tmp_path: Path) -> None:
    path = wav(tmp_path / "pump.wav", "ball", seed=50)
    code, _, err = run("enroll", plant / "run", path, "--label", "ball", "--out", plant / "run" / "model")
    assert (code, len(err.splitlines())) == (2, 1)
    assert "a bundle never changes" in err


def test_one_recording_and_a_name_that_looks_misspelt_are_told(run, plant: Path, tmp_path: Path) -> None:
    path = wav(tmp_path / "pump.wav", "ball", seed=50)
    code, out, _ = run("enroll", plant / "run", path, "--label", "outer-race", "--out", tmp_path / "new")
    assert code == 0
    assert "one recording only" in out
    assert "did you mean 'outer_race'?" in out


def test_recordings_of_one_part_and_of_a_part_known_already_are_told(run, plant: Path, tmp_path: Path) -> None:
    names = yaml.safe_load((plant / "run" / "model" / "model.yaml").read_text())["trained_on"]["specimen_names"]
    known = next(name for name in names if name.startswith("healthy"))
    for specimen, label in (("pump 7", "ball"), (known, "healthy")):
        twins = [wav(tmp_path / f"{label}-{n}.wav", label, 80 + n, specimen=specimen) for n in (0, 1)]
        out = run("enroll", plant / "run", *twins, "--label", label, "--out", tmp_path / f"with {label}", "--json")[1]
        told = json.loads(out)
        assert told["held_out"] is None
        assert any("recordings of one part only" in note for note in told["notes"])
        assert any("learned from the parts of 2 of these" in note for note in told["notes"]) == (specimen == known)


def test_what_cannot_be_taught_to_the_ready_model_is_told_with_what_can_be_done(run, tmp_path: Path) -> None:
    noise = np.random.default_rng(0).standard_normal(120_000).astype("f4")
    wavfile.write(tmp_path / "pump.wav", 12_000, noise)
    facts = ("--speed-rpm", "1797", "--bearing", "6205")
    code, _, err = run("enroll", "ready", tmp_path / "pump.wav", "--label", "ball", *facts, "--out", tmp_path / "new")
    assert (code, len(err.splitlines())) == (2, 1)
    assert "with ready as one of its branches (bundle: ready), or fit ready to a machine with --unlabelled" in err
    again = run("enroll", "ready", tmp_path / "pump.wav", "--unlabelled", *facts, "--out", tmp_path / "new")
    assert again[0] == 0


def test_a_machine_without_labels_shows_both_models_where_truth_is_known(run, plant: Path, tmp_path: Path) -> None:
    files = [
        wav(tmp_path / f"{label}-{n}.wav", label, 70 + n, labels=[label])
        for label in ("healthy", "outer_race")
        for n in (0, 1)
    ]
    code, out, err = run("enroll", plant / "run", *files, "--unlabelled", "--out", tmp_path / "new", "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told["batch_norms"] == [4]
    assert told["source_only"]["recordings"] == told["adapted"]["recordings"] == 4
    assert told["adapted"]["accuracy"] == 100.0
    assert any("same mix of conditions" in note for note in told["notes"])
    files[0].with_name(files[0].name + ".yaml").unlink()
    code, out, _ = run("enroll", plant / "run", *files, "--unlabelled", "--out", tmp_path / "other", "--json")
    assert (code, json.loads(out)["adapted"]) == (0, None)
