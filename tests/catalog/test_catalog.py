"""Catalogs: what is written is what is read, and what is misspelt is refused."""

import csv
import os
from pathlib import Path

import pyarrow
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.row import Row
from pipeline.errors import CatalogError
from pipeline.signals.bearing import Bearing
from pipeline.signals.bearing_table import bearing_of
from pipeline.signals.gear import Gear

WORDS = st.text("abcdefgh ,;'\"äé_-", min_size=1, max_size=12).map(str.strip).filter(bool)
POSITIVE = st.floats(0.01, 1e7, allow_nan=False)


def catalog_of(tmp_path: Path, text: str) -> Catalog:
    path = tmp_path / "catalog.csv"
    path.write_text(text, encoding="utf-8")
    return Catalog.read(path)


@st.composite
def rows(draw):
    length = draw(st.integers(10, 10**9))
    return Row(
        signal=draw(WORDS),
        source=f"folder/{draw(WORDS)}.wav",
        channel=draw(st.none() | WORDS),
        point=draw(st.just("") | WORDS),
        machine=draw(st.just("") | WORDS),
        specimen=draw(st.just("") | WORDS),
        labels=tuple(draw(st.lists(WORDS, max_size=3, unique=True))),
        rate_hz=draw(st.none() | POSITIVE),
        rate_from=draw(st.sampled_from(["", "file", "manifest"])),
        speed_rpm=draw(st.none() | POSITIVE),
        bearing=draw(st.sampled_from([None, bearing_of("6205"), Bearing(n_elements=9, diameter_ratio=0.19)])),
        gear=draw(st.sampled_from([None, Gear(teeth=(32, 80)), Gear(name="first stage", teeth=(20, 41, 7))])),
        unit=draw(st.sampled_from([None, "g"])),
        n_samples=length,
        start=draw(st.integers(0, 4)),
        stop=draw(st.none() | st.integers(5, length)),
        condition=draw(st.dictionaries(st.sampled_from(["load", "size_mil"]), POSITIVE | st.just("low"))),
        sha256=draw(st.none() | st.just("ab" * 32)),
        size_bytes=draw(st.none() | st.integers(0, 2**53)),
        modified=draw(st.just("") | st.just("2026-01-05T12:00:00.123456789Z with side file 1969-01-05T12:00:00Z")),
        label_shares=draw(st.dictionaries(WORDS, st.floats(0, 1), max_size=3)),
        agreement=draw(st.sampled_from(["", "ambiguous"])),
    )


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    return tmp_path_factory.mktemp("catalogs")


@settings(max_examples=40, deadline=None, database=None)
@given(st.lists(rows(), max_size=4, unique_by=lambda row: row.signal))
def test_a_catalog_reads_back_as_it_was_written_in_csv_and_in_parquet(shelf, made):
    for name in ("catalog.csv", "catalog.parquet"):
        Catalog(tuple(made), shelf).write(shelf / name)
        assert Catalog.read(shelf / name).rows == tuple(made)


def test_a_parquet_catalog_has_numbers_as_numbers_for_whoever_else_reads_it(tmp_path):
    rows = (
        Row("a", "a.wav", labels=("ball", "cage"), rate_hz=12000.0, n_samples=10, condition={"load": 2, "oil": "old"}),
        Row("b", "b.wav", condition={"load": 0.5, "oil": 7.0}),
    )
    Catalog(rows, tmp_path).write(tmp_path / "catalog.parquet")
    table = parquet.read_table(tmp_path / "catalog.parquet")
    assert table.column("rate_hz").to_pylist() == [12000.0, None]
    assert table.column("n_samples").to_pylist() == [10, None]
    assert table.column("labels").to_pylist() == ["ball|cage", None]
    assert table.column("condition.load").to_pylist() == [2.0, 0.5]
    assert table.column("condition.oil").to_pylist() == ["old", "7"]


