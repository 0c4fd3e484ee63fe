"""`faultprint evaluate` tells figures in a table, and what was left out in lines of its own."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from tiny import write_config, write_recordings

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.scanning.scan import scan
from pipeline.config import load_config
from pipeline.workflow.train import train


@pytest.fixture(scope="module")
def plant(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of sound machines and outer races, and a catalog of them with ball faults and a name of its own."""
    folder = tmp_path_factory.mktemp("plant")
    catalog = scan(write_recordings(folder / "recordings"))
    catalog.write(folder / "catalog.csv")
    data = {"catalog": str(folder / "catalog.csv"), "where": {"labels": ["healthy", "outer_race"]}}
    config = write_config(folder / "tiny.yaml", folder / "catalog.csv", data=data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAULTPRINT_CACHE", str(folder / "cache"))
        train(load_config(config), folder / "run")
    return folder


def test_labels_never_taught_are_no_failure_and_have_one_line(run, plant: Path) -> None:
    code, out, err = run("evaluate", plant / "run" / "model", plant / "catalog.csv")
    assert code == 0
    assert "faultprint: 4 signals have labels that the model was never taught: in the figures of OUTSIDE alone" in err
    assert "skipped" not in err
    assert "not in these figures" not in out + err


def test_a_signal_that_cannot_be_used_has_a_line_of_its_own(run, plant: Path) -> None:
    catalog = Catalog.read(plant / "catalog.csv")
    gone = replace(catalog.rows[-1], signal="gone", source="recordings/gone.wav", specimen="gone")
    replace(catalog, rows=(*catalog.rows, gone)).write(plant / "gone.csv")
    code, _, err = run("evaluate", plant / "run" / "model", plant / "gone.csv")
    assert code == 3
    (line,) = [line for line in err.splitlines() if line.startswith("faultprint: skipped ")]
    assert "skipped gone: " in line


def test_a_catalog_of_nothing_but_labels_never_taught_has_figures_of_outside(run, plant: Path, tmp_path: Path) -> None:
    catalog = Catalog.read(plant / "catalog.csv")
    replace(catalog, rows=tuple(row for row in catalog if row.labels == ("ball",))).write(plant / "balls.csv")
    page = tmp_path / "evaluation.html"
    code, out, _ = run("evaluate", plant / "run" / "model", plant / "balls.csv", "--json", "--page", page)
    found = json.loads(out)
    assert code == 0
    assert (found["untaught"], found["verdicts"]["outside"]["n_unknown"], found["windows"]["n"]) == (4, 4, 0)
    assert "only OUTSIDE has figures" in found["verdicts"]["coverage"]["note"]
    assert "only OUTSIDE has figures" in page.read_text()


def test_a_page_is_written_and_json_stays_alone_on_stdout(run, plant: Path, tmp_path: Path) -> None:
    page = tmp_path / "evaluation.html"
    code, out, _ = run("evaluate", plant / "run" / "model", plant / "catalog.csv", "--page", page, "--json")
    assert code == 0
    found = json.loads(out)
    assert found["verdicts"]["outside"]["n_unknown"] == 4
    assert "Evaluation of <bdi>tiny</bdi>" in page.read_text()


def test_a_page_in_no_folder_is_refused_before_anything_is_read(run, plant: Path, tmp_path: Path) -> None:
    page = tmp_path / "nowhere" / "evaluation.html"
    code, out, err = run("evaluate", plant / "run" / "model", plant / "catalog.csv", "--page", page)
    assert (code, out) == (2, "")
    assert "needs a file in a folder that exists" in err


def test_an_uncalibrated_model_says_so_in_the_terminal(run, plant: Path) -> None:
    _, out, _ = run("evaluate", plant / "run" / "model", plant / "catalog.csv")
    assert "Answers exactly right\t" in out
    assert "note: the model is not calibrated" in out
