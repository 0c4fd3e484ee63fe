"""The package of the pages on readers and images, installed as a user does: found by name, held to our suites."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from pages import blocks

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "tests" / "plugin_example"
COUNTS = np.random.default_rng(3).integers(-2000, 2000, (30_000, 1)).astype("<i2")
HEADER = b"TickLog 1\nrate_hz = 10000\nspeed_rpm = 1485\nchannel = DE; g; 0.001\n[samples]\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which pip installed the example, from a copy that may be littered."""
    folder = tmp_path_factory.mktemp("plugin")
    shutil.copytree(EXAMPLE, folder / "source", ignore=shutil.ignore_patterns("__pycache__"))
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    pip += ["--disable-pip-version-check", "--target", str(folder / "site"), str(folder / "source")]
    subprocess.run(pip, check=True, capture_output=True, timeout=120)
    return folder / "site"


@pytest.fixture
def logged(tmp_path: Path) -> Path:
    """A recording of the made-up logger."""
    path = tmp_path / "pump.tick"
    path.write_bytes(HEADER + COUNTS.tobytes())
    return path


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A config that names the stage."""
    said = {
        "name": "echoes",
        "data": {"catalog": "catalog.csv"},
        "rate_hz": 10000,
        "window": {"seconds": 0.5},
        "task": "multiclass",
        "split": {"group": "specimen", "test_share": 0.5},
        "stages": [{"echoes": {"rows": 8, "columns": 224}}],
        "branches": [{"head": "ridge"}],
    }
    path = tmp_path / "echoes.yaml"
    path.write_text(yaml.safe_dump(said))
    return path


def asked(site: Path | None, *words: object) -> subprocess.CompletedProcess[str]:
    """Python in a process of its own, with or without the folder on its path."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *([str(site)] if site else [])])}
    command = [sys.executable, *map(str, words)]
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=240, check=False
    )  # fmt: skip


COMMAND = ("-c", "from pipeline.cli import main; main()")


def test_the_page_on_images_shows_the_very_file() -> None:
    (shown,) = blocks((ROOT / "docs" / "own_image.md").read_text("utf-8"), "python")
    assert shown == (EXAMPLE / "faultprint_echoes.py").read_text("utf-8")


def test_an_installed_reader_is_found_by_inspect(site: Path, logged: Path) -> None:
    done = asked(site, *COMMAND, "inspect", logged, "--json")
    assert done.returncode == 0, done.stderr
    (found,) = json.loads(done.stdout)["channels"]
    assert (found["name"], found["rate_hz"]) == ("DE", 10000)
    assert found["statistics"]["rms"] == pytest.approx(np.sqrt(np.mean(np.square(COUNTS * 0.001))), rel=1e-9)


def test_without_the_package_the_file_is_nobodys(logged: Path) -> None:
    done = asked(None, *COMMAND, "inspect", logged, "--json")
    assert done.returncode == 3
    assert "no reader accepts" in done.stdout + done.stderr
    assert "ticklog" not in done.stdout + done.stderr


def test_an_installed_stage_is_drawn_as_a_config_names_it(
    site: Path, logged: Path, config: Path, tmp_path: Path
) -> None:
    done = asked(site, *COMMAND, "inspect", logged, "--image", config, "--out", tmp_path / "looks")
    assert done.returncode == 0, done.stderr
    assert [path.suffix for path in (tmp_path / "looks").glob("*.png")] == [".png"]


def test_without_the_package_the_error_names_the_stage(config: Path) -> None:
    done = asked(None, *COMMAND, "split", config)
    assert done.returncode == 2
    assert "unknown stage 'echoes'" in done.stderr


def test_the_suites_of_readers_and_stages_hold_for_those_of_the_package(site: Path) -> None:
    suites = ("tests/readers/test_every_reader.py", "tests/preprocessing/test_stages.py")
    done = asked(site, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "ticklog or echoes", *suites)
    assert done.returncode == 0, done.stdout[-2000:]
    (n_passed,) = re.findall(r"(\d+) passed", done.stdout)
    assert int(n_passed) > 40
