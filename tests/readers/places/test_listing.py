"""Folders are listed alike wherever they are."""

from pathlib import Path
from typing import Any

import pytest
from odd_server import counted

from pipeline.errors import ReadError
from pipeline.readers.places import (
    exists,
    is_folder,
    joined,
    listed,
    listing,
    local_copy,
)

TREE = ("a.wav", "a/x.wav", "a/deep/y.csv", "a b.wav", "a.d/z.npy", "B.wav", "é.wav", "z/a.wav", "a-1.wav")
LEFT_OUT = (".hidden.wav", "a.wav.yaml", "a/x.wav.yml", ".git/config.wav")


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