def test_a_parquet_made_by_other_hands_is_read_with_its_gaps_and_lists(tmp_path):
    path = tmp_path / "theirs.parquet"
    gap = float("nan")
    theirs = {
        "source": ["a.wav", "b.wav"],
        "labels": [["ball", "cage"], None],
        "n_samples": [100.0, gap],
        "channel": [1, 2],
    }
    parquet.write_table(pyarrow.table(theirs), path)
    first, second = Catalog.read(path)
    assert (first.labels, first.n_samples, first.channel) == (("ball", "cage"), 100, "1")
    assert (second.labels, second.n_samples, second.signal) == ((), None, "b.wav/2")


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ({"source": ["a.wav"], "speciman": ["7"]}, "did you mean 'specimen'"),
        ({"labels": ["ball"]}, "needs a column 'source'"),
        ({"source": ["a.wav", None]}, r"catalog\.parquet: row 2: no source"),
        ({"source": ["a.wav"], "rate_hz": ["fast"]}, r"row 1: rate_hz: must be a number, got 'fast'"),
    ],
)
def test_a_parquet_that_cannot_be_read_is_refused_in_one_line(tmp_path, columns, said):
    parquet.write_table(pyarrow.table(columns), tmp_path / "catalog.parquet")
    with pytest.raises(CatalogError, match=said) as caught:
        Catalog.read(tmp_path / "catalog.parquet")
    assert "\n" not in str(caught.value)


def test_a_damaged_parquet_is_one_line(tmp_path):
    (tmp_path / "catalog.parquet").write_bytes(b"PAR1 and nothing else")
    with pytest.raises(CatalogError, match="cannot be read as a catalog") as caught:
        Catalog.read(tmp_path / "catalog.parquet")
    assert "\n" not in str(caught.value)


def test_a_catalog_that_cannot_be_written_leaves_the_old_one(tmp_path, monkeypatch):
    Catalog((Row("old", "a.wav"),), tmp_path).write(tmp_path / "catalog.csv")

    def torn(row, source):
        raise MemoryError

    monkeypatch.setattr("pipeline.catalog.table.cells_of", torn)
    with pytest.raises(MemoryError):
        Catalog((Row("new", "b.wav"),), tmp_path).write(tmp_path / "catalog.csv")
    assert [row.signal for row in Catalog.read(tmp_path / "catalog.csv")] == ["old"]
    assert [path.name for path in tmp_path.iterdir()] == ["catalog.csv"]


def test_a_written_catalog_is_plain_csv_with_a_column_per_condition(tmp_path):
    row = Row("a", "a.wav", labels=("ball", "cage"), bearing=bearing_of("6205"), condition={"load_hp": 2})
    Catalog((row,), tmp_path).write(tmp_path / "catalog.csv")
    with (tmp_path / "catalog.csv").open(newline="") as file:
        (line,) = csv.DictReader(file)
    assert line["signal"] == "a"
    assert line["labels"] == "ball|cage"
    assert line["bearing"] == "6205-2RS JEM"
    assert line["condition.load_hp"] == "2"
    assert line["rate_hz"] == ""


def test_a_bearing_that_only_borrows_a_name_is_written_with_its_own_numbers(tmp_path):
    ours = Bearing(name="6205-2RS JEM", n_elements=8, diameter_ratio=0.25)
    Catalog((Row("a", "a.wav", bearing=ours),), tmp_path).write(tmp_path / "catalog.csv")
    assert Catalog.read(tmp_path / "catalog.csv").rows[0].bearing == ours


def test_a_short_table_by_hand_is_enough(tmp_path):
    catalog = catalog_of(tmp_path, "source,channel,labels,condition.load\na.wav,,ball|cage,50\nb.mat,DE,,\n")
    first, second = catalog
    assert (first.signal, first.labels, first.condition) == ("a.wav", ("ball", "cage"), {"load": 50})
    assert (second.signal, second.labels, second.condition) == ("b.mat/DE", (), {})
    assert catalog.root == tmp_path


def test_the_semicolons_and_mark_of_a_spreadsheet_are_read(tmp_path):
    assert catalog_of(tmp_path, "\ufeffsource;labels\r\na.wav;ball\r\n").labels == ("ball",)


