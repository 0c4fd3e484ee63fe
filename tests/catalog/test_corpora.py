"""Manifests: complete, and wise to the traps of the files they describe."""

import csv
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from pipeline.catalog.corpora import CORPORA, corpus_names, load_corpus, manifest_of
from pipeline.catalog.corpora.entries import side_by_side
from pipeline.catalog.corpora.manifest import Manifest, expand
from pipeline.catalog.opening import open_row
from pipeline.errors import CatalogError, RequestError
from pipeline.signals.labels import KNOWN

NOISE = np.random.default_rng(0).standard_normal(200)
DE_FE = {"DE": (3.5848, 5.4152, 4.7135, 0.39828), "FE": (3.0530, 4.9469, 3.9874, 0.3817)}


UNLABELLED = {"femto"}  # run to failure, and nobody says of what
WITHOUT_RATE = {"seu"}
WITHOUT_SPEED = {"uconn_gear"}
WITHOUT_LENGTH = {f"cwru/{number}.mat" for number in (98, 99, 100)}
HEARD_BEFORE_THEIR_FAULT = {"uored"}


def rows_of(name):
    return {row.signal: row for row in expand(manifest_of(name)).rows}


@pytest.fixture
def cwru_folder(tmp_path):
    """Makes CWRU files of 200 samples with the variables given."""
    (tmp_path / "cwru").mkdir()

    def make(number, **variables):
        savemat(tmp_path / "cwru" / f"{number}.mat", variables)
        return tmp_path

    return make


@pytest.mark.parametrize("name", CORPORA)
def test_every_manifest_says_where_it_comes_from_and_under_which_terms(name):
    manifest = manifest_of(name)
    assert manifest.name == name
    assert all((manifest.title, manifest.where, manifest.layout, manifest.licence, manifest.citation))
    assert all(trap.endswith(".") for trap in manifest.traps)


@pytest.mark.parametrize("name", CORPORA)
def test_every_row_of_a_manifest_is_complete(name):
    rows = rows_of(name)
    assert len(rows) == len(expand(manifest_of(name)).rows)
    for row in rows.values():
        assert set(row.labels) <= set(KNOWN)
        assert all((row.specimen, row.machine, row.point))
        assert row.labels or name in UNLABELLED
        assert row.rate_hz or name in WITHOUT_RATE
        assert row.speed_rpm or name in WITHOUT_SPEED
        assert row.n_samples or name == "paderborn" or row.source in WITHOUT_LENGTH
        assert row.rate_from in (("file", "manifest", "inferred") if row.rate_hz else ("",))
        assert row.speed_from in (("file", "manifest", "nominal") if row.speed_rpm else ("",))


@pytest.mark.parametrize("name", sorted(set(CORPORA) - HEARD_BEFORE_THEIR_FAULT))
def test_a_specimen_has_one_label_where_its_fault_was_seeded(name):
    told = {}
    for row in rows_of(name).values():
        assert told.setdefault(row.specimen, row.labels) == row.labels


def test_names_of_corpora_are_sorted_and_an_unknown_one_is_answered():
    names = ["cwru", "femto", "gearbox", "hit_sm", "mfpt", "paderborn", "seu", "uconn_gear", "uored"]
    assert corpus_names() == names
    with pytest.raises(RequestError, match="did you mean 'cwru'"):
        load_corpus("cwro")


# CWRU and its traps


def test_cwru_has_two_signals_per_recording_and_the_other_end_is_healthy():
    rows = rows_of("cwru")
    assert len({row.source for row in rows.values()}) == 114
    assert (rows["105/DE"].labels, rows["105/DE"].specimen) == (("inner_race",), "CWRU-DE-IR007")
    assert (rows["105/FE"].labels, rows["105/FE"].specimen) == (("healthy",), "CWRU-FE-healthy")
    assert (rows["294/FE"].labels, rows["294/FE"].specimen) == (("outer_race",), "CWRU-FE-OR007")
    assert (rows["294/DE"].labels, rows["294/DE"].specimen) == (("healthy",), "CWRU-DE-healthy")
    for row in rows.values():
        assert row.bearing.orders == DE_FE[row.point]
    assert len({row.specimen for row in rows.values()}) == 3 * 4 - 1 + 3 * 3 + 2  # no 0.028 in at the outer race


def test_cwru_clock_positions_of_one_size_are_one_bearing():
    rows = rows_of("cwru")
    same = {rows[f"{number}/DE"].specimen for number in (130, 144, 156)}
    assert same == {"CWRU-DE-OR007"}
    assert [rows[f"{number}/DE"].condition["position"] for number in (130, 144, 156)] == [6, 3, 12]


