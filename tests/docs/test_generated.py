"""What is written from the code is what the code says now: the reference, and the pictures of the house."""

import doctest
import importlib
from pathlib import Path
from types import ModuleType

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch):
    """A script of the folder `docs` by name."""
    monkeypatch.syspath_prepend(str(DOCS))
    return importlib.import_module


@pytest.mark.parametrize("name", ["docstrings", "schema_tables", "house"])
def test_examples_of_the_scripts_run(script, name: str) -> None:
    assert not doctest.testmod(script(name)).failed


def test_the_reference_is_that_of_the_code(script) -> None:
    reference: ModuleType = script("reference")
    written = reference.written()
    assert {path.name for path in (DOCS / "reference").iterdir()} == set(written)
    for name, text in written.items():
        kept = (DOCS / "reference" / name).read_text("utf-8")
        assert kept == text, f"docs/reference/{name} is of other code; run make reference"


def test_every_command_and_public_name_has_a_section(script) -> None:
    import typer

    import pipeline
    from pipeline.cli import app

    commands = (DOCS / "reference" / "commands.md").read_text("utf-8")
    assert all(f"\n## {name}\n" in commands for name in typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    python = (DOCS / "reference" / "python.md").read_text("utf-8")
    assert all(f"\n## {name}\n" in python for name in pipeline.__all__)


def test_nothing_of_this_machine_is_in_the_reference() -> None:
    for path in (DOCS / "reference").iterdir():
        assert not any(word in path.read_text("utf-8") for word in (str(Path.home()), "site-packages", "/tmp/"))


def test_the_house_is_drawn_from_the_imports_as_they_are(script) -> None:
    for name, picture in script("house").drawn().items():
        kept = (DOCS / "figures" / name).read_text("utf-8")
        assert kept == picture, f"docs/figures/{name} is of other imports; run make reference"


def test_every_import_runs_downhill(script) -> None:
    house: ModuleType = script("house")
    floors = house.floors()
    height = {room: place for place, rooms in enumerate(floors) for room in rooms}
    found = house.imports(list(height))
    assert all(height[other] > height[room] for room, others in found.items() for other in others)
    assert found["workflow"] > {"training", "diagnosis"}
