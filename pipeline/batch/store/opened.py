"""Opened: a store from its URL, of the newest schema, or one line that says why not."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from pipeline.batch.store.connecting import reader_of, writer_of
from pipeline.errors import RequestError, StoreError

MIGRATIONS = Path(__file__).parent / "migrations"
MIGRATING = 0x6661756C74
"""The lock that PostgreSQL holds while a schema is brought up to date."""

DRIVER = "+psycopg"
"""Ours for PostgreSQL, which no user names."""


class Store:
    """A store: a place to read from and to write to, in transactions.

    Args:
        engine: of a database of the newest schema.
        told: its URL without the password.
    """

    def __init__(self, engine: Engine, told: str) -> None:
        self._engine, self.told = engine, told

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection to read from.

        Raises:
            StoreError: when the database cannot be asked.
        """
        with _told(self.told), self._engine.connect() as connection:
            yield connection.execution_options(reads=True)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction: all that is written in it, or nothing.

        Raises:
            StoreError: when the database cannot be written, such as on a full disk.
        """
        with _told(self.told), self._engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()


def open_store(place: str) -> Store:
    """A store, made where there is none yet, and brought to the newest schema.

    Args:
        place: a file for SQLite, or a URL such as `postgresql://user@host/name`.

    Raises:
        RequestError: for what is neither.
        StoreError: when the database is not there, cannot be written, or was made by a newer Faultprint.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     open_store(f"{folder}/plant.db").told.rpartition("/")[2]
        'plant.db'
    """
    url = _url_of(place)
    told = _shown(url)
    with _told(told):
        engine = writer_of(url)
        try:
            _upgrade(engine, told)
        except BaseException:
            engine.dispose()
            raise
    return Store(engine, told)


def open_known_store(place: str, to_write: bool = False) -> Store:
    """A store that is there already; none is made, and nothing is written that need not be.

    Args:
        place: as for `open_store`.
        to_write: whether more is wanted than reading, which a store on a disk that may only be read allows, too.

    Raises:
        RequestError, StoreError: as `open_store`, and where there is none.
    """
    url = _url_of(place)
    told = _shown(url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        raise RequestError(f"{place}: there is no store; faultprint batch makes one")
    with _told(told):
        engine = reader_of(url)
        with engine.connect().execution_options(reads=True) as connection:
            here = MigrationContext.configure(connection).get_current_revision()
        if here == _scripts().get_current_head() and not to_write:
            return Store(engine, told)
        engine.dispose()
    if here is None:
        raise RequestError(f"{told}: is no store of Faultprint's; faultprint batch makes one")
    return open_store(place)


def _url_of(place: str) -> URL:
    if "://" not in place:
        path = Path(place).expanduser()
        if path.is_dir():
            raise RequestError(f"--store {place}: is a folder, and a file is needed; give {path / 'faultprint.db'}")
        if not path.parent.is_dir():
            raise RequestError(f"--store {place}: needs a file in a folder that exists; make the folder first")
        return URL.create("sqlite", database=str(path))
    try:
        url = make_url(place)
    except (ArgumentError, ValueError):
        raise RequestError("--store: not a URL; give a file, or postgresql://user@host/name") from None
    if url.get_backend_name() == "postgresql" and "+" not in url.drivername:
        return url.set(drivername=f"postgresql{DRIVER}")
    if url.get_backend_name() not in ("sqlite", "postgresql"):
        raise RequestError(f"--store {url.drivername}://...: SQLite (a file) and postgresql:// are known stores")
    return url


def _shown(url: URL) -> str:
    """A store as its user names it, without the password."""
    if url.get_backend_name() == "sqlite":
        return url.database or "memory"
    return url.set(drivername=url.drivername.removesuffix(DRIVER)).render_as_string(hide_password=True)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def _upgrade(engine: Engine, told: str) -> None:
    config = _config()
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":  # two runs that find a new database must not both make its tables
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATING})
        newest = _scripts().get_current_head()
        known = {script.revision for script in _scripts().walk_revisions()}
        here = MigrationContext.configure(connection).get_current_revision()
        if here == newest:
            return
        if here is not None and here not in known:
            raise StoreError(f"store {told}: its schema {here} is newer than {newest}, our newest; update Faultprint")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")


@contextmanager
def _told(told: str) -> Iterator[None]:
    """What a database complains of, as one line."""
    try:
        yield
    except NoSuchModuleError as error:
        raise RequestError(f"store {told}: {error}; pip install 'faultprint[batch]'") from None
    except ModuleNotFoundError as error:
        raise RequestError(f"store {told}: needs {error.name}; pip install 'faultprint[batch]'") from None
    except SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or error
        line = " ".join(str(cause).split()) or type(cause).__name__
        advice = (
            "the server answers, has this database, and lets this user write to it"
            if "://" in told
            else "it is there, can be written, and has room"
        )
        raise StoreError(f"store {told}: {line}; check that {advice}") from None
