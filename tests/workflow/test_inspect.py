"""`inspect`: what a user is told of a file, from a function and from the command line."""

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat, wavfile

from pipeline.errors import FactError, ReadError, RequestError
from pipeline.readers.choose import read_blocks, read_recording
from pipeline.workflow.inspect import inspect
from pipeline.workflow.inspection import file

KEYS = {
    "source", "sha256", "reader", "channels", "facts", "facts_from", "warnings", "findings", "reason",
}  # fmt: skip
CHANNEL_KEYS = {
    "name", "n_samples", "duration_s", "rate_hz", "rate_from", "unit", "statistics", "findings", "seen", "figure",
}  # fmt: skip


def noise(n_samples: int = 8000, seed: int = 0) -> np.ndarray:
    white = np.random.default_rng(seed).standard_normal(n_samples)
    return np.convolve(white, np.hanning(8), mode="same")


@pytest.fixture
def pump(tmp_path: Path) -> Path:
    path = tmp_path / "pump.mat"
    savemat(path, {"DE": noise(), "FE": noise(seed=1), "RPM": 1797.0})
    return path


def kinds(entry: dict, channel: int | None = None) -> list[str]:
    findings = entry["findings"] if channel is None else entry["channels"][channel]["findings"]
    return [finding["kind"] for finding in findings]


def test_a_file_says_what_it_holds_and_how_it_measures(pump: Path) -> None:
    (found,) = inspect(pump, rate_hz=8000)
    assert set(found) == KEYS
    assert (found["source"], found["reader"], found["reason"]) == (str(pump), "matlab", None)
    assert found["sha256"] == hashlib.sha256(pump.read_bytes()).hexdigest()
    assert (found["facts"]["speed_rpm"], found["facts_from"]["speed_rpm"]) == (1797.0, "file")
    assert [channel["name"] for channel in found["channels"]] == ["DE", "FE"]
    channel = found["channels"][0]
    assert set(channel) == CHANNEL_KEYS
    assert (channel["n_samples"], channel["duration_s"], channel["rate_from"]) == (8000, 1.0, "flag")
    assert channel["statistics"]["rms"] == pytest.approx(np.sqrt(np.mean(noise() ** 2)))
    assert kinds(found) == kinds(found, 0) == kinds(found, 1) == []


def test_fewer_samples_than_promised_are_told_of_every_channel(pump: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file, "read_blocks", lambda *_: iter([np.stack([noise(), noise(seed=1)])[:, :5000]]))
    (found,) = inspect(pump, rate_hz=8000)
    assert kinds(found, 0) == kinds(found, 1) == ["cut_short"]
    assert "promises 8000 samples, 5000 are there" in found["channels"][0]["findings"][0]["message"]


