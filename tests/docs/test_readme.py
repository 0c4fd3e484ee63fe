"""README is executed: every shell block, line by line, in a folder like a new user's."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pages import blocks, execute, run_all

from pipeline.catalog.export import write_signals
from pipeline.signals.simulation.fleet import FLEET_LABELS, demo_fleet

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a reader of README has at hand: own recordings, a pump, and the checkout's configs."""
    folder = tmp_path_factory.mktemp("desk")
    (folder / "configs").symlink_to(ROOT / "configs")
    training, (pump, *_) = demo_fleet(seed=3)
    for label in FLEET_LABELS:
        mine = [signal.changed(labels=()) for signal in training[:36] if signal.labels == (label,)]
        write_signals(mine, folder / "recordings" / label)
    (path,) = write_signals([pump], folder, with_labels=False)
    path.rename(folder / "pump.wav")
    path.with_name(path.name + ".yaml").unlink()
    table = np.stack([pump.samples[0], np.linspace(20, 21, pump.n_samples)], axis=1)
    np.savetxt(folder / "pump.csv", table, delimiter=",", header="vibration,temperature", comments="", fmt="%.6g")
    return folder


def test_make_demo_is_what_the_test_of_the_demo_runs() -> None:
    planned = subprocess.run(
        ["make", "--no-print-directory", "-n", "demo"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert planned.splitlines()[-1].endswith("bin/faultprint demo")


def assert_first_verdict_is_as_shown(desk: Path) -> None:
    """What the page opens with is what its first diagnosis prints, but for the warnings behind it."""
    shown = [re.split(r" {2,}", line) for line in re.findall(r"```text\n(.*?)```", README, re.DOTALL)[0].splitlines()]
    command = next(line for text in blocks(README, "sh") for line in text.splitlines() if shown[1][0] in line)
    printed = [line.split("\t") for line in execute(command, desk).stdout.splitlines()]
    assert [line[1:6] for line in printed] == [line[1:] for line in shown]
    assert printed[1][0].endswith(shown[1][0])


def test_every_shell_command_of_the_readme_works_in_order(desk: Path) -> None:
    commands = [
        line for text in blocks(README, "sh") for line in text.splitlines() if line and not line.startswith("#")
    ]
    assert commands[:2] == ["make demo", "make test"]
    run_all(["faultprint demo --json > demo.json", *commands[2:]], desk)
    demo = json.loads((desk / "demo.json").read_text().splitlines()[-1])
    assert demo["accuracy"] > demo["majority"] + 0.30
    assert demo["pixels"] < demo["accuracy"]
    assert (desk / "faultprint-demo" / "report.html").exists()
    assert (desk / "evaluation.html").exists()
    assert list((desk / "sheets").glob("*.pdf"))
    assert (desk / "report" / "index.html").exists()
    assert_first_verdict_is_as_shown(desk)
    assert (desk / "runs" / "mine" / "metrics.json").exists()
    for text in blocks(README, "python"):
        done = subprocess.run([sys.executable, "-c", text], cwd=desk, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def test_the_commands_on_public_data_work_where_the_data_are(desk: Path, real_data: Path, real_weights: Path) -> None:
    for text in blocks(README, "sh", needing=True):
        run_all(text.splitlines(), desk)


def test_every_link_of_the_readme_leads_somewhere() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", README):
        assert target.startswith("https://") or (ROOT / target).exists(), target
        assert not target.endswith(".png") or (ROOT / target).stat().st_size < 300_000, target
