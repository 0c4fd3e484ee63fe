"""A store is made and brought up to date by itself, and says in one line what is wrong with it."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from kept_fleet import failing, kept
from kept_rows import diagnoses_in, files_in
from plant import fill, night
from sqlalchemy import MetaData, create_engine, select, text
from sqlalchemy.exc import IntegrityError

from pipeline.batch.store import connecting
from pipeline.batch.store.diagnosed import diagnosed, documents
from pipeline.batch.store.kept_alarms import alarms_in
from pipeline.batch.store.opened import MIGRATIONS, open_store
from pipeline.batch.store.schema import TABLES, tasks
from pipeline.errors import RequestError, StoreError


def test_migrations_make_exactly_the_tables_of_the_schema(store: str) -> None:
    opened = open_store(store)
    with opened.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, TABLES) == []
    opened.close()


def test_a_file_is_written_by_one_and_read_by_others_and_no_row_refers_to_nothing(tmp_path: Path) -> None:
    opened = open_store(str(tmp_path / "plant.db"))
    with opened.writing() as writer:
        kept = [writer.exec_driver_sql(f"PRAGMA {line}").scalar() for line in ("journal_mode", "foreign_keys")]
        assert kept == ["wal", 1]
        with opened.reading() as reader:  # while the other writes
            assert reader.execute(select(tasks)).all() == []
        with pytest.raises(IntegrityError):
            writer.exec_driver_sql("INSERT INTO evidence (diagnosis_id, content) VALUES (1, x'00')")
    opened.close()


class Forbidding:
    """A connection to a file beside which nothing may be written, as SQLite then answers."""

    def __init__(self, asked: str) -> None:
        self.immutable = "immutable=1" in asked

    def execute(self, _: str) -> "Forbidding":
        if not self.immutable:
            raise sqlite3.OperationalError("unable to open database file")
        return self

    def fetchone(self) -> None:
        return None

    def close(self) -> None:
        return None


def test_where_nothing_may_be_written_a_file_is_read_unless_rows_wait_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connecting.sqlite3, "connect", lambda asked, **_: Forbidding(asked))
    path = tmp_path / "plant.db"
    assert connecting._connected(path).immutable
    path.with_name("plant.db-wal").write_bytes(b"rows")
    with pytest.raises(sqlite3.OperationalError):
        connecting._connected(path)


def test_a_store_of_a_newer_faultprint_is_refused(store: str) -> None:
    opened = open_store(store)
    with opened.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    opened.close()
    with pytest.raises(StoreError, match=r"its schema 9999 is newer than \d{4}, our newest; update Faultprint"):
        open_store(store)


def test_many_that_open_a_new_store_at_once_all_get_one(store: str) -> None:
    code = "import sys; from pipeline.batch.store.opened import open_store; open_store(sys.argv[1])"
    opening = [subprocess.Popen([sys.executable, "-c", code, store], stderr=subprocess.PIPE) for _ in range(4)]
    assert [one.communicate()[1] for one in opening] == [b""] * 4


@pytest.mark.parametrize(
    ("place", "told"),
    [
        ("nowhere/plant.db", "needs a file in a folder that exists"),
        (".", "--store .: is a folder, and a file is needed; give faultprint.db"),
        ("mysql://plant@host/db", "SQLite .a file. and postgresql:// are known stores"),
        ("s3://bucket/plant.db", "SQLite .a file. and postgresql:// are known stores"),
        ("postgresql://plant@host:port/db", "not a URL"),
    ],
)
def test_what_is_no_store_is_told(place: str, told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(RequestError, match=told):
        open_store(place)


def test_a_file_that_is_no_database_is_told_and_stays(tmp_path: Path) -> None:
    path = tmp_path / "thesis.txt"
    path.write_text("chapter 1\n" * 200)
    with pytest.raises(StoreError, match=r"thesis.txt: file is not a database; check that it is there"):
        open_store(str(path))
    assert path.read_text() == "chapter 1\n" * 200


def test_a_server_that_does_not_answer_is_told_without_the_password() -> None:
    pytest.importorskip("psycopg", reason="needs the extra batch")
    with pytest.raises(StoreError, match=r"store postgresql://plant:\*\*\*@127.0.0.1:1/db: .*refused") as told:
        open_store("postgresql://plant:secret@127.0.0.1:1/db")
    assert "secret" not in str(told.value)
    assert str(told.value).endswith("check that the server answers, has this database, and lets this user write to it")
    assert "\n" not in str(told.value)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", folder], capture_output=True).returncode:
        pytest.skip("needs a small disk of its own: mounting one takes root")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_ends_a_run_in_one_line_and_the_next_goes_on(tmp_path: Path, disk: Path) -> None:
    inbox = fill(tmp_path / "inbox", {f"{number}.txt": f"ball{number}\n" * 30 for number in range(40)})
    store = str(disk / "plant.db")
    with pytest.raises(StoreError, match=r"disk is full|disk I/O error"):
        night(inbox, store)
    subprocess.run(["mount", "-o", "remount,size=8m", disk], check=True)
    assert night(inbox, store).unchanged > 0
    assert night(inbox, store).unchanged == 40


def test_a_disk_that_may_only_be_read_is_told(tmp_path: Path, disk: Path) -> None:
    inbox = fill(tmp_path / "inbox", {"a.txt": "ball"})
    store = str(disk / "plant.db")
    night(inbox, store)
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
    with pytest.raises(StoreError, match=r"plant.db: (unable to open|attempt to write a readonly)"):
        night(inbox, store)


@pytest.mark.parametrize("revision", ["0001", "0002", "0003", "0004", "0005"])
def test_a_store_of_an_earlier_schema_comes_up_to_date_with_its_rows(store: str, tmp_path: Path, revision: str) -> None:
    inbox = fill(
        tmp_path / "inbox", {"pump-1.txt": "ball 0.9 2.0", "pump-2.txt": "broken", "fan-1.txt": "cage 0.8 1.0"}
    )
    newest = str(tmp_path / "newest.db")
    night(inbox, newest)
    as_it_was(store, revision, newest)
    test_migrations_make_exactly_the_tables_of_the_schema(store)
    assert (diagnoses_in(store), files_in(store)) == (diagnoses_in(newest), files_in(newest))
    assert night(inbox, store).unchanged == 3


def test_diagnoses_of_an_earlier_schema_lack_what_was_not_kept_then_and_new_ones_have_it(store, tmp_path: Path) -> None:
    inbox = fill(tmp_path / "inbox", {"pump-1.txt": "ball 0.9 2.0 0.5"})
    newest = str(tmp_path / "newest.db")
    night(inbox, newest)
    as_it_was(store, "0005", newest)
    night(fill(inbox, {"pump-2.txt": "cage 0.9 2.0 0.5"}), store)
    opened = open_store(store)
    old, new = sorted(diagnosed(opened), key=lambda row: row.source)
    assert (old.rms, old.crest, old.bands, old.envelope_lines, old.outside_p) == (2.0, None, None, None, None)
    assert (new.rms, new.crest, new.bands, new.outside_p) == (2.0, 1.5, {"low": 2.0}, 0.5)
    assert new.envelope_lines == {"ball": {"amplitude": 0.5, "over_db": 12.0}}
    assert [line["bands"] for line in sorted(documents(opened), key=lambda line: line["file"])] == [None, new.bands]
    opened.close()


def test_alarms_of_an_earlier_schema_get_the_site_of_the_diagnosis_that_opened_them(tmp_path: Path) -> None:
    newest, store = str(tmp_path / "newest.db"), str(tmp_path / "plant.db")
    kept(newest, [failing("pump 7", site="hall 2")])
    as_it_was(store, "0004", newest)
    opened = open_store(store)
    assert {alarm.site for alarm in alarms_in(opened)} == {"hall 2"}
    opened.close()


def as_it_was(store: str, revision: str, newest: str) -> None:
    """A store as an earlier Faultprint made it, with the rows of another as far as it knew them."""
    url = store if "://" in store else f"sqlite:///{store}"
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"))
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    tables, rows = MetaData(), create_engine(f"sqlite:///{newest}")
    with engine.begin() as older, rows.connect() as source:
        config.attributes["connection"] = older
        command.upgrade(config, revision)
        tables.reflect(older)
        for table in tables.sorted_tables:
            if table.name != "alembic_version" and (found := source.execute(select(table)).mappings().all()):
                older.execute(table.insert(), [dict(row) for row in found])
        if engine.dialect.name == "postgresql":  # numbers go on where those of the rows end
            for name in ("inboxes", "models", "runs", "tasks", "diagnoses"):
                end = f"(SELECT max(id) FROM {name})"
                older.execute(text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), {end})"))
    engine.dispose()
    rows.dispose()
