"""Walks: every file once, whatever links do, and a reason for what cannot be walked."""

import os
from pathlib import Path

import fsspec
import pytest

from pipeline.catalog.scanning.walk import files_below, recordings
from pipeline.errors import CatalogError, ReadError


def touched(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x" * (len(name)))
    return folder


def sources(folder: Path, **options) -> list[str]:
    return [file.source for file in files_below(folder, **options).files]


def test_files_come_sorted_and_without_hidden_ones_and_side_files(tmp_path):
    touched(tmp_path, "b.wav", "a/c.wav", "a/.hidden", ".git/x.wav", "b.wav.yaml", "notes.yml", "a b.wav")
    assert sources(tmp_path) == ["a b.wav", "a/c.wav", "b.wav"]
    assert list(recordings(tmp_path)) == [tmp_path / name for name in ("a b.wav", "a/c.wav", "b.wav")]
    assert list(recordings(tmp_path / "b.wav")) == [tmp_path / "b.wav"]
    assert list(recordings(tmp_path / "nowhere")) == []


def test_size_and_time_are_those_of_the_file_and_its_side_file(tmp_path):
    touched(tmp_path, "plain.wav", "told.wav", "told.wav.yaml")
    for name, time_ns in (("plain.wav", 1_500_000_001), ("told.wav", 86_400 * 10**9), ("told.wav.yaml", 0)):
        os.utime(tmp_path / name, ns=(time_ns, time_ns))
    plain, told = files_below(tmp_path).files
    assert (plain.size_bytes, plain.modified) == (len("plain.wav"), "1970-01-01T00:00:01.500000001Z")
    assert told.modified == "1970-01-02T00:00:00.000000000Z with side file 1970-01-01T00:00:00.000000000Z"


def test_a_file_is_counted_where_it_lies_however_many_links_lead_to_it(tmp_path):
    touched(tmp_path, "rig/b.wav", "rig/deep/c.wav")
    (tmp_path / "a.wav").symlink_to(tmp_path / "rig" / "b.wav")
    (tmp_path / "again").symlink_to(tmp_path / "rig", target_is_directory=True)
    os.link(tmp_path / "rig" / "b.wav", tmp_path / "rig" / "hard.wav")
    found = files_below(tmp_path)
    assert [file.source for file in found.files] == ["rig/b.wav", "rig/deep/c.wav"]
    assert found.notes == [
        "3 links lead to files or folders that are counted already, and are left out: a.wav, again, rig/hard.wav"
    ]


def test_links_out_of_the_folder_are_followed_once_and_loops_end(tmp_path):
    outside = touched(tmp_path / "outside", "x.wav", "y.wav")
    inside = touched(tmp_path / "inside", "a.wav")
    (inside / "plant").symlink_to(outside, target_is_directory=True)
    (inside / "z.wav").symlink_to(outside / "x.wav")
    (outside / "back").symlink_to(inside, target_is_directory=True)
    (inside / "self").symlink_to(inside, target_is_directory=True)
    assert sources(inside) == ["a.wav", "plant/x.wav", "plant/y.wav"]


def test_a_link_to_nowhere_and_a_link_to_itself_are_told(tmp_path):
    (tmp_path / "gone.wav").symlink_to(tmp_path / "nothing")
    (tmp_path / "me.wav").symlink_to(tmp_path / "me.wav")
    skipped = dict(files_below(tmp_path).skipped)
    assert "leads nowhere" in skipped["gone.wav"]
    assert "leads nowhere" in skipped["me.wav"]


def test_a_folder_that_may_not_be_opened_is_told_and_the_others_are_walked(tmp_path, monkeypatch):
    touched(tmp_path, "open/a.wav", "shut/b.wav")
    scandir = os.scandir

    def guarded(path):
        if Path(path).name == "shut":
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", guarded)  # root may open everything, and tests may run as root
    found = files_below(tmp_path)
    assert [file.source for file in found.files] == ["open/a.wav"]
    assert found.skipped == [("shut/", "the folder cannot be opened: permission denied")]


@pytest.mark.parametrize(
    ("name", "said"),
    [(b"k\xe4fig.wav", "not UTF-8"), (b"a\\b.wav", "backslash"), (b"a\n.wav", "control"), (b" a", "blank")],
)
def test_a_name_no_table_can_keep_is_told(tmp_path, name, said):
    touched(tmp_path, "fine.wav")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name)).write_bytes(b"x")
    found = files_below(tmp_path)
    assert [file.source for file in found.files] == ["fine.wav"]
    assert said in found.skipped[0][1]


def test_what_is_left_out_is_no_recording(tmp_path):
    touched(tmp_path, "a.wav", "catalog.csv")
    assert sources(tmp_path, leave_out=[tmp_path / "catalog.csv", tmp_path / "not.there"]) == ["a.wav"]


def test_a_single_file_is_a_listing_of_one(tmp_path):
    touched(tmp_path, "a.wav", "b.wav")
    assert sources(tmp_path / "b.wav") == ["b.wav"]


def test_nothing_there_is_one_line(tmp_path):
    with pytest.raises(CatalogError, match="no such file or folder"):
        files_below(tmp_path / "nothing")


def test_a_server_is_walked_like_a_folder(tmp_path):
    files = fsspec.filesystem("memory")
    for name in ("a.wav", "rig/b.wav", "rig/b.wav.yaml", "rig/.hidden"):
        files.pipe(f"/walked/{name}", b"xyz")
    found = files_below("memory://walked").files
    assert [(file.source, file.size_bytes) for file in found] == [("a.wav", 3), ("rig/b.wav", 3)]
    assert ["side file" in file.modified for file in found] == [False, True]
    with pytest.raises(ReadError, match="no such"):
        files_below("memory://walked/nothing")


def test_what_no_catalog_can_hold_and_what_cannot_be_opened_is_still_handed_to_whoever_reads_it(tmp_path, monkeypatch):
    touched(tmp_path, "a.wav", "back\\slash.wav", "locked/b.wav")
    scandir = os.scandir

    def refusing(folder):
        if Path(folder).name == "locked":
            raise PermissionError(13, "Permission denied")
        return scandir(folder)

    monkeypatch.setattr(os, "scandir", refusing)
    assert list(recordings(tmp_path)) == [tmp_path / name for name in ("a.wav", "back\\slash.wav", "locked")]