@pytest.mark.parametrize("number", [97, 98, 99, 100])
def test_cwru_97_to_100_are_at_48_khz_and_healthy_at_both_ends(number):
    rows = rows_of("cwru")
    for end in ("DE", "FE"):
        row = rows[f"{number}/{end}"]
        assert row.condition["load_hp"] == number - 97
        assert (row.rate_hz, row.labels, row.specimen) == (48000, ("healthy",), f"CWRU-{end}-healthy")


def test_cwru_files_at_48_khz_are_those_five_and_the_healthy_ones():
    fast = {row.source for row in rows_of("cwru").values() if row.rate_hz == 48000}
    assert fast == {f"cwru/{number}.mat" for number in (97, 98, 99, 100, 109, 122, 135, 174, 189)}


def test_cwru_48_khz_and_12_khz_files_of_a_fault_are_one_specimen():
    rows = rows_of("cwru")
    for fast, slow in ((109, 105), (122, 118), (135, 130), (174, 169), (189, 185)):
        assert rows[f"{fast}/DE"].specimen == rows[f"{slow}/DE"].specimen


def test_cwru_174_is_found_under_the_name_of_173(cwru_folder):
    root = cwru_folder(174, X173_DE_time=NOISE[:, None], X173_FE_time=-NOISE[:, None], X173RPM=1796.0)
    catalog = load_corpus("cwru", root)
    assert np.array_equal(open_whole(catalog["174/DE"], root).samples[0], NOISE)


def test_cwru_99_is_not_taken_for_98_whose_variables_it_holds_too(cwru_folder):
    old = {f"X098_{end}_time": np.zeros((200, 1)) for end in ("DE", "FE")}
    own = {"X099_DE_time": NOISE[:, None], "X099_FE_time": -NOISE[:, None]}
    root = cwru_folder(99, **old, **own)
    catalog = load_corpus("cwru", root)
    assert np.array_equal(open_whole(catalog["99/DE"], root).samples[0], NOISE)
    assert np.array_equal(open_whole(catalog["99/FE"], root).samples[0], -NOISE)


@pytest.mark.parametrize(("number", "inside"), [(3001, "056"), (3004, "059"), (3005, "048"), (3008, "051")])
def test_cwru_3001_to_3008_hold_other_numbers_one_end_and_no_speed(cwru_folder, number, inside):
    root = cwru_folder(number, **{f"X{inside}_DE_time": NOISE[:, None]})
    catalog = load_corpus("cwru", root)
    (row,) = catalog
    signal = open_whole(row, root)
    assert signal.channel == f"X{inside}_DE_time"
    assert (signal.speed_rpm, signal.origins["speed_rpm"]) == (row.condition["speed_nominal_rpm"], "nominal")


@pytest.mark.parametrize("number", [277, 278])
def test_cwru_277_and_278_hold_an_array_that_is_no_signal(cwru_folder, number):
    root = cwru_folder(
        number,
        i=np.arange(10000, dtype=np.int16)[None],
        **{f"X{number}_DE_time": NOISE[:, None], f"X{number}_FE_time": -NOISE[:, None], f"X{number}RPM": 1733.0},
    )
    catalog = load_corpus("cwru", root)
    assert [row.signal for row in catalog] == [f"{number}/DE", f"{number}/FE"]
    assert np.array_equal(open_whole(catalog[f"{number}/FE"], root).samples[0], -NOISE)


@pytest.mark.parametrize(("number", "stated", "true"), [(279, 1732.0, 1774.0), (158, 1773.0, 1796.6)])
def test_cwru_speeds_that_files_state_wrongly_are_corrected_with_a_warning(cwru_folder, number, stated, true):
    variables = {f"X{number}_DE_time": NOISE[:, None], f"X{number}_FE_time": NOISE[:, None], f"X{number}RPM": stated}
    root = cwru_folder(number, **variables)
    for row in load_corpus("cwru", root):
        signal = open_whole(row, root)
        assert (signal.speed_rpm, signal.origins["speed_rpm"]) == (true, "manifest")
        assert any(f"file says {stated:g}" in line for line in signal.warnings)


def test_cwru_189_has_one_signal_and_says_why(cwru_folder):
    root = cwru_folder(189, X189_DE_time=NOISE[:, None], X189_FE_time=NOISE[:, None], X189RPM=1797.0)
    catalog = load_corpus("cwru", root)
    assert [row.signal for row in catalog] == ["189/DE"]
    assert any("189/FE is left out" in note for note in catalog.notes)


def open_whole(row, root):
    """A row's signal from a file that is shorter than the real one."""
    return open_row(row.changed(n_samples=None), root)


# The others


def test_hit_sm_has_a_severity_for_every_fault_and_none_for_normal():
    rows = rows_of("hit_sm")
    assert len(rows) == 7 * 3
    assert rows["IR5_1200"].condition == {"severity": 5}
    assert rows["Normal_600"].condition == {}
    assert (rows["OR8_600"].labels, rows["OR8_600"].speed_rpm, rows["OR8_600"].rate_hz) == (("outer_race",), 600, 51200)
    assert rows["IR2_600"].specimen == rows["IR2_1200"].specimen != rows["IR5_600"].specimen
    assert {row.bearing.orders for row in rows.values()} == {DE_FE["DE"]}


