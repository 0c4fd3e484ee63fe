"""Folders and files of a web server."""

import gzip
from pathlib import Path

import pytest
from odd_server import kept

from pipeline.errors import FaultprintError, ReadError
from pipeline.readers.places import (
    exists,
    fetching,
    listed,
    local_copy,
)


def test_a_folder_of_a_web_server_is_listed_and_read(web: tuple[str, Path, list[str]]):
    address, folder, _ = web
    (folder / "in" / "deep").mkdir(parents=True)
    (folder / "in" / "a b.csv").write_bytes(b"1\n")
    (folder / "in" / "deep" / "c.csv").write_bytes(b"2\n")
    (folder / "in" / "a b.csv.yaml").write_bytes(b"")
    found = list(listed(f"{address}/in/"))
    assert [file.source for file in found] == ["a%20b.csv", "deep/c.csv"]
    assert [local_copy(file.place).read_bytes() for file in found] == [b"1\n", b"2\n"]


def test_what_a_web_server_packed_is_not_unpacked(web: tuple[str, Path, list[str]]):
    address, folder, _ = web
    bomb = gzip.compress(bytes(10**7))
    (folder / "a.packed").write_bytes(bomb)
    assert local_copy(f"{address}/a.packed").read_bytes() == bomb


def test_a_web_server_without_an_end_is_given_up(
    web: tuple[str, Path, list[str]], own_cache: Path, monkeypatch: pytest.MonkeyPatch
):
    address, folder, _ = web
    monkeypatch.setattr(fetching, "LIMIT_BYTES", 1000)
    (folder / "a.packed").write_bytes(bytes(5000))  # packed, and so of unknown size
    with pytest.raises(ReadError, match="came and no end"):
        local_copy(f"{address}/a.packed")
    assert kept(own_cache) == []


def test_a_changed_web_page_is_fetched_anew(web: tuple[str, Path, list[str]], impatient: None):
    address, folder, _ = web
    (folder / "a.csv").write_bytes(b"1\n")
    assert local_copy(f"{address}/a.csv").read_bytes() == b"1\n"
    (folder / "a.csv").write_bytes(b"22\n")
    assert local_copy(f"{address}/a.csv").read_bytes() == b"22\n"
    (folder / "a.csv").unlink()
    with pytest.raises(FaultprintError, match="no such file"):
        local_copy(f"{address}/a.csv")


def test_a_web_server_that_is_not_there_is_told_from_a_file_that_is_not_there():
    with pytest.raises(ReadError, match=r"cannot be fetched .*check server and network"):
        exists("http://127.0.0.1:1/pump.wav")
