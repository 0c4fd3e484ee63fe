import gzip
import hashlib
import os
import shutil
import threading
import time
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from fsspec.registry import known_implementations

from pipeline.errors import FaultprintError, ReadError, RequestError
from pipeline.readers.places import (
    content_hash,
    exists,
    fetching,
    folder_of,
    is_folder,
    is_url,
    joined,
    listed,
    listing,
    local_copy,
    name_of,
    place_of,
    remote,
)
from pipeline.readers.places.credentials import scrubbed
from pipeline.readers.places.patience import patiently

TREE = ("a.wav", "a/x.wav", "a/deep/y.csv", "a b.wav", "a.d/z.npy", "B.wav", "é.wav", "z/a.wav", "a-1.wav")
LEFT_OUT = (".hidden.wav", "a.wav.yaml", "a/x.wav.yml", ".git/config.wav")


class Odd(MemoryFileSystem):
    """A server that does what one of its tests tells it to."""

    protocol = "odd"
    cachable = False

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return "/" + path.rpartition("://")[2].strip("/")

    def cat_file(self, path: str, **kwargs: Any) -> bytes:
        return self.odd("cat_file", super().cat_file(path, **kwargs))

    def info(self, path: str, **kwargs: Any) -> Any:
        return self.odd("info", super().info(path, **kwargs))

    @staticmethod
    def odd(_: str, answer: Any) -> Any:
        return answer


@pytest.fixture
def odd(memory: Any, monkeypatch: pytest.MonkeyPatch) -> type[Odd]:
    fsspec.register_implementation("odd", Odd, clobber=True)
    memory.pipe("/a.csv", b"x" * 1000)
    return Odd


def counted(monkeypatch: pytest.MonkeyPatch, name: str) -> list[str]:
    """The paths for which the file system in memory is asked by a method."""
    asked: list[str] = []
    method = getattr(MemoryFileSystem, name)

    def count(self: Any, path: str, **kwargs: Any) -> Any:
        asked.append(path)
        return method(self, path, **kwargs)

    monkeypatch.setattr(MemoryFileSystem, name, count)
    return asked


def kept(cache: Path) -> list[str]:
    return sorted(path.name for path in (cache / "fetched").rglob("*") if path.is_file())


# What a place is.


@pytest.mark.parametrize("text", ["C:/inbox/a.wav", "C://inbox/a.wav", "c:\\a.wav", "a.wav", "s3:/b/a.wav", "a::b.wav"])
def test_a_drive_and_a_plain_path_are_no_urls(text: str):
    assert not is_url(text)
    assert place_of(text) == Path(text)


@pytest.mark.parametrize("url", ["file:///tmp/a%20b.wav", "file://localhost/tmp/a%20b.wav", "local:///tmp/a b.wav"])
@pytest.mark.skipif(os.name == "nt", reason="needs paths that begin with a slash")
def test_a_file_url_is_a_path(url: str):
    assert place_of(url) == Path("/tmp/a b.wav")


def test_a_file_url_with_a_host_is_told_how_to_be_written():
    with pytest.raises(RequestError, match="write file:///data/"):
        place_of("file://data/a.wav")


@pytest.mark.parametrize("url", ["zip://a.wav::s3://plant/x.zip", "simplecache::s3://me:hunter2@plant/a.wav"])
def test_a_chain_of_urls_is_not_followed(url: str):
    with pytest.raises(RequestError, match="unpack it") as caught:
        local_copy(url)
    assert "hunter2" not in str(caught.value)


def test_two_colons_in_a_name_are_no_chain():
    assert place_of("s3://plant/a::b.csv") == "s3://plant/a::b.csv"


@pytest.mark.parametrize(
    ("root", "source", "place"),
    [
        ("s3://plant/in", "a/b.wav", "s3://plant/in/a/b.wav"),
        ("s3://plant/in/", "a b.wav", "s3://plant/in/a b.wav"),
        ("memory://", "a.wav", "memory://a.wav"),
        ("s3://plant/in", "../out/a.wav", "s3://plant/out/a.wav"),
        ("s3://plant/in", "memory://x/a.wav", "memory://x/a.wav"),
        ("s3://plant/in", "/data/a.wav", Path("/data/a.wav")),
        (Path("in"), "a/b.wav", Path("in/a/b.wav")),
        (Path("in"), "s3://plant/a.wav", "s3://plant/a.wav"),
        ("in", "a.wav", Path("in/a.wav")),
    ],
)
def test_a_source_starts_from_its_root_unless_it_is_whole(root: Any, source: str, place: Any):
    assert joined(root, source) == place


