"""Tables of users: their words, their separators, and what is missing on either side."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.catalog.scanning.scan import scan
from pipeline.errors import CatalogError, FaultprintError, RequestError

NOISE = np.random.default_rng(0).standard_normal(200)


@pytest.fixture
def rig(tmp_path: Path) -> Path:
    """Two files of one channel, one of two."""
    folder = tmp_path / "rig"
    (folder / "deep").mkdir(parents=True)
    np.save(folder / "7.npy", NOISE)
    np.save(folder / "deep" / "8.npy", NOISE)
    np.savez(folder / "two.npz", DE=NOISE, FE=NOISE)
    return folder


def table(rig: Path, text: str) -> Path:
    path = rig.parent / "list.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_line_per_file_in_the_words_of_a_spreadsheet(rig):
    text = "\ufeffDatei;Defekt;RPM;Last;Bemerkung\n7.npy;ball|cage;1797,5;0,75;laut\n8;healthy;1800;low;\ntwo.npz;;;;\n"
    columns = {"Datei": "source", "Defekt": "label", "Last": "condition.load"}
    catalog = scan(rig, table=table(rig, text), columns=columns)
    rows = {row.signal: row for row in catalog}
    assert sorted(rows) == ["7.npy", "deep/8.npy", "two.npz/DE", "two.npz/FE"]
    assert rows["7.npy"].labels == ("ball", "cage")
    assert (rows["7.npy"].speed_rpm, rows["7.npy"].speed_from, rows["7.npy"].condition) == (
        1797.5,
        "table",
        {"load": 0.75},
    )
    assert (rows["deep/8.npy"].condition, rows["two.npz/DE"].labels) == ({"load": "low"}, ())
    assert any("Bemerkung" in note for note in catalog.notes)
    assert catalog.skipped == ()


def test_a_line_per_signal_takes_its_channel_only(rig):
    text = "source,channel,label,specimen,signal\ntwo.npz,DE,ball,bearing 1,\ntwo.npz,FE,healthy,bearing 2,fan\n"
    catalog = scan(rig, table=table(rig, text))
    told = {row.signal: (row.channel, row.labels, row.specimen) for row in catalog}
    assert told == {"two.npz/DE": ("DE", ("ball",), "bearing 1"), "fan": ("FE", ("healthy",), "bearing 2")}


def test_files_without_a_line_and_lines_without_a_file_are_told(rig):
    catalog = scan(rig, table=table(rig, "file,label\n7.npy,ball\n9.npy,ball\n"))
    assert [row.signal for row in catalog] == ["7.npy"]
    skipped = dict(catalog.skipped)
    assert sorted(skipped) == ["9.npy", "deep/8.npy", "two.npz"]
    assert "list.csv:3 names it, but it is not there" in skipped["9.npy"]
    assert "list.csv does not name it" in skipped["two.npz"]


def test_a_table_beside_the_recordings_is_not_taken_for_one(rig):
    path = rig / "list.csv"
    path.write_text("file,specimen\n7.npy,1\n8.npy,2\ntwo.npz,3\n")
    assert scan(rig, table=path).skipped == ()


def test_a_side_file_still_wins(rig):
    (rig / "7.npy.yaml").write_text("labels: cage\n")
    catalog = scan(rig, table=table(rig, "file,label,rpm\n7.npy,ball,600\n"))
    assert (catalog["7.npy"].labels, catalog["7.npy"].speed_rpm) == (("cage",), 600)


@pytest.mark.parametrize(
    ("text", "columns", "said"),
    [
        ("file,label\nnpy/7.npy,ball\n", {"Datei": "source"}, "no column 'Datei'"),
        ("file,Lable\n7.npy,ball\n", {"Lable": "lable"}, "did you mean 'label"),
        ("Datei,label\n7.npy,ball\n", {}, "no column names the files"),
        ("file,path\n7.npy,7.npy\n", {}, "two columns are 'source'"),
        ("file,rpm\n7.npy,fast\n", {}, r"list\.csv:2: speed_rpm: must be a number"),
        ("file,rpm\n7.npy\n", {}, "has 1 cells, and the first line 2"),
        ("file,label\n,ball\n", {}, "every line names its file"),
        ("file,signal\n7.npy,a\n8.npy,a\n", {}, r"list\.csv:3: signal 'a' is named in .*list\.csv:2 too"),
        ("file,bearing\n7.npy,9999-nothing\n", {}, "unknown bearing"),
    ],
)
def test_a_table_nobody_can_follow_is_refused_before_a_file_is_opened(rig, text, columns, said):
    with pytest.raises(FaultprintError, match=said) as caught:
        scan(rig, table=table(rig, text), columns=columns)
    assert "\n" not in str(caught.value)


def test_a_name_that_fits_two_files_is_refused(rig):
    np.save(rig / "8.npy", NOISE)
    with pytest.raises(CatalogError, match=r"fits 8\.npy and deep/8\.npy"):
        scan(rig, table=table(rig, "file\n8\n"))
    assert scan(rig, table=table(rig, "file,specimen\n8.npy,1\n")).rows[0].source == "8.npy"


def test_a_channel_told_twice_is_told_not_raised(rig):
    catalog = scan(rig, table=table(rig, "file,channel\ntwo.npz,DE\ntwo.npz,DE\n7.npy,\n"))
    assert [row.signal for row in catalog] == ["7.npy"]
    assert "two signals of it are 'two.npz/DE'" in dict(catalog.skipped)["two.npz"]


def test_columns_without_a_table_and_two_tellers_at_once_are_refused(rig):
    with pytest.raises(RequestError, match="--table"):
        scan(rig, columns={"Datei": "source"})
    with pytest.raises(RequestError, match="pattern and table"):
        scan(rig, "{label}.npy", table=table(rig, "file\n7.npy\n"))
