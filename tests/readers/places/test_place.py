"""Places: paths and URLs, what they are called, and what of them nobody is shown."""

import os
from pathlib import Path
from typing import Any

import pytest
from fsspec.registry import known_implementations
from odd_server import Odd

from pipeline.errors import ReadError, RequestError
from pipeline.readers.places import (
    content_hash,
    exists,
    folder_of,
    is_folder,
    is_url,
    joined,
    listed,
    local_copy,
    name_of,
    place_of,
)
from pipeline.readers.places.credentials import scrubbed


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