def test_a_place_has_a_name_and_a_folder():
    url = "https://plant/in/a.wav?part=2"
    assert (name_of(url), folder_of(url)) == ("a.wav", "https://plant/in")
    assert (name_of("s3://plant/in/a?.wav"), folder_of("s3://plant/in/a?.wav")) == ("a?.wav", "s3://plant/in")
    assert folder_of(Path("in/a.wav")) == Path("in")


# Credentials.


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("ftp://me:hunter2@plant/a.wav", "ftp://plant/a.wav"),
        ("sftp://me:hunt@r2@plant:22/a.wav", "sftp://plant:22/a.wav"),
        ("https://plant/a.wav?X-Amz-Credential=me&X-Amz-Signature=hunter2", "https://plant/a.wav"),
        ("https://plant/a.wav?sv=2&sig=hunter2&part=1", "https://plant/a.wav?part=1"),
        ("s3://plant/a.wav?versionId=7", "s3://plant/a.wav?versionId=7"),
        ("S3://me:hunter2@Plant/A.wav", "s3://Plant/A.wav"),
    ],
)
def test_a_place_holds_no_secret(given: str, shown: str):
    assert place_of(given) == shown
    assert joined(given, "") in (shown, f"{shown}/")


@pytest.mark.parametrize("call", [local_copy, content_hash, exists, is_folder, lambda url: list(listed(url))])
def test_no_error_shows_a_password(call: Any):
    with pytest.raises(ReadError, match=r"^ftp://127\.0\.0\.1:1/a\.wav: cannot be fetched") as caught:
        call("ftp://me:hunter2@127.0.0.1:1/a.wav")
    assert "hunter2" not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_backend_that_shouts_a_password_is_hushed(odd: type[Odd], monkeypatch: pytest.MonkeyPatch):
    def shout(*_: object) -> None:
        raise OSError("broken\npipe to odd://me:hunter2@plant/a.csv and again hunter2:me")

    monkeypatch.setattr(odd, "odd", shout)
    with pytest.raises(ReadError) as caught:
        local_copy("odd://a.csv")
    assert "me:hunter2@" not in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_what_was_given_in_secret_is_found_in_any_message():
    place_of("sftp://me:hunter2@plant/a.wav")
    place_of("https://plant/a.wav?token=tok77&part=1")
    said = scrubbed("login me:hunter2 failed, password hunter2\n for GET /a.wav?token=tok77&part=1")
    assert "hunter2" not in said
    assert "tok77" not in said
    assert "\n" not in said


def test_a_signature_reaches_the_server_and_nobody_else(web: tuple[str, Path, list[str]]):
    address, folder, asked = web
    (folder / "a.csv").write_bytes(b"1\n")
    assert local_copy(f"{address}/a.csv?part=1&token=hunter2").read_bytes() == b"1\n"
    assert any("token=hunter2" in path for path in asked)
    with pytest.raises(ReadError) as caught:
        local_copy(f"{address}/b.csv?token=hunter2")
    assert "hunter2" not in str(caught.value)


# Fetching.


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


# The cache.


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


# Servers that cannot be asked.


def test_a_missing_package_is_named_with_its_command(monkeypatch: pytest.MonkeyPatch):
    unknown = {"class": "plantfs.PlantFileSystem", "err": "Install plantfs to access plants"}
    inner = {"class": "fsspec.implementations.absent.X", "err": 'X requires "paramiko" to be installed'}
    monkeypatch.setitem(known_implementations, "plant", unknown)
    monkeypatch.setitem(known_implementations, "inner", inner)
    with pytest.raises(ReadError, match=r"plant://a\.csv: plant:// needs the package plantfs; pip install plantfs$"):
        local_copy("plant://a.csv")
    with pytest.raises(ReadError, match=r"inner:// needs the package paramiko; pip install paramiko$"):
        local_copy("inner://a.csv")


