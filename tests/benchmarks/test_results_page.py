"""The page of results follows from the JSONs and from nothing else; runs leave what they cannot replace."""

import doctest
import importlib
import json
import subprocess
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
BENCHMARKS = ROOT / "benchmarks"


@pytest.fixture
def module(monkeypatch: pytest.MonkeyPatch):
    """A module of the folder `benchmarks` by name."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    return importlib.import_module


def document(**changes) -> str:
    """A benchmark's JSON with one row."""
    row = {"method": "ours", "image": "stft", "macro_auroc": 94.061, "std": 5.79, "target": 94.0, "reached": "reached"}
    told = {
        "machine": {"processor": "a processor", "cores": 2, "threads": 1},
        "versions": {"torch": "2.13.0"},
        "commit": "0123456789abcdef",
        "command": "python benchmarks/cwru_bearingwise.py",
        "rows": [row],
        "notes": ["a loss: 1 < 2"],
    }
    return json.dumps(told | changes)


@pytest.mark.parametrize("name", ["results_page", "run_all"])
def test_examples_of_the_page_run(module, name: str):
    found = doctest.testmod(module(name))
    assert found.attempted
    assert not found.failed


def test_the_page_that_is_kept_is_the_page_of_the_results_that_are_kept(module):
    made = module("results_page").page(BENCHMARKS / "results")
    kept = (ROOT / "docs" / "results.md").read_text()
    assert kept == made, "docs/results.md is of other results; run python benchmarks/results_page.py"


def test_every_script_of_the_page_is_there_and_every_result_has_a_section(module):
    names = [section.name for section in module("result_sections").SECTIONS]
    assert len(names) == len(set(names))
    kept = {path.stem for path in (BENCHMARKS / "results").glob("*.json") if not path.stem.endswith("-quick")}
    assert kept <= set(names)
    assert all((BENCHMARKS / f"{name}.py").exists() for name in kept)


def test_a_folder_without_results_makes_a_page_of_commands(module, tmp_path: Path):
    page = module("results_page").page(tmp_path)
    sections = module("result_sections").SECTIONS
    assert page.count("**Missing.**") == len(sections)
    for section in sections:
        assert f"`python benchmarks/{section.name}.py --json benchmarks/results/{section.name}.json`" in page


def test_the_page_changes_with_the_results_only(module, tmp_path: Path):
    page = module("results_page").page
    path = tmp_path / "cwru_bearingwise.json"
    path.write_text(document())
    first = page(tmp_path)
    assert first == page(tmp_path)
    path.write_text(document(notes=["another"]))
    assert page(tmp_path) != first


def test_a_section_shows_rows_notes_figure_and_what_ran_it(module, tmp_path: Path):
    (tmp_path / "cwru_bearingwise.json").write_text(document())
    (tmp_path / "cwru_bearingwise.png").touch()
    page = module("results_page").page(tmp_path)
    assert "| stft | ours | 94.06 ± 5.79 | 94: reached |" in page
    assert "- a loss: 1 &lt; 2\n" in page
    assert "(../benchmarks/results/cwru_bearingwise.png)" in page
    assert "`python benchmarks/cwru_bearingwise.py`" in page
    assert "a processor, 2 cores, 1 thread; commit 0123456789; torch 2.13.0." in page


def test_a_run_that_was_broken_off_says_so(module, tmp_path: Path):
    (tmp_path / "cwru_bearingwise.json").write_text(document(finished=False))
    assert "Broken off" in module("results_page").page(tmp_path)


def test_every_table_of_the_page_has_as_many_cells_as_titles(module):
    lines = module("results_page").page(BENCHMARKS / "results").splitlines()
    cells = [len(line.replace("\\|", "").split("|")) if line.startswith("|") else 0 for line in lines]
    assert max(cells) - 2 <= 11
    assert all(here == after or 0 in (here, after) for here, after in pairwise(cells))


@pytest.mark.parametrize(("code", "written", "end"), [(0, "new", "done"), (1, "new", "FAILED"), (0, "none", "FAILED")])
def test_a_benchmark_that_fails_or_has_no_rows_leaves_what_was_there(
    module, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, written: str, end: str
):
    run_all: ModuleType = module("run_all")
    monkeypatch.setattr(run_all, "ROOT", tmp_path)
    monkeypatch.setattr(run_all, "RESULTS", tmp_path / "results")
    path = tmp_path / "results" / f"{run_all.SECTIONS[0].name}.json"
    path.parent.mkdir()
    path.write_text(document(notes=["old"]))

    def child(words, **options):
        path.write_text(document(notes=["new"]) if written == "new" else document(rows=[]))
        return subprocess.CompletedProcess(words, code)

    monkeypatch.setattr(run_all.subprocess, "run", child)
    assert run_all.run(run_all.SECTIONS[0], run_all.parsed([])).startswith(end)
    assert json.loads(path.read_text())["notes"] == (["new"] if end == "done" else ["old"])


def test_what_takes_a_night_is_run_when_asked_for_only(module):
    run_all = module("run_all")
    long = {section.name for section in run_all.SECTIONS if section.only_long}
    assert long == {"cwru_finetuned"}
    for words, wanted in (
        ([], False),
        (["--long"], True),
        (["--only", "cwru_finetuned"], True),
        (["--only", "leak"], False),
    ):
        options = run_all.parsed(words)
        names = {section.name for section in run_all.SECTIONS if run_all.asked_for(section, options)}
        assert (names & long == long) is wanted


def test_flags_reach_the_scripts_that_know_them(module):
    run_all = module("run_all")
    options = run_all.parsed(["--long", "--resume"])
    for section in run_all.SECTIONS:
        words = run_all.command(section, options)
        assert ("--long" in words) == section.has_long
        assert ("--resume" in words) == section.resumable
        assert str(words[3]) == f"benchmarks/results/{section.name}.json"
        script = BENCHMARKS / f"{section.name}.py"
        if section.resumable and script.exists():
            assert "resumable" in script.read_text()
