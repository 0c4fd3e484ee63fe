"""Servers for the tests of places: one in memory, a web server and an S3 server, both on this machine only."""

import logging
import os
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from pipeline.readers.places import fetching, listing, remote


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing a server said is believed twice, and nobody is waited for."""
    monkeypatch.setattr(remote, "FRESH_S", 0.0)
    monkeypatch.setattr(listing, "LISTING_HOLDS_S", 0.0)
    monkeypatch.setattr(fetching, "STALLED_S", 1.0)


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    """What one test's servers said is no news to the next."""
    yield
    remote._answers.clear()
    listing._side_files.clear()
    fetching._allowance = 0


@pytest.fixture
def memory() -> Iterator[Any]:
    """The file system behind `memory://`, empty."""
    import fsspec

    files = fsspec.filesystem("memory")
    files.store.clear()
    yield files
    files.store.clear()
    files.pseudo_dirs[:] = [""]


@pytest.fixture
def web(tmp_path: Path) -> Iterator[tuple[str, Path, list[str]]]:
    """A web server: its address, the folder it serves, and what it was asked."""
    from fsspec.implementations.http import HTTPFileSystem

    asked: list[str] = []

    class Silent(SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            asked.append(self.path)

        def end_headers(self) -> None:
            if self.path.endswith(".packed"):
                self.send_header("Content-Encoding", "gzip")
            super().end_headers()

    folder = tmp_path / "served"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", folder, asked
    server.shutdown()
    server.server_close()
    thread.join()
    close_sessions(HTTPFileSystem)


def close_sessions(kind: Any) -> None:
    """Close the connections fsspec keeps, so that no later test is blamed for them."""
    from fsspec.asyn import sync

    for files in list(kind._cache.values()):
        session = getattr(files, "_session", None)
        if session is not None:
            sync(files.loop, session.close)
    kind.clear_instance_cache()


@pytest.fixture(scope="module")
def s3_server() -> Iterator[str]:
    """The address of an S3 server on this machine."""
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def s3_environment(s3_server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """An environment in which `s3://` means that server, and no credentials of the user are found."""
    nowhere = str(tmp_path / "nowhere")
    said = {
        "AWS_ENDPOINT_URL": s3_server,
        "AWS_ACCESS_KEY_ID": "tester",
        "AWS_SECRET_ACCESS_KEY": "hunter2",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_CONFIG_FILE": nowhere,
        "AWS_SHARED_CREDENTIALS_FILE": nowhere,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    for name in [name for name in os.environ if name.startswith(("AWS_", "FSSPEC_"))]:
        monkeypatch.delenv(name)
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    return {**os.environ}


@pytest.fixture
def bucket(s3_server: str, s3_environment: dict[str, str]) -> Iterator[Any]:
    """An empty bucket `plant` on that server, as boto3 sees it."""
    import boto3
    import requests
    from s3fs import S3FileSystem

    requests.post(f"{s3_server}/moto-api/reset", timeout=10)
    storage = boto3.resource("s3", endpoint_url=s3_server)
    yield storage.create_bucket(Bucket="plant")
    storage.meta.client.close()
    S3FileSystem.clear_instance_cache()
