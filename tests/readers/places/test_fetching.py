"""A server's file is fetched once per version, whole, within the room there is; a server that stalls is given up."""

import hashlib
import os
import shutil
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from odd_server import Odd, counted, kept

from pipeline.errors import ReadError
from pipeline.readers.places import (
    content_hash,
    exists,
    fetching,
    local_copy,
    remote,
)
from pipeline.readers.places.patience import patiently


def test_a_local_path_is_its_own_copy(tmp_path: Path):
    (tmp_path / "a b.wav").write_bytes(b"x")
    assert local_copy(tmp_path / "a b.wav") == tmp_path / "a b.wav"
    assert local_copy(str(tmp_path / "a b.wav")) == tmp_path / "a b.wav"
    assert local_copy((tmp_path / "a b.wav").as_uri()) == tmp_path / "a b.wav"


def test_a_copy_has_content_name_and_place_of_its_own(memory: Any, own_cache: Path):
    memory.pipe({"/p1/a.csv.gz": b"one", "/p2/a.csv.gz": b"two"})
    first, second = local_copy("memory://p1/a.csv.gz"), local_copy("memory://p2/a.csv.gz")
    assert (first.read_bytes(), second.read_bytes()) == (b"one", b"two")
    assert first.name == second.name == "a.csv.gz"
    assert own_cache / "fetched" in first.parents
    assert content_hash("memory://p1/a.csv.gz") == hashlib.sha256(b"one").hexdigest()


def test_a_version_is_fetched_once(memory: Any, impatient: None, monkeypatch: pytest.MonkeyPatch):
    memory.pipe("/a.csv", b"one")
    fetched = counted(monkeypatch, "cat_file")
    assert local_copy("memory://a.csv") == local_copy("memory://a.csv")
    assert len(fetched) == 1


def test_a_server_is_asked_once_for_what_belongs_together(memory: Any, monkeypatch: pytest.MonkeyPatch):
    memory.pipe("/a.csv", b"one")
    asked = counted(monkeypatch, "info")
    for _ in range(3):
        content_hash("memory://a.csv")
    assert len(asked) == 1


def test_a_changed_file_is_fetched_anew_and_the_old_copy_stays(memory: Any, impatient: None):
    memory.pipe("/a.csv", b"old")
    old = local_copy("memory://a.csv")
    memory.pipe("/a.csv", b"new")
    assert local_copy("memory://a.csv").read_bytes() == b"new"
    assert old.read_bytes() == b"old"


def test_a_deleted_file_is_missed_though_a_copy_is_here(memory: Any, impatient: None):
    memory.pipe("/a.csv", b"old")
    local_copy("memory://a.csv")
    memory.rm("/a.csv")
    with pytest.raises(ReadError, match=r"^memory://a\.csv: no such file"):
        local_copy("memory://a.csv")
    assert not exists("memory://a.csv")


def test_a_folder_is_no_file(memory: Any):
    memory.pipe("/in/a.csv", b"x")
    with pytest.raises(ReadError, match=r"^memory://in: a folder"):
        local_copy("memory://in")


@pytest.mark.parametrize("size", [0, 1, 999, 1000, 1001, 5500])
def test_content_comes_whole_whatever_its_size(memory: Any, monkeypatch: pytest.MonkeyPatch, size: int):
    monkeypatch.setattr(fetching, "BLOCK", 1000)
    content = os.urandom(size)
    memory.pipe("/a.bin", content)
    assert local_copy("memory://a.bin").read_bytes() == content


@pytest.mark.parametrize("claimed", [500, 999, 1500, 200_000])
def test_a_file_of_another_size_than_said_is_not_kept(
    odd: type[Odd], own_cache: Path, monkeypatch: pytest.MonkeyPatch, claimed: int
):
    monkeypatch.setattr(fetching, "BLOCK", 700)
    monkeypatch.setattr(odd, "odd", staticmethod(lambda name, got: got | {"size": claimed} if name == "info" else got))
    with pytest.raises(ReadError, match=r"^odd://a\.csv: changed while it was fetched"):
        local_copy("odd://a.csv")
    assert kept(own_cache) == []


