"""A leak is refused; one that is declared is stamped on every output of the run."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from PIL import Image
from scipy.io import wavfile
from tiny import RATE_HZ, tone, write_config, write_recordings

from pipeline.catalog.scanning.scan import scan
from pipeline.cli import run
from pipeline.config import load_config
from pipeline.errors import LeakError
from pipeline.workflow.train import train

LEAKY = {"leaky": True, "parts": 4, "seed": 3}


@pytest.fixture(scope="module")
def leaky(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two runs of one config but for the split: one honest, one leaky."""
    folder = tmp_path_factory.mktemp("leaky")
    scan(write_recordings(folder / "recordings")).write(folder / "catalog.csv")
    # Fine-tuned for one epoch, so that there is a history to stamp.
    fit = {"epochs": 1, "batch_windows": 8}
    for name, split in (("leaky", LEAKY), ("honest", {"group": "specimen", "test_share": 0.25})):
        branch = {
            "stages": [{"resize": {"rows": 32, "columns": 32}}, "to_imagenet"],
            "backbone": "small",
            "weights": "random",
            "regime": "full",
        }
        path = write_config(folder / f"{name}.yaml", folder / "catalog.csv", split=split, branches=[branch], fit=fit)
        train(load_config(path), folder / name)
    return folder


def test_a_split_with_one_part_on_both_sides_is_refused(leaky: Path, tmp_path: Path):
    catalog = scan(leaky / "recordings")
    one_part_each = tuple(row.changed(specimen=row.labels[0]) for row in catalog)
    replace(catalog, rows=one_part_each).write(tmp_path / "catalog.csv")
    split = {"group": "recording", "test_share": 0.5}
    config = load_config(write_config(tmp_path / "config.yaml", tmp_path / "catalog.csv", split=split))
    with pytest.raises(LeakError, match="is on both sides"):
        train(config, tmp_path / "run")


def test_every_text_a_leaky_run_leaves_says_so(leaky: Path):
    out = leaky / "leaky"
    for name in ("audit.json", "metrics.json", "environment.json"):
        assert json.loads((out / name).read_text())["stamps"] == ["leaky"], name
    for name in ("split.csv", "history.csv"):
        lines = list(csv.DictReader((out / name).read_text().splitlines()))
        assert lines, name
        assert {line["stamps"] for line in lines} == {"leaky"}, name
    assert yaml.safe_load((out / "config.yaml").read_text())["split"]["leaky"] is True
    assert yaml.safe_load((out / "model" / "model.yaml").read_text())["stamps"] == ["leaky"]


def test_every_figure_of_a_leaky_run_carries_the_stamp(leaky: Path):
    names = sorted(path.name for path in (leaky / "leaky" / "figures").glob("*.png"))
    assert {"scores.png", "history.png"} <= set(names)
    assert all(darkest_in_corner(leaky / "leaky" / "figures" / name) < 128 for name in names)
    assert all(darkest_in_corner(path) > 128 for path in (leaky / "honest" / "figures").glob("*.png"))


def darkest_in_corner(path: Path) -> int:
    """Of the upper right corner, where a stamp stands."""
    figure = Image.open(path).convert("L")
    return figure.crop((int(figure.width * 0.93), 0, figure.width, int(figure.height * 0.06))).getextrema()[0]


def test_every_verdict_and_page_of_a_leaky_model_says_so(
    leaky: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    wavfile.write(tmp_path / "new.wav", RATE_HZ, tone("ball", seed=99))
    page = tmp_path / "page.html"
    assert run(["diagnose", str(leaky / "leaky"), str(tmp_path / "new.wav"), "--json", "--page", str(page)]) == 0
    assert "the model is stamped: leaky" in json.loads(capsys.readouterr().out)["warnings"]
    assert "leaky" in page.read_text()


def test_figures_shown_on_a_terminal_are_under_the_stamp(leaky: Path, capsys: pytest.CaptureFixture[str]):
    assert run(["split", str(leaky / "leaky.yaml"), "--quiet"]) == 0
    told = capsys.readouterr()
    assert "leaky" in (told.out + told.err).lower()
