"""Sensor vectors: a real public table (wines, by Forina et al., as scikit-learn ships it) through every command."""

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from wines import write_wines

from pipeline.catalog.catalog import Catalog
from pipeline.cli import run
from pipeline.readers.choose import read_header, read_recording


def config(**changes: Any) -> dict[str, Any]:
    return {
        "name": "wine",
        "data": {"catalog": "wine-catalog.csv"},
        "centre": False,
        "window": {"samples": 13},
        "split": {"group": "specimen", "test_share": 0.3},
        "stages": ["per_sensor", {"fold": {"rows": 4, "columns": 4}}],
        "branches": [{"stages": [], "regime": "head", "head": "logistic"}],
    } | changes


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    write_wines(tmp_path / "wine.csv")
    columns = ["--column", "class=label", "--column", "#=specimen"]
    assert run(["scan", "wine.csv", "--vectors", *columns, "--out", "wine-catalog.csv", "--quiet"]) == 0
    return tmp_path


def trained(folder: Path, capsys: pytest.CaptureFixture[str], **changes: Any) -> dict[str, Any]:
    (folder / "wine.yaml").write_text(yaml.safe_dump(config(**changes)))
    capsys.readouterr()
    assert run(["train", "wine.yaml", "--out", "run", "--quiet", "--json"]) == 0
    return dict(json.loads(capsys.readouterr().out))


def test_a_table_becomes_one_signal_per_row_with_its_label(folder: Path):
    catalog, wine = Catalog.read(folder / "wine-catalog.csv"), load_wine()
    assert len(catalog) == 178
    assert [row.labels[0] for row in catalog] == list(wine.target_names[wine.target])
    assert {row.n_samples for row in catalog} == {13}
    assert len({row.specimen for row in catalog}) == 178


def test_every_row_is_read_as_its_sensors_in_column_order(folder: Path):
    reader = "vectors:without=class"
    np.testing.assert_array_equal(read_recording(folder / "wine.csv", reader=reader).samples, load_wine().data)
    np.testing.assert_array_equal(
        read_recording(folder / "wine.csv", ["177", "3"], 2, 5, reader=reader).samples, load_wine().data[[177, 3], 2:5]
    )
    assert read_header(folder / "wine.csv", reader).facts["sensors"] == tuple(load_wine().feature_names)


def test_folded_vectors_are_told_apart_as_well_as_the_textbook_does(folder: Path, capsys: pytest.CaptureFixture[str]):
    metrics = trained(folder, capsys)
    wine = load_wine()
    sides = {
        line["signal"]: line["side"] for line in csv.DictReader((folder / "run" / "split.csv").read_text().splitlines())
    }
    train = np.array([sides[f"wine.csv/{row}"] == "train" for row in range(178)])
    textbook = make_pipeline(StandardScaler(), LogisticRegression()).fit(wine.data[train], wine.target[train])
    wanted = textbook.score(wine.data[~train], wine.target[~train])
    # Two wines of 53 either way: the heads choose their strength differently.
    assert metrics["test"]["windows"]["accuracy"] / 100 >= wanted - 2.5 / 53


def test_a_vector_is_seen_as_an_image_by_a_convolutional_net_too(folder: Path, capsys: pytest.CaptureFixture[str]):
    branch = {"stages": ["resize", "to_imagenet"], "backbone": "small", "weights": "random", "regime": "head"}
    metrics = trained(folder, capsys, branches=[branch])
    assert metrics["test"]["windows"]["accuracy"] > metrics["test"]["windows"]["majority"]


def test_new_rows_get_a_verdict_each(folder: Path, capsys: pytest.CaptureFixture[str]):
    trained(folder, capsys)
    write_wines(folder / "new.csv", with_class=False, rows=slice(0, 178, 20))
    assert run(["diagnose", "run/model", "new.csv", "--reader", "vectors", "--json", "--quiet"]) == 0
    verdicts = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    truth = load_wine().target_names[load_wine().target][::20]
    assert [verdict["channel"] for verdict in verdicts] == [str(row) for row in range(len(truth))]
    right = [verdict["labels"] == [label] for verdict, label in zip(verdicts, truth, strict=True)]
    assert sum(right) >= len(right) - 1


def test_a_table_that_lacks_a_sensor_is_refused_with_both_counts(folder: Path, capsys: pytest.CaptureFixture[str]):
    trained(folder, capsys)
    lines = [line.rpartition(",")[0] for line in write_wines(folder / "new.csv", with_class=False).read_text().split()]
    (folder / "less.csv").write_text("\n".join(lines) + "\n")
    assert run(["diagnose", "run/model", "less.csv", "--reader", "vectors", "--json", "--quiet"]) == 3
    reasons = {json.loads(line)["reason"] for line in capsys.readouterr().out.splitlines()}
    assert reasons == {"too short: 12 samples, and one window needs 13 samples"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["scan", "wine.csv", "--vectors", "--column", "clas=label"], "no column 'clas'; did you mean 'class'?"),
        (["scan", "wine.csv", "--vectors", "--column", "class=labl"], "did you mean 'label'?"),
        (["scan", "none.csv", "--vectors"], "no such file"),
        (["inspect", "wine.csv", "--reader", "vectors:columns=3"], "vectors:without=class+id"),
    ],
)
def test_a_slip_is_answered_in_one_line(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
):
    assert run([*arguments, "--out", "again.csv"] if arguments[0] == "scan" else arguments) == 2
    told = capsys.readouterr()
    assert said in told.err + told.out
