"""The command line: one line for a user's mistake, the right exit code, JSON and nothing else on stdout."""

import json
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
import typer
from scipy.io import wavfile
from tiny import RATE_HZ, tone, write_config, write_recordings

from pipeline import cli, terminal
from pipeline.catalog.scanning.scan import scan
from pipeline.config import load_config
from pipeline.workflow.train import train


class Ran:
    """What a command left behind."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]):
    """Runs a command as the entry point does, in this process."""

    def call(*arguments: object) -> Ran:
        capfd.readouterr()
        code = cli.run([str(argument) for argument in arguments])
        out, err = capfd.readouterr()
        return Ran(code, out, err)

    return call


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    scan(write_recordings(folder / "recordings")).write(folder / "catalog.csv")
    train(load_config(write_config(folder / "tiny.yaml", folder / "catalog.csv")), folder / "run")
    wavfile.write(folder / "pump.wav", RATE_HZ, tone("ball", seed=50))
    return folder


def commands() -> list[list[str]]:
    """Every command, subcommands spelt out."""
    top = typer.main.get_command(cli.app)
    found = []
    for name, command in top.commands.items():
        inner = getattr(command, "commands", None)
        found += [[name, sub] for sub in inner] if inner else [[name]]
    return found


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_every_command_has_help_with_an_example(run, command: list[str]) -> None:
    ran = run(*command, "--help")
    assert ran.code == 0
    assert f"Example: faultprint {' '.join(command)}" in " ".join(ran.out.split())


@pytest.mark.parametrize("command", commands(), ids=" ".join)
def test_every_command_is_shown_in_the_readme(command: list[str]) -> None:
    readme = (Path(__file__).parents[1] / "README.md").read_text()
    assert re.search(rf"\b(faultprint|make) {command[0]}\b", readme)


def test_json_prints_one_document_per_signal_and_nothing_else(run, world: Path) -> None:
    ran = run("diagnose", world / "run" / "model", world / "pump.wav", world / "recordings" / "ball", "--json")
    assert ran.code == 0
    lines = [json.loads(line) for line in ran.out.splitlines()]
    assert len(lines) == 5
    assert all(line["labels"] == ["ball"] and line["verdict"] == "UNCALIBRATED" for line in lines)
    assert set(lines[0]) >= {
        "source", "channel", "sha256", "verdict", "labels", "probabilities", "task", "calibrated", "windows",
        "condition", "reason", "warnings", "history", "model", "model_fingerprint",
    }  # fmt: skip
    assert ran.err == ""


def test_a_piped_table_is_tab_separated(run, world: Path) -> None:
    ran = run("diagnose", world / "run" / "model", world / "pump.wav")
    header, row = ran.out.splitlines()
    assert header.split("\t")[0] == "recording"
    assert row.split("\t")[3] == "ball"


def test_one_bad_recording_among_good_ones_ends_with_3(run, world: Path, tmp_path: Path) -> None:
    (tmp_path / "bad.wav").write_bytes(b"RIFF")
    ran = run("diagnose", world / "run" / "model", world / "pump.wav", tmp_path / "bad.wav", "--json")
    assert ran.code == 3
    good, bad = (json.loads(line) for line in ran.out.splitlines())
    assert good["labels"] == ["ball"]
    assert bad["verdict"] == "UNUSABLE"
    assert bad["reason"]


def test_an_ambiguous_channel_is_answered_with_the_candidates(run, world: Path, tmp_path: Path) -> None:
    samples = tone("ball", seed=2)
    np.savez(tmp_path / "two.npz", DE=samples, FE=samples, rate_hz=RATE_HZ)
    ran = run("diagnose", world / "run" / "model", tmp_path / "two.npz", "--json")
    assert ran.code == 3
    assert "DE, FE" in json.loads(ran.out)["reason"]
    ran = run("diagnose", world / "run" / "model", tmp_path / "two.npz", "--json", "--channel", "DE")
    assert (ran.code, json.loads(ran.out)["channel"], json.loads(ran.out)["warnings"]) == (0, "DE", [])
    ran = run("diagnose", world / "run" / "model", tmp_path / "two.npz", "--json", "--channel", "D")
    assert json.loads(ran.out)["warnings"] == ["channel: 'D' is taken as 'DE'"]
    ran = run("diagnose", world / "run" / "model", tmp_path / "two.npz", "--json", "--channel", "XE")
    assert ran.code == 3
    assert "no channel 'XE'" in json.loads(ran.out)["reason"]


WRONG = {
    "a missing file": (["{run}", "nowhere.wav"], "no file or folder nowhere.wav"),
    "a missing model": (["nowhere", "{wav}"], "nowhere is not a model"),
    "a negative rate": (["{run}", "{wav}", "--rate-hz", "-5"], "-5 Hz is impossible"),
    "a rate of nothing": (["{run}", "{wav}", "--rate-hz", "0"], "0 Hz is impossible"),
    "a rate that is no number": (["{run}", "{wav}", "--rate-hz", "fast"], "valid number"),
    "a rate beyond any sensor": (["{run}", "{wav}", "--rate-hz", "1e12"], "impossible"),
    "a speed of nothing": (["{run}", "{wav}", "--speed-rpm", "0"], "0 rpm is impossible"),
    "an unknown bearing": (["{run}", "{wav}", "--bearing", "62O5"], "62O5"),
    "a speed beyond any shaft": (["{run}", "{wav}", "--speed-rpm", "1e9"], "impossible"),
    "an unknown reader": (["{run}", "{wav}", "--reader", "wv"], "did you mean 'wav'"),
    "a page in no folder": (["{run}", "{wav}", "--page", "nowhere/page.html"], "make the folder first"),
    "an unknown option": (["{run}", "{wav}", "--sped", "5"], "--sped"),
    "a level of all": (["{run}", "{wav}", "--level", "1"], "--level 1: needs a share between 0 and 1"),
    "a level that is none, of no model": (["nowhere", "{wav}", "--level", "90"], "--level 90: needs a share"),
    "an empty folder": (["{run}", "{empty}"], "nothing to read"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_request_ends_with_2_and_one_line(run, world: Path, tmp_path: Path, case: str) -> None:
    arguments, said = WRONG[case]
    places = {"run": world / "run", "wav": world / "pump.wav", "empty": tmp_path}
    ran = run("diagnose", *(argument.format(**places) for argument in arguments))
    assert ran.code == 2
    assert ran.out == ""
    assert said in ran.err
    assert len(ran.err.splitlines()) == 1


def test_an_unknown_config_key_is_answered_with_the_nearest(run, world: Path, tmp_path: Path) -> None:
    path = write_config(tmp_path / "run.yaml", world / "catalog.csv", rate_hzz=5)
    ran = run("train", path, "--out", tmp_path / "run")
    assert ran.code == 2
    assert "did you mean 'rate_hz'?" in ran.err
    assert not (tmp_path / "run").exists()


def test_an_unknown_backbone_is_answered_with_the_nearest(run, world: Path, tmp_path: Path) -> None:
    ran = run("train", world / "tiny.yaml", "--out", tmp_path / "run", "--set", "branches.0.backbone=squezenet1_1")
    assert ran.code == 2
    assert "did you mean 'squeezenet1_1'?" in ran.err
    assert not (tmp_path / "run").exists()


def test_missing_weights_offline_name_file_and_places(
    run, world: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError("the network is unreachable")

    monkeypatch.setattr("socket.socket.connect", refuse)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    monkeypatch.delenv("FAULTPRINT_WEIGHTS", raising=False)
    settings = ["--set", "branches.0.backbone=resnet18", "--set", "branches.0.weights=imagenet"]
    ran = run("train", world / "tiny.yaml", "--out", tmp_path / "run", *settings)
    assert ran.code == 2
    assert "resnet18-f37072fd.pth" in ran.err
    assert "FAULTPRINT_WEIGHTS" in ran.err
    assert len(ran.err.splitlines()) == 1
    assert not (tmp_path / "run").exists()


def test_ctrl_c_ends_with_130(run, world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pipeline.workflow.diagnose.diagnoses", interrupted)
    ran = run("diagnose", world / "run", world / "pump.wav")
    assert (ran.code, ran.err) == (130, "faultprint: interrupted\n")


def test_a_fault_of_ours_ends_with_1_and_one_line(run, world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("division\nby zero")

    monkeypatch.setattr("pipeline.workflow.diagnose.diagnoses", broken)
    ran = run("diagnose", world / "run", world / "pump.wav")
    assert ran.code == 1
    assert "--debug" in ran.err
    assert len(ran.err.splitlines()) == 1


def test_scan_reports_what_it_skipped_and_ends_with_3(run, tmp_path: Path) -> None:
    write_recordings(tmp_path / "recordings", per_label=1)
    (tmp_path / "recordings" / "ball" / "broken.wav").write_bytes(b"RIFF1234")
    ran = run("scan", tmp_path / "recordings", "--out", tmp_path / "catalog.csv", "--json")
    assert ran.code == 3
    found = json.loads(ran.out)
    assert found["signals"] == 3
    assert found["labels"] == ["ball", "healthy", "outer_race"]
    assert [entry["file"] for entry in found["skipped"]] == ["ball/broken.wav"]


def test_inspect_says_what_a_file_holds(run, world: Path) -> None:
    ran = run("inspect", world / "pump.wav", "--json")
    found = json.loads(ran.out)
    assert ran.code == 0
    assert found["channels"][0]["n_samples"] == RATE_HZ
    assert found["channels"][0]["rate_hz"] == RATE_HZ


def test_split_shows_both_sides(run, world: Path) -> None:
    ran = run("split", world / "tiny.yaml")
    assert ran.code == 0
    assert {line.split("\t")[0] for line in ran.out.splitlines()[1:]} == {"train", "test"}


def test_a_page_is_written_beside_the_answers(run, world: Path, tmp_path: Path) -> None:
    ran = run("diagnose", world / "run", world / "pump.wav", "--page", tmp_path / "page.html")
    assert ran.code == 0
    assert "<html" in (tmp_path / "page.html").read_text()


def test_weights_and_corpora_are_listed(run) -> None:
    assert {row["backbone"] for row in json.loads(run("weights", "list", "--json").out)} >= {"squeezenet1_1"}
    assert "cwru" in {row["name"] for row in json.loads(run("corpora", "list", "--json").out)}
    assert json.loads(run("weights", "where", "--json").out)


def test_corpora_check_finds_the_real_recordings_in_order(run, real_data: Path) -> None:
    at_hand = [row["name"] for row in json.loads(run("corpora", "list", "--json").out) if row["files_there"]]
    assert set(at_hand) >= {"cwru", "femto", "gearbox", "hit_sm", "mfpt"}
    for name in at_hand:
        ran = run("corpora", "check", name, "--json")
        assert ran.code == 0
        assert json.loads(ran.out)["ok"]


def test_links_in_a_circle_are_one_unusable_recording_beside_others(run, world: Path, tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes((world / "pump.wav").read_bytes())
    (tmp_path / "loop.npy").symlink_to("loop.npy")
    ran = run("diagnose", world / "run", tmp_path, "--json")
    assert ran.code == 3
    good, circle = (json.loads(line) for line in ran.out.splitlines())
    assert (good["verdict"], circle["verdict"]) == ("UNCALIBRATED", "UNUSABLE")
    assert "a link that leads nowhere" in circle["reason"]
    ran = run("explain", "ready", tmp_path / "loop.npy", "--out", tmp_path / "sheets", "--json")
    assert (ran.code, json.loads(ran.out)["verdict"]) == (3, "UNUSABLE")


def test_an_empty_path_is_not_the_current_folder(run, world: Path, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.wav").write_bytes((world / "pump.wav").read_bytes())
    for arguments in (("",), ("a.wav", "--page", ""), ("a.wav", "--page=")):
        ran = run("diagnose", world / "run", *arguments)
        assert (ran.code, ran.out) == (2, "")
        assert "is a variable not set?" in ran.err
    assert run("inspect", "a.wav", "--out", "").code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["a.wav"]


def as_command(said: str) -> subprocess.CompletedProcess[str]:
    """A command in a shell, which redirects its streams."""
    start = "import sys; sys.argv[0] = 'faultprint'; from pipeline.cli import main; main()"
    command = f'"{sys.executable}" -c "{start}" {said}'
    return subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)


def test_an_answer_that_cannot_be_written_is_no_success() -> None:
    closed = as_command("weights where --json >&-")
    assert closed.returncode == 2
    assert closed.stderr == (
        "faultprint: stdout is closed, so no answer could be told; leave it open, or send it to /dev/null\n"
    )
    assert as_command("weights where >&- 2>&-").returncode == 2


def test_a_closed_stderr_takes_no_answer_away(world: Path) -> None:
    closed = as_command(f"inspect {world / 'pump.wav'} 2>&-")
    assert closed.returncode == 0
    assert closed.stdout.startswith("file\t")


def test_a_complaint_that_nobody_can_be_told_is_no_traceback(run, monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        def write(self, _: str) -> None:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr("sys.stderr", Full())
    assert run("diagnose", "nowhere", "a.wav").code == 2


def test_the_version_is_that_of_the_installed_distribution(run) -> None:
    ran = run("--version")
    assert (ran.code, ran.out, ran.err) == (0, f"faultprint {version('faultprint')}\n", "")


@pytest.mark.parametrize("words", [[], ["weights"], ["config"]], ids=" ".join)
def test_a_name_with_nothing_behind_it_is_answered_with_its_help_line_by_line(run, words: list[str]) -> None:
    ran, asked = run(*words), run(*words, "--help")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.split() == asked.out.split()
    assert len(ran.err.splitlines()) > 5


def test_a_recordings_name_reaches_a_terminal_as_letters_not_as_commands(run, world: Path, tmp_path: Path) -> None:
    (tmp_path / "pump\x1b[31m\x9b2J\x07\u202egnp.wav").write_bytes((world / "pump.wav").read_bytes())
    for command in (("inspect", tmp_path), ("diagnose", world / "run", tmp_path), ("inspect", "--header", tmp_path)):
        ran = run(*command)
        assert "pump\\x1b[31m\\x9b2J\\x07\\u202egnp.wav" in ran.out
        assert all(letter.isprintable() or letter in "\n\t" for letter in ran.out + ran.err)


def test_long_warnings_stand_below_a_terminals_table_once(capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    warning = "simulated machines only; look at the evidence before acting"
    name = "inbox/machine-with-a-name-that-is-longer-than-its-column.wav"
    terminal.show_table(("recording", "reason"), [(name, warning), ("b.wav", warning), ("c.wav", "short")])
    said = capsys.readouterr().out
    assert said.count(warning) == 1
    assert said.splitlines()[-1] == f"[1] {warning}"
    assert said.count("[1]") == 3
    assert "\u2026" not in said
    assert "short" in said
