"""Checking: what was changed in a copy is found, and said; what is missing is listed."""

import hashlib
import json

import h5py
import numpy as np
import pytest
from scipy.io import savemat
from typer.testing import CliRunner

from pipeline.catalog.corpora import checking, corpus_names, load_corpus, manifest_of
from pipeline.catalog.corpora.checking import check_corpus, tallied
from pipeline.catalog.corpora.content import COLUMNS, content_sha256, known_contents
from pipeline.catalog.corpora.manifest import expand
from pipeline.catalog.corpora.overview import overviews
from pipeline.commands.corpora import app
from pipeline.errors import CatalogError

NOISE = np.random.default_rng(0).standard_normal(262144)


@pytest.fixture
def data(tmp_path, monkeypatch):
    """One right file of HIT-SM, and its hash."""
    (tmp_path / "hit_sm").mkdir()
    savemat(tmp_path / "hit_sm" / "IR2_600.mat", {"z10_1": NOISE[:, None]})
    known = {"IR2_600": hashlib.sha256(NOISE.astype("<f8").tobytes()).hexdigest()}
    monkeypatch.setattr(checking, "known_contents", lambda manifest: known)
    return tmp_path


def told(root, with_hash=False):
    return {check.file.removeprefix("hit_sm/"): check.status for check in check_corpus("hit_sm", root, with_hash)}


def test_a_right_file_is_ok_and_the_others_are_missing(data):
    found = told(data)
    assert len(found) == 21
    assert [file for file, status in found.items() if status != "missing"] == ["IR2_600.mat"]
    assert found["IR2_600.mat"] == "ok"


def test_a_wrong_length_a_choice_of_variables_and_an_empty_file_are_told(data):
    savemat(data / "hit_sm" / "IR2_600.mat", {"z10_1": NOISE[:200, None]})
    savemat(data / "hit_sm" / "IR5_600.mat", {"a": NOISE[:, None], "b": NOISE[:, None]})
    (data / "hit_sm" / "IR8_600.mat").write_bytes(b"")
    found = told(data)
    assert found["IR2_600.mat"] == "IR2_600: 200 samples in the file, 262144 in the manifest"
    assert "holds 2 channels" in found["IR5_600.mat"]
    assert "empty" in found["IR8_600.mat"]


def test_a_missing_variable_is_told(tmp_path):
    (tmp_path / "cwru").mkdir()
    savemat(tmp_path / "cwru" / "105.mat", {"X105_DE_time": NOISE[:121265, None], "X105RPM": 1797.0})
    status = next(check.status for check in check_corpus("cwru", tmp_path) if check.file == "cwru/105.mat")
    assert "no channel '*FE_time'" in status


def test_a_rate_that_a_file_states_otherwise_is_told(tmp_path):
    (tmp_path / "mfpt").mkdir()
    record = {"gs": np.resize(NOISE, (585936, 1)), "sr": 48828.0, "rate": 25.0, "load": 270.0}
    savemat(tmp_path / "mfpt" / "baseline_1.mat", {"bearing": record})
    status = next(check.status for check in check_corpus("mfpt", tmp_path) if check.status != "missing")
    assert status == "baseline_1: 48828 Hz in the file, 97656 in the manifest"


def test_one_changed_sample_is_found_with_hashes_and_only_with_them(data):
    changed = NOISE.copy()
    changed[1000] += 1e-9
    savemat(data / "hit_sm" / "IR2_600.mat", {"z10_1": changed[:, None]})
    assert told(data)["IR2_600.mat"] == "ok"
    assert "the samples are not those published" in told(data, with_hash=True)["IR2_600.mat"]


def test_the_same_samples_in_another_container_satisfy_the_hash(data):
    (data / "hit_sm" / "IR2_600.mat").unlink()
    with h5py.File(data / "hit_sm" / "IR2_600.mat", "w") as file:
        file["anything"] = NOISE.astype(">f8")
    checks = check_corpus("hit_sm", data, with_hash=True)
    assert tallied(checks) == {"ok": 1, "differs": 0, "missing": 20, "n_files": 21, "n_hashed": 1}