def test_a_file_that_changes_between_two_pieces_is_not_kept(
    memory: Any, own_cache: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(fetching, "BLOCK", 700)
    memory.pipe("/a.csv", b"x" * 1000)
    download = fetching._download

    def overtaken(*given: Any) -> None:
        download(*given)
        memory.pipe("/a.csv", b"y" * 1000)

    monkeypatch.setattr(fetching, "_download", overtaken)
    with pytest.raises(ReadError, match="changed while it was fetched"):
        local_copy("memory://a.csv")
    assert kept(own_cache) == []


def test_a_server_that_stalls_is_given_up(odd: type[Odd], own_cache: Path, monkeypatch: pytest.MonkeyPatch):
    release = threading.Event()
    monkeypatch.setattr(fetching, "STALLED_S", 0.2)
    monkeypatch.setattr(odd, "odd", staticmethod(lambda name, got: got if name == "info" else release.wait(30) and got))
    started_s = time.monotonic()
    with pytest.raises(ReadError, match=r"^odd://a\.csv: cannot be fetched \(TimeoutError: no answer within 0.2 s"):
        local_copy("odd://a.csv")
    assert time.monotonic() - started_s < 5
    assert kept(own_cache) == []
    release.set()


def test_a_server_that_does_not_say_what_it_has_is_given_up(odd: type[Odd], monkeypatch: pytest.MonkeyPatch):
    release = threading.Event()
    monkeypatch.setattr(remote, "ASKING_S", 0.2)
    monkeypatch.setattr(odd, "odd", staticmethod(lambda *_: release.wait(30) and None))
    with pytest.raises(ReadError, match=r"^odd://a\.csv: cannot be fetched"):
        exists("odd://a.csv")
    release.set()


def test_work_that_gets_on_is_waited_for():
    steps: list[int] = []

    def slow() -> str:
        for step in range(5):
            time.sleep(0.15)
            steps.append(step)
        return "done"

    assert patiently(slow, 0.4, lambda: len(steps)) == "done"
    with pytest.raises(TimeoutError):
        patiently(slow, 0.4)


def test_work_that_stops_on_its_way_is_given_up():
    steps, release = [0], threading.Event()

    def stop() -> bool:
        time.sleep(0.1)
        steps.append(1)
        return release.wait(10)

    with pytest.raises(TimeoutError):
        patiently(stop, 0.2, lambda: len(steps))
    release.set()


def test_many_fetching_one_file_at_once_get_it_whole(memory: Any, impatient: None, own_cache: Path):
    content = os.urandom(200_000)
    memory.pipe("/a.bin", content)
    together, got = threading.Barrier(8), []

    def fetch() -> None:
        together.wait()
        got.append(local_copy("memory://a.bin").read_bytes())

    threads = [threading.Thread(target=fetch) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [content] * 8
    assert kept(own_cache) == ["a.bin"]


def used(place: str, ago_s: float) -> Path:
    path = local_copy(place)
    os.utime(path, (time.time() - ago_s,) * 2)
    return path


def test_the_longest_unused_goes_first(memory: Any, impatient: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fetching, "LIMIT_BYTES", 2500)
    memory.pipe({f"/{name}": b"x" * 1000 for name in "abc"})
    older, oldest = used("memory://a", 5000), used("memory://b", 9000)
    newest = local_copy("memory://c")
    assert (older.exists(), oldest.exists(), newest.exists()) == (True, False, True)
    assert not oldest.parent.exists()
    assert local_copy("memory://b").read_bytes() == b"x" * 1000


def test_what_is_in_use_stays_over_the_limit(memory: Any, impatient: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(fetching, "LIMIT_BYTES", 500)
    memory.pipe({f"/{name}": b"x" * 1000 for name in "ab"})
    first, second = used("memory://a", 60), local_copy("memory://b")
    assert first.exists()
    assert second.exists()


def test_what_a_dead_process_left_is_cleared(memory: Any, own_cache: Path):
    memory.pipe("/a", b"x")
    left, busy = (own_cache / "fetched" / f"{name}.unfinished" for name in ("dead", "busy"))
    left.parent.mkdir()
    left.touch()
    busy.touch()
    os.utime(left, (time.time() - 2 * fetching.ABANDONED_S,) * 2)
    local_copy("memory://a")
    assert (left.exists(), busy.exists()) == (False, True)


def test_a_file_too_large_for_the_disk_is_not_begun(memory: Any, monkeypatch: pytest.MonkeyPatch):
    memory.pipe("/a.csv", b"x" * 1000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: os.terminal_size((0, 0)) and shutil._ntuple_diskusage(9, 9, 9))
    with pytest.raises(ReadError, match=r"^memory://a\.csv: 1e-06 GB do not fit .* set FAULTPRINT_CACHE"):
        local_copy("memory://a.csv")


def test_a_cache_that_cannot_be_written_is_told(memory: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    memory.pipe("/a.csv", b"x")
    (tmp_path / "file").touch()
    monkeypatch.setenv("FAULTPRINT_CACHE", str(tmp_path / "file"))
    with pytest.raises(ReadError, match=r"^memory://a\.csv: cannot be kept in .* set FAULTPRINT_CACHE"):
        local_copy("memory://a.csv")
