"""A run that cannot succeed is refused before anything is written."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from tiny import RATE_HZ, write_config, write_recordings

from pipeline import cli
from pipeline.catalog.scanning.scan import scan
from pipeline.config import load_config
from pipeline.errors import ConfigError
from pipeline.workflow.train import learn_all, train


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    scan(write_recordings(folder / "recordings")).write(folder / "catalog.csv")
    return folder / "catalog.csv"


@pytest.fixture(scope="module")
def gears(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, on a slow wheel: it turns once in 0.4 s."""
    folder = tmp_path_factory.mktemp("gears")
    for path in sorted(write_recordings(folder / "recordings").rglob("*.wav.yaml")):
        side = yaml.safe_load(path.read_text())
        side.pop("bearing")
        path.write_text(yaml.safe_dump(side | {"gear": "20:200"}))
    scan(folder / "recordings").write(folder / "catalog.csv")
    return folder / "catalog.csv"


def refused(tmp_path: Path, catalog: Path, **changes: Any) -> str:
    config = load_config(write_config(tmp_path / "run.yaml", catalog, **changes))
    with pytest.raises(ConfigError) as error:
        train(config, tmp_path / "run")
    assert not (tmp_path / "run").exists()
    with pytest.raises(ConfigError):
        learn_all(config)
    return str(error.value)


def test_a_window_shorter_than_two_periods_of_the_slowest_fault_is_refused(tmp_path: Path, catalog: Path) -> None:
    """25 Hz and a 6205: its outer race is struck at about 90 Hz."""
    said = refused(tmp_path, catalog, window={"samples": 40}, stages=[{"stft": {"n_fft": 16, "hop": 8}}])
    assert "window: 0.02 s (40 samples at 2000 Hz) hold 0.5 turns" in said
    assert "at 1500 rpm" in said
    assert "slowest fault, outer_race (order 3.58, 89.6 Hz)" in said


def test_fewer_turns_than_the_stages_need_are_refused(tmp_path: Path, catalog: Path) -> None:
    stages = [{"order": {"turns": 8, "samples_per_turn": 64}}, "fold", "standardise"]
    said = refused(tmp_path, catalog, stages=stages)
    assert "hold 6.25 turns" in said
    assert "the stages need 8; set window.seconds to 0.32 (640 samples) or more" in said


def test_the_slowest_wheel_counts_for_gears(tmp_path: Path, gears: Path) -> None:
    said = refused(tmp_path, gears)
    assert "0.62 periods of its slowest fault, wheel 2 (order 0.1, 2.5 Hz)" in said


def test_a_band_no_recording_holds_is_refused(tmp_path: Path, catalog: Path) -> None:
    said = refused(tmp_path, catalog, rate_hz=2 * RATE_HZ, window={"samples": 1000})
    assert "reads up to 2000 Hz, and no signal holds that" in said
    assert "sampled at 2000 Hz" in said


def test_a_model_without_a_rate_is_not_asked(tmp_path: Path, catalog: Path) -> None:
    changes = {"rate_hz": None, "window": {"samples": 16}, "stages": [{"fold": {"rows": 4, "columns": 4}}]}
    assert learn_all(load_config(write_config(tmp_path / "run.yaml", catalog, **changes)))


def test_the_command_says_so_in_one_line_and_exits_with_2(
    tmp_path: Path, catalog: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    config = write_config(tmp_path / "run.yaml", catalog, window={"samples": 64}, stages=[{"fold": {"per_turn": True}}])
    assert cli.run(["train", str(config), "--out", str(tmp_path / "run")]) == 2
    (line,) = capfd.readouterr().err.strip().splitlines()
    assert "and the stages need 224; set window.seconds to" in line


def test_a_run_on_orders_tells_tones_of_the_shaft_apart(tmp_path: Path, catalog: Path) -> None:
    """All the way through `order`: 100, 300, 700 Hz are orders 4, 12, 28 of a shaft near 25 Hz."""
    stages = [
        {"order": {"turns": 6, "samples_per_turn": 64}},
        {"stft": {"n_fft": 64, "hop": 16, "max_order": 30}},
        "decibels",
        "standardise",
    ]
    metrics = train(load_config(write_config(tmp_path / "run.yaml", catalog, stages=stages)), tmp_path / "run")
    assert metrics["test"]["windows"]["accuracy"] == 100.0
