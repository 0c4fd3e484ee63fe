"""`faultprint evaluate` tells figures in a table, and what was left out in lines of its own."""

import json
from pathlib import Path

import pytest
from tiny import write_config, write_recordings

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


def test_every_signal_that_was_skipped_has_a_line_and_no_cell(run, plant: Path) -> None:
    code, out, err = run("evaluate", plant / "run" / "model", plant / "catalog.csv")
    assert code == 3
    lines = [line for line in err.splitlines() if line.startswith("faultprint: skipped ")]
    assert len(lines) == 4
    assert all("has label ball" in line for line in lines)
    assert "4 of 12 signals that were to test are not in these figures, the first because" in out + err


def test_a_page_is_written_and_json_stays_alone_on_stdout(run, plant: Path, tmp_path: Path) -> None:
    page = tmp_path / "evaluation.html"
    code, out, _ = run("evaluate", plant / "run" / "model", plant / "catalog.csv", "--page", page, "--json")
    assert code == 3
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
