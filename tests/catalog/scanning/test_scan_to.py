"""Scans onto a disk: what was killed goes on, what has not changed is not read, and nothing is lost or doubled."""

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from pipeline import cli
from pipeline.catalog.catalog import Catalog
from pipeline.catalog.scanning import rows
from pipeline.catalog.scanning.lock import LockedError, only_one
from pipeline.catalog.scanning.scan import Request
from pipeline.errors import FaultprintError, RequestError
from pipeline.workflow.scan import Voting, journal_of, scan_to

N_FILES = 12


@pytest.fixture
def plant(tmp_path: Path) -> Path:
    """Twelve recordings under two labels, and what cannot be read."""
    for number in range(N_FILES):
        folder = tmp_path / "plant" / ("healthy", "ball")[number % 2]
        folder.mkdir(parents=True, exist_ok=True)
        np.save(folder / f"{number:02d}.npy", np.arange(100.0 + number))
    (tmp_path / "plant" / "ball" / "broken.npy").write_bytes(b"\x93NUMPY")
    return tmp_path / "plant"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each header was read; set "stop" to be interrupted after so many."""
    count: Counter[str] = Counter()
    read_header = rows.read_header

    def counted(path, reader=None):
        if count["stop"] and count.total() - count["stop"] >= count["stop"]:
            raise KeyboardInterrupt
        count[Path(path).name] += 1
        return read_header(path, reader)

    monkeypatch.setattr(rows, "read_header", counted)
    return count


@pytest.fixture(params=["catalog.csv", "catalog.parquet"])
def out(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    return tmp_path / str(request.param)


def signals(out: Path) -> list[str]:
    return [row.signal for row in Catalog.read(out)]


def beside(out: Path) -> set[str]:
    return {path.name for path in out.parent.iterdir() if path.is_file()}


def test_a_scan_counts_what_it_found_and_leaves_the_catalog_alone_on_the_disk(plant, out):
    found = scan_to(Request(plant), out)
    assert (found["files"], found["signals"]) == (N_FILES + 1, N_FILES)
    assert found["signals_per_label"] == {"ball": 6, "healthy": 6}
    assert found["rates_hz"] == {"unknown": 12}
    assert found["without_specimen"] == 12
    assert [entry["file"] for entry in found["skipped"]] == ["ball/broken.npy"]
    assert len(set(signals(out))) == N_FILES
    assert beside(out) == {out.name}


def test_an_interrupted_scan_goes_on_where_it_stopped(plant, out, opened):
    opened["stop"] = 5
    with pytest.raises(KeyboardInterrupt):
        scan_to(Request(plant), out)
    assert not out.exists()
    assert journal_of(out).exists()
    done = +Counter({name: count for name, count in opened.items() if name.endswith(".npy") and name != "broken.npy"})
    opened.clear()
    found = scan_to(Request(plant), out)
    assert found["files_known"] == len(done) > 2
    assert not set(done) & set(opened)  # nothing is read twice
    assert sorted(signals(out)) == sorted(f"{('healthy', 'ball')[k % 2]}/{k:02d}.npy" for k in range(N_FILES))
    assert beside(out) == {out.name}


def test_files_that_changed_vanished_or_came_while_a_scan_lay_still_are_seen(plant, out, opened):
    opened["stop"] = 8
    with pytest.raises(KeyboardInterrupt):
        scan_to(Request(plant), out)
    np.save(plant / "ball" / "01.npy", np.arange(500.0))
    (plant / "ball" / "03.npy").unlink()
    np.save(plant / "ball" / "00_new.npy", np.arange(100.0))
    opened.clear()
    scan_to(Request(plant), out)
    assert set(opened) >= {"01.npy", "00_new.npy"}
    rows_now = {row.signal: row for row in Catalog.read(out)}
    assert rows_now["ball/01.npy"].n_samples == 500
    assert "ball/03.npy" not in rows_now
    assert "ball/00_new.npy" in rows_now
    assert len(rows_now) == N_FILES


def test_another_request_does_not_take_over_an_unfinished_scan(plant, out, opened):
    opened["stop"] = 8
    with pytest.raises(KeyboardInterrupt):
        scan_to(Request(plant), out)
    opened.clear()
    found = scan_to(Request(plant, pattern="{load:d}.npy"), out)
    assert found["files_known"] == 0
    assert all(row.condition for row in Catalog.read(out))


KILLED = """
import os, sys
from pathlib import Path
from pipeline.catalog.scanning import journal, rows
from pipeline.catalog.scanning.scan import Request
from pipeline.workflow.scan import scan_to
journal.BATCH = 3
read, count = rows.read_header, 0
def dying(path, reader=None):
    global count
    count += 1
    if count > 8:
        os.kill(os.getpid(), 9)
    return read(path, reader)