@pytest.mark.parametrize("dtype", ["<i2", ">i4", "<f4", ">f8"])
def test_the_hash_is_of_values_not_of_how_they_are_stored(dtype):
    values = np.array([0, -3, 1024, 7])
    assert content_sha256(values.astype(dtype)) == hashlib.sha256(values.astype("<f8").tobytes()).hexdigest()


def test_hashes_come_back_as_written_and_another_table_is_refused(tmp_path):
    (tmp_path / "ours_content.csv").write_text(f"{','.join(COLUMNS)}\na/x,5,00ff\n")
    assert known_contents(tmp_path / "ours.yaml") == {"a/x": "00ff"}
    assert known_contents(tmp_path / "without.yaml") == {}
    (tmp_path / "wrong_content.csv").write_text("signal,sha256\n")
    with pytest.raises(CatalogError, match=f"needs the columns {', '.join(COLUMNS)}"):
        known_contents(tmp_path / "wrong.yaml")


@pytest.mark.parametrize("name", ["cwru", "femto", "gearbox", "hit_sm", "mfpt"])
def test_shipped_hashes_are_of_signals_in_the_manifest(name):
    from pipeline.catalog.corpora import CORPORA

    known = known_contents(CORPORA[name])
    assert known
    assert set(known) <= {row.signal for row in expand(manifest_of(name)).rows}
    assert all(len(bytes.fromhex(sha256)) == 32 for sha256 in known.values())


def test_missing_files_are_a_note_of_the_catalog_and_no_rows(data):
    catalog = load_corpus("hit_sm", data)
    assert [row.signal for row in catalog] == ["IR2_600"]
    assert any("20 of 21 recordings are missing" in note for note in catalog.notes)


# Commands


def run(*arguments):
    ran = CliRunner().invoke(app, [str(argument) for argument in arguments])
    return ran.exit_code, ran.stdout


def test_the_command_sums_up_and_is_content_while_what_is_there_is_right(data):
    code, out = run("check", "hit_sm", "--data", data, "--hash")
    assert code == 0
    assert out.splitlines()[-1] == "1 ok, 0 differs, 20 missing of 21; samples of 1 signals compared"
    savemat(data / "hit_sm" / "OR2_600.mat", {"x": NOISE[:100, None]})
    code, out = run("check", "hit_sm", "--data", data)
    assert code == 2
    assert out.splitlines()[-1] == "1 ok, 1 differs, 19 missing of 21"
    assert "OR2_600: 100 samples in the file, 262144 in the manifest" in out


def test_the_command_is_not_content_with_an_empty_folder(tmp_path):
    (tmp_path / "seu").mkdir()
    code, out = run("check", "seu", "--data", tmp_path)
    assert code == 2
    assert out.splitlines()[-1] == "0 ok, 0 differs, 20 missing of 20; layout from documentation"


def test_the_command_names_twenty_missing_files_and_in_json_all(tmp_path):
    (tmp_path / "uored").mkdir()
    _, out = run("check", "uored", "--data", tmp_path)
    assert out.count("missing") == 20 + 1 + 1
    assert "and 40 more" in out
    _, out = run("check", "uored", "--data", tmp_path, "--json")
    answer = json.loads(out)
    assert (len(answer["files"]), answer["missing"], answer["layout_from"]) == (60, 60, "documentation")


def test_the_list_counts_files_at_hand_without_opening_one(data):
    code, out = run("list", "--data", data, "--json")
    assert code == 0
    rows = {row["name"]: row for row in json.loads(out)}
    assert list(rows) == corpus_names()
    assert (rows["hit_sm"]["files_there"], rows["hit_sm"]["files"]) == (1, 21)
    assert rows["cwru"]["files_there"] == 0
    documented = {name for name, row in rows.items() if row["layout_from"] == "documentation"}
    assert documented == {"paderborn", "seu", "uconn_gear", "uored"}
    assert all(row["licence"] and row["title"] for row in rows.values())
    _, out = run("list", "--data", data)
    assert "1 of 21" in out


def test_without_a_data_folder_the_list_says_what_there_is_and_not_what_is_there(monkeypatch):
    monkeypatch.delenv("FAULTPRINT_DATA", raising=False)
    assert {each.files_there for each in overviews()} == {None}


def test_the_list_counts_as_many_files_as_the_manifests_have():
    for each in overviews():
        assert each.files == len({row.source for row in expand(manifest_of(each.name)).rows})