def test_an_unknown_protocol_is_answered_with_the_nearest():
    with pytest.raises(ReadError, match="memry:// is no protocol that fsspec knows; did you mean 'memory'"):
        exists("memry://a.csv")


def test_a_refusal_speaks_of_credentials(odd: type[Odd], monkeypatch: pytest.MonkeyPatch):
    class NoCredentialsError(Exception):
        pass

    for error in (PermissionError("Forbidden"), NoCredentialsError("Unable to locate credentials")):

        def refuse(*_: object, error: Exception = error) -> None:
            raise error

        monkeypatch.setattr(odd, "odd", refuse)
        with pytest.raises(ReadError, match=r"^odd://a\.csv: access refused .* check the credentials"):
            local_copy("odd://a.csv")


# Listing.


@pytest.fixture
def tree(tmp_path: Path, memory: Any) -> Path:
    for name in (*TREE, *LEFT_OUT):
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
        memory.pipe(f"/tree/{name}", name.encode())
    return tmp_path / "tree"


def test_files_come_in_the_order_of_their_sources(tree: Path):
    root = "memory://tree"
    found = list(listed(root))
    assert [file.source for file in found] == sorted(TREE)
    assert [file.size for file in found] == [len(name.encode()) for name in sorted(TREE)]
    assert [local_copy(file.place).read_text() for file in found] == sorted(TREE)
    assert [file.place for file in found] == [joined(root, file.source) for file in found]


def test_the_time_of_change_is_told_with_that_of_the_side_file(tree: Path, memory: Any):
    before = {file.source: file.modified for file in listed("memory://tree")}
    memory.pipe({"/tree/a/x.wav": b"other", "/tree/a.wav.yaml": b"other", "/tree/z/a.wav.yaml": b"other"})
    after = {file.source: file.modified for file in listed("memory://tree")}
    assert {source for source in after if after[source] != before[source]} == {"a.wav", "a/x.wav", "z/a.wav"}


def test_one_file_is_told_with_its_side_file_as_its_folder_tells_it(tree: Path):
    (alone,) = listed("memory://tree/a.wav")
    assert alone in list(listed("memory://tree"))
    assert "side file" in alone.modified


def test_a_file_with_a_side_file_is_always_read_where_no_time_is_told(web: tuple[str, Path, list[str]]):
    address, folder, _ = web
    (folder / "in").mkdir()
    for name in ("a.csv", "a.csv.yaml"):
        (folder / "in" / name).write_bytes(b"1\n")
    assert [(file.source, file.modified) for file in listed(f"{address}/in/")] == [("a.csv", "")]


def test_folders_are_opened_as_the_walk_gets_there(tree: Path, memory: Any):
    walk = listed("memory://tree")
    next(walk)
    memory.pipe("/tree/z/late.wav", b"x")
    assert "z/late.wav" in [file.source for file in walk]


def test_one_file_is_listed_by_its_name_whatever_it_is_called(tree: Path):
    root = "memory://tree/.hidden.wav"
    assert [(file.place, file.source) for file in listed(root)] == [(root, ".hidden.wav")]


def test_nothing_to_list_is_an_error(memory: Any):
    with pytest.raises(ReadError, match=r"nowhere: there is no such file or folder"):
        list(listed("memory://nowhere"))


def test_a_listing_answers_for_the_side_files(tree: Path, memory: Any, monkeypatch: pytest.MonkeyPatch):
    found = list(listed("memory://tree"))
    asked = counted(monkeypatch, "info")
    said = {file.source: exists(f"{file.place}.yaml") for file in found}
    assert {source for source, there in said.items() if there} == {"a.wav"}
    assert asked == []
    monkeypatch.setattr(listing, "LISTING_HOLDS_S", 0.0)
    memory.pipe("/tree/B.wav.yaml", b"")
    assert exists("memory://tree/B.wav.yaml")
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("place", "is_one"), [("memory://tree", True), ("memory://", True), ("memory://tree/B.wav", False)]
)
def test_a_folder_is_known_as_one(tree: Path, place: str, is_one: bool):
    assert is_folder(place) is is_one
    assert exists(place)


# The web.


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
