"""The whole way from a bucket: a real S3 server on this machine, read by the command in a process of its own."""

import io
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from scipy.io import wavfile
from tiny import RATE_HZ, TONES_HZ, tone, write_config, write_recordings

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.opening import open_row
from pipeline.errors import CatalogError, ReadError, RequestError
from pipeline.readers.choose import read_recording
from pipeline.readers.places import content_hash, exists, is_folder, listed, local_copy

pytest.importorskip("s3fs", reason="needs the dev packages: pip install 'faultprint[dev]'")

Command = Callable[..., subprocess.CompletedProcess[str]]


def wav(seed: int, n_samples: int = 4000) -> tuple[np.ndarray, bytes]:
    """Whole numbers, so that they come back equal, and the file they make."""
    counts = np.random.default_rng(seed).integers(-3000, 3000, n_samples).astype(np.int16)
    file = io.BytesIO()
    wavfile.write(file, 12000, counts)
    return counts, file.getvalue()


@pytest.fixture
def faultprint(s3_environment: dict[str, str], tmp_path: Path) -> Command:
    """The command in a process of its own, with this or another environment; one line of JSON per line of output."""

    def run(*arguments: object, **changes: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, **changes}
        code = "from pipeline.cli import main; main()"
        return subprocess.run(
            [sys.executable, "-c", code, *map(str, arguments)],
            env=environment, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=60,
        )  # fmt: skip

    return run


@pytest.fixture
def inbox(bucket: Any) -> dict[str, np.ndarray]:
    """Three recordings in `s3://plant/inbox`, one with a side file, one with a name that needs care."""
    recordings = {"pump.wav": wav(1), "fans/fan 1+2.wav": wav(2), "fans/a::b.wav": wav(3)}
    for name, (_, content) in recordings.items():
        bucket.put_object(Key=f"inbox/{name}", Body=content)
    bucket.put_object(Key="inbox/pump.wav.yaml", Body=b"rate_hz: 51200\nspeed_rpm: 1500\n")
    bucket.put_object(Key="inbox/", Body=b"")  # how consoles mark a folder
    return {name: counts for name, (counts, _) in recordings.items()}


