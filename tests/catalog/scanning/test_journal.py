"""Journals: what was finished is known again, what was torn or changed is not."""

import pytest

from pipeline.catalog.row import Row
from pipeline.catalog.scanning.journal import BATCH, Journal
from pipeline.catalog.scanning.walk import File
from pipeline.errors import RequestError
from pipeline.signals.bearing_table import bearing_of

REQUEST = {"path": "rig"}
ROW = Row("a", "a.wav", labels=("ball", "cage"), bearing=bearing_of("6205"), n_samples=9, condition={"load": 0.1})


def file(name: str, size_bytes: int = 44, modified: str = "noon") -> File:
    return File(name, size_bytes, modified)


@pytest.fixture
def path(tmp_path):
    with Journal(tmp_path / "scan.jsonl", REQUEST) as journal:
        journal.finished(file("a.wav"), [ROW])
        journal.finished(file("two.wav"), [Row("two/1", "two.wav"), Row("two/2", "two.wav")])
    return tmp_path / "scan.jsonl"


def test_rows_come_back_as_they_were(path):
    with Journal(path, REQUEST) as journal:
        assert len(journal) == 2
        assert journal.recall(file("two.wav")) == [Row("two/1", "two.wav"), Row("two/2", "two.wav")]
        assert journal.recall(file("a.wav")) == [ROW]
        assert journal.recall(file("b.wav")) is None


@pytest.mark.parametrize("changed", [file("a.wav", size_bytes=48), file("a.wav", modified="later")])
def test_a_changed_file_is_not_known(path, changed):
    with Journal(path, REQUEST) as journal:
        assert journal.recall(changed) is None


def test_a_line_torn_anywhere_is_passed_over_and_the_next_one_is_whole(path):
    whole = path.read_bytes()
    last = whole.rindex(b"\n", 0, -1) + 1
    for cut in range(last, len(whole) - 1):
        path.write_bytes(whole[:cut])
        with Journal(path, REQUEST) as journal:
            assert len(journal) == 1
            journal.finished(file("c.wav"), [Row("c", "c.wav")])
        with Journal(path, REQUEST) as journal:
            assert journal.recall(file("c.wav")) == [Row("c", "c.wav")]
            assert journal.recall(file("a.wav")) == [ROW]


def test_noise_in_the_middle_costs_only_its_line(path):
    header, first, second = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(header + b"\0\0\xff{\n[1]\n{}\n" + second + first)
    with Journal(path, REQUEST) as journal:
        assert len(journal) == 2


def test_the_last_word_on_a_file_counts(path):
    with Journal(path, REQUEST) as journal:
        journal.finished(file("a.wav", modified="later"), [Row("new", "a.wav")])
    with Journal(path, REQUEST) as journal:
        assert journal.recall(file("a.wav", modified="later")) == [Row("new", "a.wav")]


@pytest.mark.parametrize("content", [None, b"", b"something else", b'{"scan": {"path": "other"}}\n{}\n'])
def test_a_journal_of_another_request_is_begun_anew(path, content):
    if content is not None:
        path.write_bytes(content)
    with Journal(path, {"path": "rig", "pattern": "{label}.wav"}) as journal:
        assert len(journal) == 0
        assert journal.recall(file("a.wav")) is None


def test_what_was_finished_outlives_the_process_batch_by_batch(tmp_path):
    journal = Journal(tmp_path / "scan.jsonl", REQUEST)
    for number in range(BATCH + 1):
        journal.finished(file(f"{number}.wav"), [Row(str(number), f"{number}.wav")])
    with Journal(tmp_path / "scan.jsonl", REQUEST) as after_a_kill:
        assert len(after_a_kill) >= BATCH
    journal.__exit__(None, None, None)


def test_a_place_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(RequestError, match="cannot write"):
        Journal(tmp_path / "file" / "scan.jsonl", REQUEST)