def test_mfpt_has_the_publishers_twenty_recordings_at_their_two_rates():
    rows = rows_of("mfpt")
    assert len(rows) == 3 + 3 + 7 + 7
    fast = {name for name, row in rows.items() if row.rate_hz == 97656}
    assert fast == {f"{name}_{number}" for name in ("baseline", "OuterRaceFault") for number in (1, 2, 3)}
    assert {row.n_samples / row.rate_hz for row in rows.values()} == {6.0, 3.0}
    loads = [rows[f"OuterRaceFault_vload_{number}"].condition["load_lbf"] for number in range(1, 8)]
    assert loads == [25, 50, 100, 150, 200, 250, 300]
    assert rows["baseline_2"].labels == ("healthy",)


def test_the_gearbox_says_that_its_rate_is_inferred(tmp_path):
    folder = tmp_path / "spectraquest_gearbox"
    folder.mkdir()
    lines = "\n".join(",".join(f"{value:.5f}" for value in row) for row in NOISE.reshape(50, 4).repeat(4, axis=0))
    (folder / "b30hz50.csv.gz").write_text(f"a1,a2,a3,a4\n{lines}\n")
    catalog = load_corpus("gearbox", tmp_path)
    assert [row.signal for row in catalog] == [f"b30hz50/a{n}" for n in (1, 2, 3, 4)]
    assert any("4266.67 Hz is inferred" in note for note in catalog.notes)
    row = catalog["b30hz50/a3"]
    assert (row.labels, row.specimen, row.condition) == (("gear_tooth",), "gearbox-broken", {"load": 50})
    assert (row.rate_hz, row.rate_from, row.speed_rpm) == (4266.67, "inferred", 1800)


def test_mfpt_orders_come_from_the_geometry_not_from_the_files_cage_frequency():
    rows = rows_of("mfpt")
    assert {row.specimen for row in rows.values()} == {"MFPT-healthy", "MFPT-inner", "MFPT-outer"}
    outer, inner, ball, cage = rows["InnerRaceFault_vload_1"].bearing.orders
    assert np.allclose((outer * 25, inner * 25, ball * 25), (81.125, 118.875, 2 * 63.91), rtol=1e-3)
    assert np.isclose(cage * 25, 10.14, rtol=1e-3)


# Folders


def test_without_a_data_folder_it_says_what_to_set(monkeypatch, tmp_path):
    monkeypatch.delenv("FAULTPRINT_DATA", raising=False)
    with pytest.raises(CatalogError, match=r"set FAULTPRINT_DATA to the folder that holds cwru/"):
        load_corpus("cwru")
    monkeypatch.setenv("FAULTPRINT_DATA", str(tmp_path))
    with pytest.raises(CatalogError, match=r"no folder .*cwru; set FAULTPRINT_DATA"):
        load_corpus("cwru")


def test_an_empty_folder_is_an_error_and_a_part_of_the_files_a_note(tmp_path):
    (tmp_path / "hit_sm").mkdir()
    with pytest.raises(CatalogError, match="none of its 21 recordings"):
        load_corpus("hit_sm", tmp_path)
    savemat(tmp_path / "hit_sm" / "IR2_600.mat", {"z10_1": NOISE[:, None]})
    catalog = load_corpus("hit_sm", tmp_path)
    assert (len(catalog), catalog.corpus, catalog.root) == (1, "hit_sm", tmp_path)
    assert any("20 of 21 recordings are missing" in note for note in catalog.notes)


# The language of manifests


def test_a_rule_with_a_field_no_row_has_is_refused(tmp_path):
    text = Path(CORPORA["mfpt"]).read_text().replace("specimen: MFPT-inner", "speciman: MFPT-inner")
    (tmp_path / "ours.yaml").write_text(text)
    with pytest.raises(CatalogError, match="no row has a field 'speciman'"):
        Manifest.read(tmp_path / "ours.yaml")


def test_lists_of_unlike_length_are_refused():
    with pytest.raises(CatalogError, match="equally long"):
        list(side_by_side({"number": [1, 2, 3], "load": [0, 1]}))


def test_a_template_nothing_fills_is_refused():
    manifest = manifest_of("mfpt").model_copy(update={"file": ("{nothing}.mat",)})
    with pytest.raises(CatalogError, match=r"'\{nothing\}\.mat' cannot be filled"):
        expand(manifest)


def test_the_published_table_is_in_the_package_beside_the_manifests():
    with (Path(CORPORA["cwru"]).parent / "cwru_bearingwise_signals.csv").open() as file:
        assert len(list(csv.DictReader(file))) == 144
