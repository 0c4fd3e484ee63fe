"""Rows: a part is a part of its recording, and never of nothing."""

import pytest

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.row import Row
from pipeline.errors import CatalogError


def test_a_row_spans_its_recording_and_a_part_only_its_part():
    row = Row("a", "a.wav", n_samples=1000)
    assert row.span == (0, 1000)
    assert row.part(250, 500).span == (250, 500)
    assert row.part(250, 500).signal == "a"


def test_a_recording_is_the_same_however_its_path_is_spelt():
    assert Row("a", "./rig//a.wav").recording == Row("b", "rig/a.wav").recording == "rig/a.wav"


def test_a_row_of_unknown_length_cannot_be_cut_and_says_how_to_learn_it():
    with pytest.raises(CatalogError, match=r"signal 'a'.*n_samples"):
        _ = Row("a", "a.wav").span


@pytest.mark.parametrize(
    ("start", "stop", "said"),
    [(10, 10, "holds no samples"), (-1, 5, "holds no samples"), (100, None, "holds no samples"), (0, 101, "has 100")],
)
def test_a_part_outside_its_recording_is_refused(start, stop, said):
    with pytest.raises(CatalogError, match=said):
        Row("a", "a.wav", n_samples=100, start=start, stop=stop)


def test_a_row_needs_an_id_and_a_file():
    with pytest.raises(CatalogError, match="needs a signal and a source"):
        Row("", "a.wav")


def test_a_label_that_a_catalog_would_read_as_two_is_refused_and_a_comma_is_none_of_its_signs(tmp_path):
    with pytest.raises(CatalogError, match=r"signal 'a': label 'ball\|cage' would be two labels in a catalog"):
        Row("a", "a.wav", labels=("healthy", "ball|cage"))
    rows = (Row("a", "a.wav", labels=("worn, left", 'says "ball"')), Row("b", "b.wav", labels=("x;y",)))
    Catalog(rows, tmp_path).write(tmp_path / "catalog.csv")
    assert [row.labels for row in Catalog.read(tmp_path / "catalog.csv")] == [row.labels for row in rows]
