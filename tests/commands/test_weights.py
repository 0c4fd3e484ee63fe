"""`faultprint weights`: what is at hand, fetched from a server and verified, as a terminal and a script see it."""

import dataclasses
import hashlib
import json
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import torch

from pipeline.models import weights
from pipeline.models.backbone import known_backbones, recipe_of
from pipeline.models.recipe import Published
from pipeline.models.torchvision_adapter import torchvision

NET = "squeezenet1_1"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of seven classes, its hash in its name."""
    path = tmp_path_factory.mktemp("served") / "whole.pth"
    torch.save(torchvision.models.get_model(NET, weights=None, num_classes=7).state_dict(), path)
    return path.rename(path.with_name(f"{NET}-{hashlib.sha256(path.read_bytes()).hexdigest()[:8]}.pth"))


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of FAULTPRINT_WEIGHTS, empty, and an empty cache."""
    monkeypatch.setenv("FAULTPRINT_WEIGHTS", str(tmp_path / "own"))
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    (tmp_path / "own").mkdir()
    return tmp_path / "own"


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def published(original: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The file, which a server on this machine serves as the authors' own."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=original.parent)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}/{original.name}"
        recipe = dataclasses.replace(recipe_of(NET), published=Published.at(url))
        monkeypatch.setattr(weights, "recipe_of", lambda _: recipe)
        yield original
        server.shutdown()
        thread.join()


def test_a_fetched_file_is_told_and_then_found(run, own: Path, published: Path) -> None:
    code, out, err = run("weights", "fetch", NET, "--out", own, "--json")
    assert (code, err) == (0, "")
    sha256 = hashlib.sha256(published.read_bytes()).hexdigest()
    expected = {"backbone": NET, "path": str(own / published.name), "sha256": sha256, "origin": "download"}
    assert json.loads(out) == expected
    assert json.loads(run("weights", "fetch", NET, "--out", own, "--json")[1])["origin"] == "there already"
    rows = {row["backbone"]: row for row in json.loads(run("weights", "list", "--json")[1])}
    assert rows[NET] == {**expected, "origin": "FAULTPRINT_WEIGHTS", "status": "verified"}
    assert set(rows) == set(known_backbones())


def test_without_a_folder_a_fetched_file_goes_into_the_cache_of_torch_hub(run, own: Path, published: Path) -> None:
    code, out, _ = run("weights", "fetch", NET)
    assert code == 0
    assert str(own.parent / "hub" / "checkpoints" / published.name) in out


def test_a_file_that_cannot_be_had_is_one_line_and_exit_code_2(run, own: Path, published: Path) -> None:
    moved = published.rename(published.with_suffix(".gone"))
    try:
        code, out, err = run("weights", "fetch", NET, "--json")
    finally:
        moved.rename(published)
    assert (code, out) == (2, "")
    assert len(err.splitlines()) == 1
    assert "failed (HTTP Error 404: File not found); put squeezenet1_1-" in err


@pytest.mark.parametrize("named", [["nowhere.pth"], ["nowhere.PT"], ["here/nowhere"], ["nowhere", "--backbone", NET]])
def test_a_file_that_is_not_there_is_exit_code_2_and_called_so(run, own: Path, named: list[str]) -> None:
    code, out, err = run("weights", "verify", *named)
    assert (code, out, len(err.splitlines())) == (2, "", 1)
    assert f"weights: no file {named[0]}; give the path of a weights file, or the name of a backbone" in err


def test_a_folder_in_a_files_place_is_told_what_it_is_good_for(run, own: Path) -> None:
    code, _, err = run("weights", "verify", own)
    assert code == 2
    assert f"{own} is a folder; give one of its files, or set FAULTPRINT_WEIGHTS to it" in err


def test_a_backbone_that_nobody_knows_is_answered_with_the_nearest(run, own: Path) -> None:
    for command in ("fetch", "verify"):
        code, out, err = run("weights", command, "resnet19")
        assert (code, out) == (2, "")
        assert "did you mean 'resnet18'?" in err


def test_a_whole_file_of_seven_classes_is_fine_and_its_classifier_told(run, own: Path, original: Path) -> None:
    code, out, err = run("weights", "verify", original, "--json")
    assert (code, err) == (0, "")
    (row,) = json.loads(out)
    assert (row["backbone"], row["path"], row["status"], row["fit"]) == (
        NET,
        str(original),
        "verified",
        "fits; left out: classifier",
    )
    assert row["fine"]


def test_a_file_of_another_net_is_exit_code_2_with_what_differs(run, own: Path, original: Path) -> None:
    code, out, _ = run("weights", "verify", original, "--backbone", "squeezenet1_0", "--json")
    assert code == 2
    (row,) = json.loads(out)
    assert "12 missing (features.5.squeeze.weight" in row["fit"]
    assert "features.0.weight 64x3x3x3 for 96x3x7x7" in row["fit"]
    assert not row["fine"]


def test_a_damaged_file_is_exit_code_2_by_name_and_among_all(run, own: Path, original: Path) -> None:
    content = bytearray(original.read_bytes())
    content[len(content) // 2] ^= 1
    (own / original.name).write_bytes(content)
    for arguments in ([NET], []):
        code, out, _ = run("weights", "verify", *arguments, "--json")
        assert code == 2
        assert "damaged: its name promises" in next(row for row in json.loads(out) if row["backbone"] == NET)["status"]


def test_a_backbone_without_a_file_is_exit_code_2_by_name_and_no_fault_among_all(run, own: Path) -> None:
    code, out, _ = run("weights", "verify", "resnet152", "--json")
    assert code == 2
    assert json.loads(out)[0]["status"] == "not found"
    assert run("weights", "verify")[0] == 0


def test_places_are_told_in_the_order_they_are_looked_into(run, own: Path) -> None:
    code, out, _ = run("weights", "where", "--json")
    assert code == 0
    first, second, *_ = json.loads(out)
    assert first == {"place": "FAULTPRINT_WEIGHTS", "folder": str(own), "exists": True}
    assert second["place"] == "torch hub cache"
    assert not second["exists"]


@pytest.mark.parametrize("command", ["list", "fetch", "verify", "where"])
def test_help_has_an_example(run, command: str) -> None:
    code, out, _ = run("weights", command, "--help")
    assert code == 0
    assert f"Example: faultprint weights {command}" in " ".join(out.split())
