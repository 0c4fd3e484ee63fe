"""Stores to test with: SQLite in a file, and a real PostgreSQL server of the tests' own where one can be had."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text


def program(name: str) -> str | None:
    """Where a program of PostgreSQL lies; Debian keeps them out of PATH."""
    kept = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    return shutil.which(name) or (str(kept[0]) if kept else None)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a server that runs as long as the tests do, without the database's name."""
    initdb, postgres = program("initdb"), program("postgres")
    if not initdb or not postgres:
        pytest.skip("needs PostgreSQL: apt-get install postgresql")
    pytest.importorskip("psycopg", reason="needs the extra batch")
    folder = Path(tempfile.mkdtemp(prefix="faultprint-postgresql-"))  # pytest's own is root's alone
    user: tuple[str, ...] = ()
    if os.geteuid() == 0:  # which PostgreSQL refuses to run as
        if not shutil.which("runuser") or subprocess.run(["id", "postgres"], capture_output=True).returncode:
            pytest.skip("needs a user to run PostgreSQL as: as root there must be runuser and a user postgres")
        user = ("runuser", "-u", "postgres", "--")
        shutil.chown(folder, "postgres")
    data = folder / "data"
    subprocess.run([*user, initdb, "-D", data, "-U", "plant", "-A", "trust"], check=True, capture_output=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [*user, postgres, "-D", data, "-p", str(port), "-k", str(folder), "-c", "listen_addresses=127.0.0.1"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen([*command, "-c", "fsync=off"], stdout=log, stderr=log)
    url = f"postgresql://plant@127.0.0.1:{port}"
    try:
        ready = [*user, program("pg_isready") or "pg_isready", "-h", "127.0.0.1", "-p", str(port), "-t", "1"]
        for _ in range(60):
            if subprocess.run(ready, capture_output=True).returncode == 0:
                break
        yield url
    finally:
        subprocess.run(
            [*user, program("pg_ctl") or "pg_ctl", "-D", data, "-m", "immediate", "stop"], capture_output=True
        )
        server.wait(30)
        shutil.rmtree(folder)


@pytest.fixture
def new_database(postgresql: str, request: pytest.FixtureRequest) -> str:
    """The URL of an empty database."""
    name = f"plant_{abs(hash(request.node.nodeid)):x}"
    engine = create_engine(postgresql.replace("postgresql:", "postgresql+psycopg:") + "/postgres")
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    engine.dispose()
    return f"{postgresql}/{name}"


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty store of either kind."""
    if request.param == "sqlite":
        return str(tmp_path / "plant.db")
    return str(request.getfixturevalue("new_database"))