def test_a_channel_that_cannot_be_read_takes_no_other_with_it(pump: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def but_fe(place: Path, names: list[str], *further: object) -> Iterator[np.ndarray]:
        if "FE" in names:
            raise ReadError(f"{place}: FE is damaged")
        yield from read_blocks(place, names, *further)

    monkeypatch.setattr(file, "read_blocks", but_fe)
    (found,) = inspect(pump, rate_hz=8000)
    assert found["channels"][0]["statistics"]["rms"] == pytest.approx(np.sqrt(np.mean(noise() ** 2)))
    assert (kinds(found, 0), kinds(found, 1)) == ([], ["unreadable"])
    assert found["reason"] is None


def test_flag_side_file_and_file_speak_in_this_order(pump: Path) -> None:
    pump.with_name("pump.mat.yaml").write_text("{speed_rpm: 1500, rate_hz: 4000, unit: g}")
    (found,) = inspect(pump, rate_hz=8000)
    assert (found["facts"]["speed_rpm"], found["facts_from"]["speed_rpm"]) == (1500.0, "side file")
    assert found["channels"][0]["rate_hz"] == 8000
    assert found["channels"][0]["unit"] == "g"
    assert any("using 8000 (flag), but side file says 4000" in line for line in found["warnings"])


def test_the_header_alone_reads_no_sample(pump: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr("pipeline.workflow.inspection.file.read_blocks")
    (found,) = inspect(pump, header_only=True)
    assert found["channels"][0]["n_samples"] == 8000
    assert found["channels"][0]["statistics"] is found["sha256"] is None


def test_flaws_are_found_in_a_file_as_in_an_array(tmp_path: Path) -> None:
    gap, cut = noise(), np.clip(noise(seed=2), -2, 2)
    gap[3000:3100] = 0.0
    savemat(tmp_path / "12.mat", {"X13_gap": gap, "X13_cut": cut, "X13_copy": 2 * cut + 1, "X13_i": np.arange(100.0)})
    (found,) = inspect(tmp_path / "12.mat")
    by_name = {channel["name"]: {each["kind"] for each in channel["findings"]} for channel in found["channels"]}
    assert by_name == {"X13_gap": {"dropout"}, "X13_cut": {"clipping"}, "X13_copy": {"clipping"}, "X13_i": {"clock"}}
    assert kinds(found) == ["foreign_names", "unlike_lengths", "equal_channels"]


def test_missing_numbers_are_null_in_json(tmp_path: Path) -> None:
    samples = noise()
    samples[7] = np.nan
    np.savez(tmp_path / "a.npz", DE=samples, dead=np.full(8000, np.nan), still=np.full(8000, 2.0))
    (found,) = inspect(tmp_path / "a.npz")
    told = json.loads(json.dumps(found, allow_nan=False))
    assert [kinds(told, k)[0] for k in range(3)][0::2] == ["not_finite", "flat"]
    assert told["channels"][1]["findings"][0]["severity"] == "unusable"
    assert told["channels"][2]["statistics"]["kurtosis"] is None
    assert told["reason"] is None


def test_an_impossible_rate_in_a_file_is_a_finding(tmp_path: Path) -> None:
    savemat(tmp_path / "a.mat", {"x": noise(), "fs": -5.0})
    (found,) = inspect(tmp_path / "a.mat")
    assert "impossible" in kinds(found)
    assert found["channels"][0]["rate_hz"] is found["channels"][0]["duration_s"] is None


def test_a_channel_may_be_chosen_by_part_or_glob(pump: Path) -> None:
    assert [channel["name"] for channel in next(inspect(pump, channel="D"))["channels"]] == ["DE"]
    assert len(next(inspect(pump, channel="?E"))["channels"]) == 2
    assert "no channel 'XX'" in next(inspect(pump, channel="XX"))["reason"]


def test_impossible_requests_are_refused_before_any_file_is_read(pump: Path) -> None:
    with pytest.raises(FactError, match="-5 Hz is impossible"):
        list(inspect(pump, rate_hz=-5))
    with pytest.raises(RequestError, match="unknown flag 'speed'"):
        list(inspect(pump, speed=5))
    with pytest.raises(RequestError, match="no file or folder"):
        list(inspect(pump.with_name("nowhere.mat")))


def test_figures_and_one_document_are_written(pump: Path, tmp_path: Path) -> None:
    again = tmp_path / "again" / "pump.mat"
    again.parent.mkdir()
    again.write_bytes(pump.read_bytes())
    out = tmp_path / "out"
    for _ in range(2):
        found = list(inspect([pump, again], out=out, rate_hz=8000, bearing="6205"))
        names = [channel["figure"] for entry in found for channel in entry["channels"]]
        assert names == ["pump.mat.DE.png", "pump.mat.FE.png", "pump.mat.DE-2.png", "pump.mat.FE-2.png"]
        assert {path.name for path in out.iterdir()} == {*names, "inspect.json"}
    assert json.loads((out / "inspect.json").read_text()) == found


def test_without_figures_neither_matplotlib_nor_torch_is_needed(pump: Path) -> None:
    code = f"""
import sys
from pipeline import inspect
print(next(inspect({str(pump)!r}))["reason"], {{"matplotlib", "torch"}} & set(sys.modules))
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "None set()"


def test_a_long_file_is_read_in_blocks_and_says_how_much_its_spectra_saw(
    pump: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (whole,) = inspect(pump)
    monkeypatch.setattr("pipeline.signals.quality.survey.WHOLE", 2000)
    monkeypatch.setattr("pipeline.workflow.inspection.file.BLOCK", 1000)
    (found,) = inspect(pump)
    assert found["channels"][0]["seen"] == 2000
    assert found["channels"][0]["statistics"]["kurtosis"] == pytest.approx(
        whole["channels"][0]["statistics"]["kurtosis"], rel=1e-9
    )


@pytest.mark.parametrize(("names", "code"), [(["good"], 0), (["good", "bad"], 3), (["bad"], 3), (["nan"], 3)])
def test_the_exit_code_tells_whether_files_could_be_read(run, tmp_path: Path, names: list[str], code: int) -> None:
    wavfile.write(tmp_path / "good.wav", 8000, np.arange(9000, dtype=np.int16))
    (tmp_path / "bad.wav").write_bytes(b"RIFF")
    wavfile.write(tmp_path / "nan.wav", 8000, np.append(np.ones(9000), np.nan).astype(np.float32))
    ran, out, _ = run("inspect", *(tmp_path / f"{name}.wav" for name in names), "--json")
    assert ran == code
    assert [json.loads(line)["reason"] is None for line in out.splitlines()] == [name != "bad" for name in names]


def test_a_person_reads_a_table_with_the_findings_under_it(run, pump: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "still.npy", np.ones(100))
    code, out, err = run("inspect", pump, tmp_path / "still.npy", "--rate-hz", 8000)
    header, *rows = out.splitlines()
    assert header.split("\t")[:4] == ["file", "channel", "samples", "s"]
    assert rows[0].split("\t")[:5] == ["pump.mat", "DE", "8000", "1", "8000 (flag)"]
    assert rows[-1].startswith(f"unusable: {tmp_path / 'still.npy'} ")
    assert "constant" in rows[-1]
    assert (code, err) == (3, "")


def test_the_flaws_of_cwru_are_found(real_data: Path) -> None:
    def entry(number: int) -> dict:
        return next(inspect(real_data / "cwru" / f"{number}.mat", rate_hz=12000))

    expected = {97: ["rate"], 279: ["speed"], 174: ["foreign_names"], 3001: ["foreign_names"], 278: ["unlike_lengths"]}
    assert {number: kinds(entry(number)) for number in expected} == expected
    assert kinds(entry(189)) == ["equal_channels", "rate"]
    assert kinds(entry(236), 0) == ["clipping"]


def test_the_cage_line_of_mfpt_is_found_wrong(real_data: Path) -> None:
    path = real_data / "mfpt" / "InnerRaceFault_vload_1.mat"
    (found,) = inspect(path, header_only=True)
    assert kinds(found) == ["stated_lines"]


def test_what_a_folder_holds_and_nobody_may_open_has_a_line_with_its_reason(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wavfile.write(tmp_path / "good.wav", 8000, np.zeros(9000, dtype=np.int16))
    (tmp_path / "broken.wav").symlink_to(tmp_path / "nowhere.wav")
    (tmp_path / "locked").mkdir()
    scandir = os.scandir

    def refusing(folder):
        if Path(folder).name == "locked":
            raise PermissionError(13, "Permission denied")
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", refusing)
    code, out, _ = run("inspect", tmp_path, "--json", "--header")
    found = [(Path(told["source"]).name, told["reason"]) for told in map(json.loads, out.splitlines())]
    assert code == 3
    assert [name for name, reason in found if reason is None] == ["good.wav"]
    assert sorted(name for name, reason in found if reason) == ["broken.wav", "locked"]


def test_a_name_too_long_for_a_side_file_stops_nobody(run, tmp_path: Path) -> None:
    for name in ("good", "n" * 250):
        wavfile.write(tmp_path / f"{name}.wav", 8000, np.arange(9000, dtype=np.int16))
    code, out, _ = run("inspect", tmp_path, "--json", "--header")
    assert (code, len(out.splitlines())) == (0, 2)


def test_ten_thousand_channels_take_seconds(tmp_path: Path) -> None:
    wavfile.write(tmp_path / "wide.wav", 8, np.arange(64 * 10_000, dtype=np.int16).reshape(64, -1))
    start_s = time.monotonic()
    (found,) = inspect(tmp_path / "wide.wav", header_only=True)
    recording = read_recording(tmp_path / "wide.wav")
    assert len(found["channels"]) == recording.samples.shape[0] == 10_000
    assert time.monotonic() - start_s < 10
