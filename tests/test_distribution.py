"""What is shipped: wheel and sdist hold all that the code needs and nothing else, and run far from the checkout."""

import json
import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from zipfile import ZipFile

import pytest
import yaml

from pipeline.catalog.export import write_signals
from pipeline.signals.simulation.fleet import demo_fleet

ROOT = Path(__file__).parents[1]
ROOMS = ("pipeline", "tests", "benchmarks", "docs")
PIP = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
OFFLINE = ["--no-index", "--no-deps"]
TOLD = {"CHANGELOG.md", "CITATION.cff", "LICENSE", "MANIFEST.in", "README.md", "SECURITY.md", "constraints.txt"}
MADE_BY_SETUPTOOLS = {"PKG-INFO", "pyproject.toml", "setup.cfg"}
LONG_AGO = 1_700_000_000


def files_below(folder: Path) -> set[str]:
    """Every file below a folder, told from the folder that holds it."""
    return {path.relative_to(folder.parent).as_posix() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the checkout, without what Python and earlier builds left in it."""
    folder = tmp_path_factory.mktemp("source")
    for path in (*(ROOT / room for room in ROOMS), *(path for path in ROOT.iterdir() if path.is_file())):
        if path.is_dir():
            shutil.copytree(path, folder / path.name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(path, folder)
    return folder


def built(source: Path, out: Path) -> Path:
    """The wheel of a folder or an sdist, built with no network."""
    subprocess.run([*PIP, "wheel", *OFFLINE, "--no-build-isolation", "--wheel-dir", out, source], check=True)
    (wheel,) = out.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return built(source, tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def sdist(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("sdist")
    code = "import sys; from setuptools import build_meta; build_meta.build_sdist(sys.argv[1])"
    subprocess.run([sys.executable, "-c", code, out], cwd=source, check=True, capture_output=True)
    (path,) = out.glob("*.tar.gz")
    return path


def test_the_wheel_holds_every_file_of_the_package_and_nothing_else(wheel: Path) -> None:
    package = {name for name in files_below(ROOT / "pipeline") if "__pycache__" not in name}
    assert {Path(name).suffix for name in package} >= {".py", ".yaml", ".csv", ".html", ".js", ".safetensors", ".md"}
    with ZipFile(wheel) as archive:
        names = set(archive.namelist())
        described = {name for name in names if name.split("/")[0].endswith(".dist-info")}
        assert names - described == package
        assert any(name.endswith("licenses/LICENSE") for name in described)
        assert all(archive.read(name) == (ROOT / name).read_bytes() for name in package)


def test_the_sdist_holds_the_package_and_what_tells_of_it_and_builds_the_same_wheel(
    sdist: Path, wheel: Path, tmp_path: Path
) -> None:
    with tarfile.open(sdist) as archive:
        names = {member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()}
    beside = {name for name in names if not name.startswith(("pipeline/", "faultprint.egg-info/"))}
    assert beside == TOLD | MADE_BY_SETUPTOOLS
    with ZipFile(built(sdist, tmp_path)) as one, ZipFile(wheel) as other:
        assert {item.filename: item.CRC for item in one.infolist()} == {
            item.filename: item.CRC for item in other.infolist()
        }


Run = Callable[..., str]


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Runs a program of the installed wheel in a folder that is not the checkout's."""
    site, desk = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("desk")
    subprocess.run([*PIP, "install", *OFFLINE, "--target", site, wheel], check=True)
    environment = os.environ | {"PYTHONPATH": str(site), "FAULTPRINT_CACHE": str(desk / "cache")}

    def run(*words: object, program: Path = site / "bin" / "faultprint") -> str:
        done = subprocess.run(
            [sys.executable, program, *map(str, words)],
            cwd=desk,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    (desk / "where.py").write_text("import pipeline; print(pipeline.__file__)")
    assert Path(run(program=desk / "where.py").strip()) == site / "pipeline" / "__init__.py"
    _, (pump, *_) = demo_fleet(seed=3)
    for path in (*write_signals([pump], desk / "inbox", with_labels=False), *(desk / "inbox").iterdir()):
        os.utime(path, (LONG_AGO, LONG_AGO))
    return run


def test_what_needs_no_model_runs_from_the_installed_wheel(installed: Run) -> None:
    assert installed("--version") == f"faultprint {version('faultprint')}\n"
    assert "squeezenet1_1" in installed("weights", "list")
    assert "cwru" in installed("corpora", "list")


def test_a_recording_is_diagnosed_kept_and_reported_by_the_installed_wheel(installed: Run) -> None:
    verdict = json.loads(installed("diagnose", "ready", "inbox", "--json"))
    assert verdict["verdict"] in ("CONFIDENT", "AMBIGUOUS")
    assert "1 diagnosed" in installed("batch", "ready", "inbox", "--store", "plant.db")
    (kept,) = installed("report", "plant.db", "--json", "--out", "report").splitlines()
    assert json.loads(kept)["labels"] == verdict["labels"]


def test_the_citation_says_what_the_package_says_of_itself() -> None:
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text("utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    # What the schema of CFF 1.2.0 requires.
    assert {"cff-version", "message", "title", "authors"} <= set(cited)
    assert (cited["cff-version"], cited["title"].lower()) == ("1.2.0", project["name"])
    assert (cited["version"], cited["license"], cited["authors"]) == (
        project["version"], project["license"], project["authors"],
    )  # fmt: skip