def test_a_misspelt_column_is_refused_with_the_nearest_one(tmp_path):
    with pytest.raises(CatalogError, match=r"unknown column 'speciman'; did you mean 'specimen'\?"):
        catalog_of(tmp_path, "source,speciman\na.wav,7\n")


def test_a_condition_without_its_prefix_is_refused_with_the_spelling(tmp_path):
    with pytest.raises(CatalogError, match=r"'condition\.humidity'"):
        catalog_of(tmp_path, "source,humidity\na.wav,7\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("labels\nball\n", "needs a column 'source'"),
        ("source,source\na.wav,b.wav\n", "more than once"),
        ("source,rate_hz\na.wav,fast\n", r"catalog\.csv:2: rate_hz: must be a number, got 'fast'"),
        ("source,rate_hz\na.wav,nan\n", "must be a number"),
        ("source,n_samples\na.wav,10.5\n", "must be a whole number"),
        ("source,bearing\na.wav,9999-nothing\n", r"catalog\.csv:2: bearing: unknown bearing"),
        ("source,rate_hz\na.wav\n", "another number of cells"),
        ("source,rate_hz\na.wav,5,6\n", "another number of cells"),
        ("source,labels\n,ball\n", "no source"),
        ("signal,source\na,a.wav\na,b.wav\n", "signal 'a' is there more than once"),
        ("source,start,stop\na.wav,9,3\n", r"catalog\.csv:2: .*holds no samples"),
        ("source,label_shares\na.wav,0.67\n", r"label_shares: needs label:share"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(tmp_path, text, said):
    with pytest.raises(CatalogError, match=said) as caught:
        catalog_of(tmp_path, text)
    assert "\n" not in str(caught.value)


def test_a_missing_catalog_is_one_line(tmp_path):
    with pytest.raises(CatalogError, match="there is no such catalog; faultprint scan"):
        Catalog.read(tmp_path / "nothing.csv")


def test_sources_are_relative_to_the_table_below_it_and_absolute_elsewhere(tmp_path):
    catalog = Catalog((Row("a", "rig/a.wav"), Row("b", "/other/b.wav")), tmp_path / "data")
    catalog.write(tmp_path / "catalog.csv")
    assert [row.source for row in Catalog.read(tmp_path / "catalog.csv")] == ["data/rig/a.wav", "/other/b.wav"]
    catalog.write(tmp_path / "lists" / "catalog.csv")
    moved = Catalog.read(tmp_path / "lists" / "catalog.csv").rows[0].source
    assert Path(moved) == tmp_path / "data" / "rig" / "a.wav"


def test_two_rows_of_one_id_are_refused(tmp_path):
    with pytest.raises(CatalogError, match="signal 'a' is there more than once"):
        Catalog((Row("a", "a.wav"), Row("a", "b.wav")), tmp_path)


def test_a_part_of_a_catalog_keeps_what_must_be_said_of_it(tmp_path):
    catalog = Catalog((Row("a", "a.wav"), Row("b", "b.wav")), tmp_path, "cwru", ("a note",))
    part = catalog.where(lambda row: row.signal == "b")
    assert [row.signal for row in part] == ["b"]
    assert (part.root, part.corpus, part.notes) == (tmp_path, "cwru", ("a note",))
    assert part["b"].source == "b.wav"
    with pytest.raises(CatalogError, match="no signal 'a'"):
        part["a"]


def test_an_inferred_rate_is_still_told_after_a_trip_through_csv(tmp_path):
    row = Row("a", "a.wav", rate_hz=4266.67, rate_from="inferred")
    Catalog((row,), tmp_path).write(tmp_path / "catalog.csv")
    assert any("4266.67 Hz is inferred" in note for note in Catalog.read(tmp_path / "catalog.csv").notes)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes on this system")
def test_a_pipe_in_place_of_a_catalog_is_refused_and_never_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "catalog.csv")  # type: ignore[attr-defined,unused-ignore]
    with pytest.raises(CatalogError, match="a pipe or a device"):
        Catalog.read(tmp_path / "catalog.csv")