def lines(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def complaint(done: subprocess.CompletedProcess[str]) -> str:
    """The one line on stderr of a command that was refused."""
    told = done.stderr.splitlines()
    assert done.returncode == 2, (done.returncode, done.stderr)
    assert len(told) == 1, done.stderr
    return told[0]


# From the command line.


def test_the_files_of_a_bucket_are_inspected(faultprint: Command, inbox: dict[str, np.ndarray]):
    done = faultprint("inspect", "s3://plant/inbox", "--header", "--json")
    assert done.returncode == 0, done.stderr
    found = lines(done)
    assert {entry["source"] for entry in found} == {f"s3://plant/inbox/{name}" for name in inbox}
    for entry in found:
        assert [channel["n_samples"] for channel in entry["channels"]] == [4000]
    assert str(os.environ["FAULTPRINT_CACHE"]) not in done.stdout


def test_a_bucket_becomes_a_catalog_that_opens_again(
    faultprint: Command, inbox: dict[str, np.ndarray], tmp_path: Path, own_cache: Path
):
    done = faultprint("scan", "s3://plant/inbox", "--out", "catalog.csv")
    assert done.returncode == 0, done.stderr
    catalog = Catalog.read(tmp_path / "catalog.csv")
    rows = {row.source: row for row in catalog}
    assert set(rows) == {f"s3://plant/inbox/{name}" for name in inbox}
    assert rows["s3://plant/inbox/pump.wav"].rate_hz == 51200
    assert rows["s3://plant/inbox/fans/a::b.wav"].rate_hz == 12000
    text = (tmp_path / "catalog.csv").read_text()
    assert "hunter2" not in text
    assert str(own_cache) not in text


def test_recordings_in_a_bucket_are_diagnosed(faultprint: Command, bucket: Any, tmp_path: Path):
    from pipeline.catalog.scanning.scan import scan
    from pipeline.config import load_config
    from pipeline.workflow.train import train

    catalog = tmp_path / "train.csv"
    scan(write_recordings(tmp_path / "recordings")).write(catalog)
    train(load_config(write_config(tmp_path / "tiny.yaml", catalog)), tmp_path / "run")
    for seed, label in enumerate(TONES_HZ):
        file = io.BytesIO()
        wavfile.write(file, RATE_HZ, tone(label, seed=90 + seed))
        bucket.put_object(Key=f"new/{label}.wav", Body=file.getvalue())
    done = faultprint("diagnose", "run/model", "s3://plant/new", "--json")
    assert done.returncode == 0, done.stderr
    assert {entry["source"]: entry["labels"] for entry in lines(done)} == {
        f"s3://plant/new/{label}.wav": [label] for label in TONES_HZ
    }


def test_a_bucket_or_file_that_is_not_there_is_one_line(faultprint: Command, inbox: dict[str, np.ndarray]):
    for url in ("s3://nobody/inbox/pump.wav", "s3://plant/inbox/none.wav"):
        assert url in complaint(faultprint("inspect", url))


def test_without_credentials_the_answer_is_one_line(faultprint: Command, inbox: dict[str, np.ndarray]):
    done = faultprint("inspect", "s3://plant/inbox/pump.wav", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
    assert "s3://plant/inbox/pump.wav: access refused" in complaint(done)
    assert "credentials" in complaint(done)


def test_credentials_in_the_url_open_it_and_are_never_shown(
    faultprint: Command, inbox: dict[str, np.ndarray], tmp_path: Path
):
    done = faultprint(
        "scan", "s3://me:secret7@plant/inbox/", "--out", "a.csv", AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY=""
    )
    assert done.returncode == 0, done.stderr
    table = (tmp_path / "a.csv").read_text()
    assert "s3://plant/inbox/pump.wav" in table
    assert "secret7" not in table + done.stdout + done.stderr


def test_with_wrong_credentials_the_answer_is_one_line_without_them(
    faultprint: Command, inbox: dict[str, np.ndarray], s3_server: str
):
    requests.post(f"{s3_server}/moto-api/reset-auth", data="0", timeout=10)
    try:
        done = faultprint("inspect", "s3://plant/inbox/pump.wav")
        given = faultprint("inspect", "s3://me:secret7@plant/inbox/pump.wav")
    finally:
        requests.post(f"{s3_server}/moto-api/reset-auth", data="inf", timeout=10)
    assert "s3://plant/inbox/pump.wav: access refused" in complaint(done)
    assert "s3://plant/inbox/pump.wav: access refused" in complaint(given)
    assert "hunter2" not in done.stderr
    assert "secret7" not in given.stderr


def test_a_server_that_is_gone_is_one_line_within_twenty_seconds(faultprint: Command):
    started_s = time.monotonic()
    done = faultprint("inspect", "s3://plant/inbox/pump.wav", AWS_ENDPOINT_URL="http://127.0.0.1:9")
    assert "s3://plant/inbox/pump.wav: cannot be fetched (EndpointConnectionError" in complaint(done)
    assert time.monotonic() - started_s < 20


# Within this process.


@pytest.fixture
def quick(impatient: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As `impatient`, and the connections are closed at the end."""
    from fsspec.asyn import sync
    from s3fs import S3FileSystem

    yield
    for files in list(S3FileSystem._cache.values()):
        if files._s3creator is not None:
            sync(files.loop, files._s3creator.__aexit__, None, None, None)
    S3FileSystem.clear_instance_cache()


def test_samples_come_as_they_were_written(inbox: dict[str, np.ndarray], quick: None):
    for name, counts in inbox.items():
        recording = read_recording(f"s3://plant/inbox/{name}", start=100, stop=3000)
        np.testing.assert_array_equal(recording.samples[0], counts[100:3000])
        assert recording.source == f"s3://plant/inbox/{name}"


def test_changed_content_is_fetched_anew_and_deleted_is_missed(bucket: Any, quick: None):
    url = "s3://plant/a.wav"
    (first, old), (second, new) = wav(1), wav(2)
    hashes = []
    for content, counts in ((old, first), (new, second), (old, first)):
        bucket.put_object(Key="a.wav", Body=content)
        list(listed("s3://plant"))  # s3fs remembers what a listing said, and must not be believed
        np.testing.assert_array_equal(read_recording(url).samples[0], counts)
        hashes.append(content_hash(url))
    assert hashes[0] == hashes[2] != hashes[1]
    bucket.Object("a.wav").delete()
    with pytest.raises(ReadError, match=r"^s3://plant/a\.wav: no such file"):
        read_recording(url)


def test_a_large_file_comes_in_pieces(bucket: Any, quick: None, monkeypatch: pytest.MonkeyPatch):
    from pipeline.readers.places import fetching

    monkeypatch.setattr(fetching, "BLOCK", 2**18)
    content = os.urandom(3 * 2**18 + 17)
    bucket.put_object(Key="a.bin", Body=content)
    assert local_copy("s3://plant/a.bin").read_bytes() == content


def test_a_folder_of_several_pages_is_listed_in_order(bucket: Any, quick: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MOTO_S3_DEFAULT_MAX_KEYS", "10")
    names = [f"{k:04}.wav" for k in range(33)]
    for name in names:
        bucket.put_object(Key=f"many/{name}", Body=b"x")
    assert [found.source for found in listed("s3://plant/many")] == names
    assert is_folder("s3://plant/many")
    assert is_folder("s3://plant")
    assert not exists("s3://plant/man")


def test_a_catalog_in_a_bucket_starts_there(inbox: dict[str, np.ndarray], bucket: Any, quick: None):
    table = "source,speed_rpm,labels,start,stop\nfans/a::b.wav,900,ball,100,3000\npump.wav,900,healthy,,\n"
    bucket.put_object(Key="inbox/catalog.csv", Body=table.encode())
    catalog = Catalog.read("s3://plant/inbox/catalog.csv")
    assert catalog.root == "s3://plant/inbox"
    first, second = (open_row(row, catalog.root) for row in catalog)
    np.testing.assert_array_equal(first.samples[0], inbox["fans/a::b.wav"][100:3000])
    assert (first.source, first.speed_rpm, first.labels) == ("fans/a::b.wav", 900, ("ball",))
    assert (second.rate_hz, second.speed_rpm) == (51200, 1500)
    with pytest.raises(CatalogError, match=r"^s3://plant/none\.csv: no such file"):
        Catalog.read("s3://plant/none.csv")
    bucket.put_object(Key="inbox/catalog.csv", Body=b"source,lables\na.wav,ball\n")
    with pytest.raises(CatalogError, match=r"^s3://plant/inbox/catalog\.csv: unknown column 'lables'"):
        Catalog.read("s3://plant/inbox/catalog.csv")
    with pytest.raises(RequestError, match="written to a disk"):
        catalog.write("s3://plant/inbox/other.csv")


def test_listing_says_what_the_server_knows(inbox: dict[str, np.ndarray], quick: None):
    found = list(listed("s3://plant/inbox/"))
    assert [each.source for each in found] == ["fans/a::b.wav", "fans/fan 1+2.wav", "pump.wav"]
    assert {each.size for each in found} == {len(wav(1)[1])}
    assert all(each.modified.startswith("20") for each in found)
    assert [" with side file " in each.modified for each in found] == [False, False, True]


def test_two_processes_fetching_one_file_both_have_it(faultprint: Command, bucket: Any, own_cache: Path):
    bucket.put_object(Key="a.wav", Body=wav(1, 200_000)[1])
    done: list[subprocess.CompletedProcess[str]] = []
    threads = [
        threading.Thread(target=lambda: done.append(faultprint("inspect", "s3://plant/a.wav", "--header", "--json")))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [each.returncode for each in done] == [0, 0]
    assert done[0].stdout == done[1].stdout
    assert [path.name for path in (own_cache / "fetched").rglob("*") if path.is_file()] == ["a.wav"]
