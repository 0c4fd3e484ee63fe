"""Scans: every channel of every recording becomes a row; what cannot be read is told, not raised."""

import hashlib
from pathlib import Path

import fsspec
import numpy as np
import pytest
from scipy.io import savemat, wavfile

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.corpora import load_corpus, manifest_of
from pipeline.catalog.corpora.manifest import expand
from pipeline.catalog.opening import open_row
from pipeline.catalog.scanning.scan import scan
from pipeline.errors import CatalogError
from pipeline.readers.base import ChannelHeader, Header
from pipeline.readers.choose import read_header

NOISE = np.random.default_rng(0).standard_normal(2000).astype(np.float32)


@pytest.fixture
def folder(tmp_path):
    """Two labels as folders, in three formats, with a broken file and what is not a recording."""
    for label in ("healthy", "inner_race"):
        (tmp_path / label).mkdir()
    wavfile.write(tmp_path / "healthy" / "a.wav", 12000, NOISE)
    np.save(tmp_path / "inner_race" / "b.npy", NOISE)
    mat = {"X105_DE_time": NOISE[:, None], "X105_FE_time": NOISE[:, None], "X105RPM": 1797.0}
    savemat(tmp_path / "inner_race" / "105.mat", mat)
    (tmp_path / "inner_race" / "broken.mat").write_bytes((tmp_path / "inner_race" / "105.mat").read_bytes()[:3000])
    (tmp_path / "healthy" / "empty.wav").write_bytes(b"")
    (tmp_path / ".hidden").write_bytes(b"x")
    return tmp_path


def by_signal(catalog):
    return {row.signal: row for row in catalog}


def test_every_channel_of_every_file_is_a_row_with_its_folder_as_label(folder):
    rows = by_signal(scan(folder))
    assert sorted(rows) == [
        "healthy/a.wav",
        "inner_race/105.mat/X105_DE_time",
        "inner_race/105.mat/X105_FE_time",
        "inner_race/b.npy",
    ]
    assert rows["healthy/a.wav"].labels == ("healthy",)
    assert (rows["healthy/a.wav"].rate_hz, rows["healthy/a.wav"].rate_from) == (12000, "file")
    assert rows["inner_race/b.npy"].rate_hz is None
    end = rows["inner_race/105.mat/X105_FE_time"]
    assert (end.source, end.channel, end.n_samples) == ("inner_race/105.mat", "X105_FE_time", 2000)
    assert (end.speed_rpm, end.speed_from) == (1797, "file")


def test_what_gives_no_row_is_told_with_its_reason(folder):
    skipped = dict(scan(folder).skipped)
    assert sorted(skipped) == ["healthy/empty.wav", "inner_race/broken.mat"]
    assert "empty" in skipped["healthy/empty.wav"]
    assert all("\n" not in reason for reason in skipped.values())


def test_every_row_of_a_scan_opens(folder):
    catalog = scan(folder)
    for row in catalog:
        signal = open_row(row, catalog.root)
        assert signal.n_samples == row.n_samples
        assert np.array_equal(signal.samples[0], NOISE)


def test_a_side_file_wins_over_folder_pattern_and_file(folder):
    (folder / "inner_race" / "105.mat.yaml").write_text(
        "labels: outer_race\nspeed_rpm: 1772\nrate_hz: 12000\nbearing: 6205\nchannel: '*DE_time'\nspecimen: lab 3\n"
        "load: 2\ncondition: {torque: 7}\n"
    )
    rows = by_signal(scan(folder, "{speed_rpm:d}.mat"))
    (row,) = rows.values()  # the other names do not fit the pattern
    assert (row.channel, row.labels, row.specimen) == ("X105_DE_time", ("outer_race",), "lab 3")
    assert (row.speed_rpm, row.speed_from, row.rate_from) == (1772, "side file", "side file")
    assert row.bearing.name == "6205-2RS JEM"
    assert row.condition == {"load": 2, "torque": 7}


def test_a_pattern_reads_the_name_and_skips_what_does_not_fit(tmp_path):
    for name in ("ball_600.npy", "inner_race+ball_1200.npy", "notes.npy"):
        np.save(tmp_path / name, NOISE)
    catalog = scan(tmp_path, "{label}_{rpm:d}.npy")
    told = {row.source: (row.labels, row.speed_rpm, row.speed_from) for row in catalog}
    assert told == {
        "ball_600.npy": (("ball",), 600, "file name"),
        "inner_race+ball_1200.npy": (("inner_race", "ball"), 1200, "file name"),
    }
    assert catalog.skipped == (("notes.npy", "notes.npy: does not fit the pattern '{label}_{rpm:d}.npy'"),)


def test_a_broken_side_file_is_told_and_the_others_are_read(folder):
    (folder / "healthy" / "a.wav.yaml").write_text("lables: ball\n")
    catalog = scan(folder)
    assert "healthy/a.wav" not in by_signal(catalog)
    assert "did you mean 'labels'" in dict(catalog.skipped)["healthy/a.wav"]


def test_a_scan_survives_the_trip_through_csv_and_does_not_read_its_own_table(folder):
    catalog = scan(folder)
    catalog.write(folder / "catalog.csv")
    assert Catalog.read(folder / "catalog.csv").rows == catalog.rows
    again = scan(folder)
    assert again.rows == catalog.rows
    assert dict(again.skipped)["catalog.csv"] == "catalog.csv: a catalog, not a recording"