rows.read_header = dying
scan_to(Request(Path(sys.argv[1])), Path(sys.argv[2]))
"""


def test_a_scan_killed_outright_loses_and_doubles_no_row(plant, tmp_path, opened):
    out = tmp_path / "catalog.csv"
    dead = subprocess.run([sys.executable, "-c", KILLED, plant, out], capture_output=True, check=False)
    assert dead.returncode == -9
    assert {journal_of(out).name, "catalog.csv.scan.lock"} <= beside(out)  # its lock lies there and locks nothing
    found = scan_to(Request(plant), out)
    assert found["files_known"] >= 6
    assert found["files_known"] + opened.total() - opened["broken.npy"] == N_FILES
    assert len(signals(out)) == len(set(signals(out))) == N_FILES
    assert beside(out) == {out.name}


def test_a_second_scan_reads_only_what_changed_and_keeps_what_was_filled_in(plant, out, opened):
    scan_to(Request(plant), out)
    catalog = Catalog.read(out)
    filled = tuple(row.changed(specimen="pump 7", labels=("cage",)) for row in catalog)
    Catalog(filled, catalog.root).write(out)
    np.save(plant / "healthy" / "00.npy", np.arange(500.0))
    opened.clear()
    found = scan_to(Request(plant), out)
    assert set(opened) == {"00.npy", "broken.npy"}
    assert (found["files_known"], found["files_changed"], found["files_gone"]) == (N_FILES - 1, 1, 0)
    told = {row.signal: (row.specimen, row.labels) for row in Catalog.read(out)}
    assert told.pop("healthy/00.npy") == ("", ("healthy",))
    assert set(told.values()) == {("pump 7", ("cage",))}
    assert {row.specimen for row in Catalog.read(out.replace(out.with_name(f"old{out.suffix}")))} == {"", "pump 7"}


def test_what_a_rescan_gives_up_is_kept_beside(plant, out):
    scan_to(Request(plant), out)
    before = out.read_bytes()
    (plant / "healthy" / "00.npy").unlink()
    found = scan_to(Request(plant), out)
    assert found["files_gone"] == 1
    assert len(signals(out)) == N_FILES - 1
    assert out.with_name(f"{out.name}.bak").read_bytes() == before


def test_restart_reads_everything_anew(plant, out, opened):
    scan_to(Request(plant), out)
    opened.clear()
    found = scan_to(Request(plant), out, restart=True)
    assert (found["files_known"], opened.total()) == (0, N_FILES + 1)


def test_a_pattern_speaks_over_a_catalog_but_a_folder_does_not(plant, out):
    scan_to(Request(plant), out)
    catalog = Catalog.read(out)
    Catalog(tuple(row.changed(labels=("cage",)) for row in catalog), catalog.root).write(out)
    found = scan_to(Request(plant, pattern="{load:d}.npy"), out)
    assert found["files_known"] == N_FILES
    assert {row.labels for row in Catalog.read(out)} == {("cage",)}
    assert {row.condition["load"] for row in Catalog.read(out)} == set(range(N_FILES))


def test_a_side_file_written_or_taken_away_is_noticed(plant, out):
    scan_to(Request(plant), out)
    side = plant / "ball" / "01.npy.yaml"
    side.write_text("specimen: pump 9\n")
    os.utime(side, ns=(0, 0))  # older than its recording
    scan_to(Request(plant), out)
    assert Catalog.read(out)["ball/01.npy"].specimen == "pump 9"
    side.unlink()
    scan_to(Request(plant), out)
    assert Catalog.read(out)["ball/01.npy"].specimen == ""


def test_a_side_file_still_speaks_over_a_pattern_and_leaves_what_was_filled_in(plant, out):
    (plant / "ball" / "01.npy.yaml").write_text("load: 50\nrate_hz: 1000\n")
    scan_to(Request(plant), out)
    catalog = Catalog.read(out)
    Catalog(tuple(row.changed(specimen="pump 7") for row in catalog), catalog.root).write(out)
    assert scan_to(Request(plant), out)["files_known"] == N_FILES
    scan_to(Request(plant, pattern="{load:d}.npy"), out)
    told = {row.source[-6:]: (row.specimen, row.rate_hz, row.condition["load"]) for row in Catalog.read(out)}
    assert told["01.npy"] == ("pump 7", 1000, 50)
    assert told["03.npy"] == ("pump 7", None, 3)


def test_a_hash_is_added_to_rows_that_have_none(plant, out, opened):
    scan_to(Request(plant), out)
    scan_to(Request(plant, with_hash=True), out)
    assert all(row.sha256 for row in Catalog.read(out))
    opened.clear()
    assert scan_to(Request(plant, with_hash=True), out)["files_known"] == N_FILES


def test_a_catalog_inside_the_folder_is_no_recording(plant, opened):
    out = plant / "catalog.csv"
    scan_to(Request(plant), out)
    found = scan_to(Request(plant), out)
    assert found["signals"] == N_FILES
    assert [entry["file"] for entry in found["skipped"]] == ["ball/broken.npy"]
    assert next(iter(Catalog.read(out))).source == "ball/01.npy"


def test_two_scans_at_once_are_refused(plant, out):
    lock = out.with_name(f"{out.name}.scan.lock")
    with only_one(lock, "a scan"), pytest.raises(LockedError, match=f"by process {os.getpid()} already") as caught:
        scan_to(Request(plant), out)
    assert caught.value.exit_code == 4
    lock.write_text("4194999\n")  # left behind by a process that is no more
    scan_to(Request(plant), out)
    assert beside(out) == {out.name}


@pytest.mark.parametrize("content", ["whatever,else\n1,2\n", "dear diary\n"])
def test_a_file_that_is_no_catalog_is_not_overwritten(plant, out, content):
    out.write_text(content)
    with pytest.raises(RequestError, match="--restart to replace"):
        scan_to(Request(plant), out)
    assert out.read_text() == content
    scan_to(Request(plant), out, restart=True)
    assert len(signals(out)) == N_FILES


def test_nothing_to_read_is_one_line_and_leaves_nothing(tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.bin").write_bytes(b"\0" * 10)
    with pytest.raises(RequestError, match="holds no file"):
        scan_to(Request(tmp_path / "empty"), tmp_path / "catalog.csv")
    with pytest.raises(RequestError, match=r"no recording could be read under .*a\.bin"):
        scan_to(Request(tmp_path / "notes"), tmp_path / "catalog.csv")
    assert beside(tmp_path / "catalog.csv") == set()


@pytest.mark.parametrize("wrong", ["folder", "s3://bucket/catalog.csv"])
def test_a_catalog_is_a_file_on_a_disk(plant, tmp_path, wrong):
    (tmp_path / "folder").mkdir()
    with pytest.raises(RequestError, match="a file on a disk is needed"):
        scan_to(Request(plant), Path(wrong) if ":" in wrong else tmp_path / wrong)


def test_votes_become_labels_and_a_wrong_vote_costs_no_second_scan(plant, out, opened):
    votes = out.with_name("votes.csv")
    lines = ["signal,labeller,label", "ball/01.npy,Ann,ball", "ball/01.npy,Bea,healthy", "ball/03.npy,Ann,cage"]
    votes.write_text("\n".join([*lines, "ball/99.npy,Ann,ball"]) + "\n")
    with pytest.raises(FaultprintError, match="not in the catalog"):
        scan_to(Request(plant), out, voting=Voting(votes))
    opened.clear()
    votes.write_text("\n".join(lines) + "\n")
    found = scan_to(Request(plant), out, voting=Voting(votes))
    assert found["files_known"] == N_FILES
    assert found["agreement"] == {"ambiguous": 1, "unambiguous_defect": 1}
    assert Catalog.read(out)["ball/01.npy"].agreement == "ambiguous"
    with pytest.raises(RequestError, match="clear-share"):
        Voting(votes, clear_share=0)


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]):
    def call(*arguments: object) -> tuple[int, str, str]:
        capfd.readouterr()
        code = cli.run([str(argument) for argument in arguments])
        return code, *capfd.readouterr()

    return call


def test_the_command_prints_a_summary_for_people(run, plant, tmp_path):
    code, said, complained = run("scan", plant, "--out", tmp_path / "catalog.csv")
    assert code == 3
    lines = said.splitlines()
    assert lines[0] == f"{tmp_path / 'catalog.csv'}: 12 signals of 13 files"
    assert "labels     ball 6, healthy 6" in lines
    assert "specimens  unknown for 12 signals: fill the column specimen; splits by part need it" in lines
    assert complained.startswith("faultprint: skipped ball/broken.npy")


def test_the_command_prints_one_document_for_programs(run, plant, tmp_path):
    (plant / "ball" / "broken.npy").unlink()
    code, said, complained = run("scan", plant, "--out", tmp_path / "catalog.parquet", "--json")
    assert (code, complained) == (0, "")
    assert json.loads(said)["signals"] == N_FILES


def test_an_interrupted_command_ends_with_130_and_says_how_to_go_on(run, plant, tmp_path, opened):
    opened["stop"] = 5
    code, said, complained = run("scan", plant, "--out", tmp_path / "catalog.csv")
    assert (code, said) == (130, "")
    assert "catalog.csv.scan.jsonl; run the same command again to go on" in complained


def test_a_long_list_of_skipped_files_goes_into_a_table(run, plant, tmp_path):
    for number in range(25):
        (plant / f"{number}.bin").write_bytes(b"\0" * 10)
    code, _, complained = run("scan", plant, "--out", tmp_path / "catalog.csv")
    assert code == 3
    assert complained.count("\n") == 1
    assert "skipped 26 files; why is in" in complained
    assert len((tmp_path / "catalog.csv.skipped.csv").read_text().splitlines()) == 27
    for number in range(25):
        (plant / f"{number}.bin").unlink()
    run("scan", plant, "--out", tmp_path / "catalog.csv")
    assert not (tmp_path / "catalog.csv.skipped.csv").exists()


def test_columns_are_mapped_on_the_command_line(run, plant, tmp_path):
    (tmp_path / "list.csv").write_text("Datei,Defekt\n01,cage\n")
    out = tmp_path / "catalog.csv"
    given = ["--table", tmp_path / "list.csv", "--column", "Datei=source", "--column", "Defekt=label"]
    assert run("scan", plant, "--out", out, *given)[0] == 3
    assert [row.labels for row in Catalog.read(out)] == [("cage",)]
    code, _, complained = run("scan", plant, "--out", out, "--column", "Datei")
    assert (code, "needs THEIRS=OURS" in complained) == (2, True)


def test_an_id_given_by_hand_that_a_new_file_would_take_is_told_not_raised(plant, out):
    scan_to(Request(plant), out)
    catalog = Catalog.read(out)
    renamed = tuple(row.changed(signal="zz.npy") if row.source.endswith("00.npy") else row for row in catalog)
    Catalog(renamed, catalog.root).write(out)
    np.save(plant / "zz.npy", np.arange(100.0))
    found = scan_to(Request(plant), out)
    assert "another file has a signal 'zz.npy'" in {e["file"]: e["reason"] for e in found["skipped"]}["zz.npy"]
    assert Catalog.read(out)["zz.npy"].source.endswith("healthy/00.npy")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names themselves")
def test_a_folder_whose_name_is_not_utf8_is_scanned_and_where_the_catalog_cannot_name_it_one_line_says_so(tmp_path):
    folder = tmp_path / "plant\udcfc"
    folder.mkdir()
    np.save(folder / "a.npy", np.arange(100.0))
    assert scan_to(Request(folder), folder / "catalog.csv")["signals"] == 1
    with pytest.raises(FaultprintError, match=r"not UTF-8.*rename that folder"):
        scan_to(Request(folder), tmp_path / "catalog.csv")


def test_a_scan_that_was_refused_before_its_first_file_leaves_nothing_behind(plant: Path, tmp_path: Path) -> None:
    with pytest.raises(FaultprintError, match="labl"):
        scan_to(Request(plant, pattern="{labl}.npy"), tmp_path / "catalog.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["plant"]


def test_a_file_that_was_only_touched_keeps_what_was_filled_in(plant, out):
    scan_to(Request(plant), out)
    catalog = Catalog.read(out)
    Catalog(tuple(row.changed(specimen="pump 7", speed_rpm=1485.0) for row in catalog), catalog.root).write(out)
    os.utime(plant / "healthy" / "00.npy", ns=(0, 0))
    assert scan_to(Request(plant), out)["files_changed"] == 1
    assert {(row.specimen, row.speed_rpm) for row in Catalog.read(out)} == {("pump 7", 1485.0)}
