"""Connecting: how a database is connected to, to write to it or to read from it alone."""

import sqlite3
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL
from sqlalchemy.pool import NullPool

BUSY_S = 30.0
"""So long a writer waits for another before it gives up."""


def writer_of(url: URL) -> Engine:
    """An engine to read and to write with; a file that is not there is made."""
    engine = create_engine(url, pool_pre_ping=True, connect_args=_arguments(url))
    if url.get_backend_name() == "sqlite":
        event.listen(engine, "connect", _as_a_store)
        event.listen(engine, "begin", _at_once)
    return engine


def reader_of(url: URL) -> Engine:
    """An engine to read with; of SQLite also where nothing may be written."""
    if url.get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True, connect_args=_arguments(url))
    engine = create_engine("sqlite://", creator=partial(_connected, Path(url.database or "")), poolclass=NullPool)
    event.listen(engine, "begin", _at_once)
    return engine


def _connected(path: Path) -> sqlite3.Connection:
    """A connection that writes nothing, not even beside the file where its folder does not allow that."""
    asked = f"{path.absolute().as_uri()}?mode=ro"
    options: dict[str, Any] = {"uri": True, "timeout": BUSY_S, "isolation_level": None, "check_same_thread": False}
    connection: sqlite3.Connection = sqlite3.connect(asked, **options)
    try:
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.OperationalError:
        connection.close()
        unwritten = path.with_name(f"{path.name}-wal")
        if unwritten.exists() and unwritten.stat().st_size:  # rows that are not in the file yet
            raise
        connection = sqlite3.connect(f"{asked}&immutable=1", **options)
    return connection


def _arguments(url: URL) -> dict[str, Any]:
    return {"timeout": BUSY_S} if url.get_backend_name() == "sqlite" else {"connect_timeout": 10}


def _as_a_store(connection: Any, _: Any) -> None:
    """SQLite as a store is used: readers beside a writer, references held, transactions begun by us."""
    connection.isolation_level = None
    for line in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {line}")


def _at_once(connection: Connection) -> None:
    """A transaction that will write says so at its begin: two that read first and write then would lock each other."""
    connection.exec_driver_sql("BEGIN" if connection.get_execution_options().get("reads") else "BEGIN IMMEDIATE")