def test_a_single_file_is_a_catalog_too(folder):
    catalog = scan(folder / "inner_race" / "105.mat")
    assert [row.signal for row in catalog] == ["105.mat/X105_DE_time", "105.mat/X105_FE_time"]
    assert catalog.root == folder / "inner_race"
    assert catalog.labels == ()


def test_nothing_there_and_a_pattern_nobody_knows_are_refused(tmp_path):
    with pytest.raises(CatalogError, match="no such file or folder"):
        scan(tmp_path / "nothing")
    with pytest.raises(CatalogError, match="did you mean 'label'"):
        scan(tmp_path, "{lable}.wav")


def test_size_time_and_on_request_the_hash_are_kept(folder):
    (row,) = scan(folder / "healthy" / "a.wav")
    assert row.size_bytes == (folder / "healthy" / "a.wav").stat().st_size
    assert row.modified.endswith("Z")
    assert row.sha256 is None
    (row,) = scan(folder / "healthy" / "a.wav", with_hash=True)
    assert row.sha256 == hashlib.sha256((folder / "healthy" / "a.wav").read_bytes()).hexdigest()


def test_a_parquet_catalog_beside_the_recordings_is_not_taken_for_one(folder):
    scan(folder).write(folder / "catalog.parquet")
    assert dict(scan(folder).skipped)["catalog.parquet"] == "catalog.parquet: a catalog, not a recording"


def test_a_file_that_vanishes_and_a_reader_that_fails_are_told_and_the_scan_goes_on(folder, monkeypatch):
    def vanishing(path, reader=None):
        if path.name == "a.wav":
            path.unlink()
        if path.name == "b.npy":
            raise ZeroDivisionError("a fault\nof ours")
        return read_header(path, reader)

    monkeypatch.setattr("pipeline.catalog.scanning.rows.read_header", vanishing)
    catalog = scan(folder)
    assert {row.source for row in catalog} == {"inner_race/105.mat"}
    skipped = dict(catalog.skipped)
    assert "no such file" in skipped["healthy/a.wav"]
    assert skipped["inner_race/b.npy"] == "its reader failed (ZeroDivisionError: a fault of ours); please report it"


def test_two_channels_of_one_name_are_told_not_raised(folder, monkeypatch):
    twins = Header((ChannelHeader("x", 10), ChannelHeader("x", 10)))
    monkeypatch.setattr("pipeline.catalog.scanning.rows.read_header", lambda path, reader=None: twins)
    catalog = scan(folder)
    assert len(catalog) == 0
    assert "two signals of it are 'healthy/a.wav/x'" in dict(catalog.skipped)["healthy/a.wav"]


def test_progress_ends_at_the_number_of_files(folder):
    ticks = []
    scan(folder, tick=lambda what, done, total: ticks.append((what, done, total)))
    assert ticks[-1] == ("reading headers", 5, 5)


def test_a_server_is_scanned_like_a_folder(folder):
    files = fsspec.filesystem("memory")
    for path in ("healthy/a.wav", "inner_race/b.npy"):
        files.pipe(f"/plant/{path}", (folder / path).read_bytes())
    files.pipe("/plant/inner_race/b.npy.yaml", b"rate_hz: 51200\n")
    catalog = scan("memory://plant")
    rows = by_signal(catalog)
    assert {signal: (row.labels, row.rate_hz, row.rate_from) for signal, row in rows.items()} == {
        "healthy/a.wav": (("healthy",), 12000, "file"),
        "inner_race/b.npy": (("inner_race",), 51200, "side file"),
    }
    catalog.write(folder / "catalog.csv")
    read = Catalog.read(folder / "catalog.csv")
    assert [row.source for row in read] == ["memory://plant/healthy/a.wav", "memory://plant/inner_race/b.npy"]
    assert np.array_equal(open_row(read.rows[0], read.root).samples[0], NOISE)


def small_mfpt(data: Path) -> Path:
    """Two files of a public data set, in its publisher's layout, and one it never had."""
    (data / "mfpt").mkdir(parents=True)
    rows = [row for row in expand(manifest_of("mfpt")).rows if "inner" in row.labels[0]][:1]
    for name in (Path(rows[0].source).name, "stranger.mat"):
        bearing = {"gs": NOISE[:, None].astype(float), "sr": 48828.0, "rate": 25.0, "load": 0.0}
        savemat(data / "mfpt" / name, {"bearing": bearing})
    return data


@pytest.mark.parametrize("inside", [False, True])
def test_a_corpus_is_scanned_by_its_manifest_from_its_folder_or_the_one_above(tmp_path, inside):
    data = small_mfpt(tmp_path)
    catalog = scan(data / "mfpt" if inside else data, corpus="mfpt")
    (row,) = catalog
    assert (row.labels, row.n_samples, row.rate_hz) == (("inner_race",), 2000, 48828)
    assert row.specimen
    assert row.bearing is not None
    assert row.modified
    assert catalog.corpus == "mfpt"
    assert any("missing" in note for note in catalog.notes)
    assert dict(catalog.skipped) == {
        "stranger.mat": "stranger.mat: the manifest of mfpt does not name it; add a line, or take the file away"
    }
    assert open_row(row, catalog.root).n_samples == 2000


def test_a_scanned_corpus_says_what_its_manifest_says_and_adds_what_files_know(real_data):
    told, found = load_corpus("mfpt", real_data), scan(real_data, corpus="mfpt")
    assert [row.signal for row in found] == [row.signal for row in told]
    for before, after in zip(told, found, strict=True):
        assert (after.labels, after.specimen, after.bearing) == (before.labels, before.specimen, before.bearing)
        assert before.condition.items() <= after.condition.items()
        assert after.n_samples
