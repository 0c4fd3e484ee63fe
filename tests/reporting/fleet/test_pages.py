"""The folder of pages: complete, whole, replaced page by page, and told from what is not ours."""

import errno
import json
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from kept_fleet import HOSTILE, failing, kept, quiet, silent
from kept_rows import files_in
from plant import fill, night
from sqlalchemy import select

from pipeline.batch.store.kept_alarms import acknowledge, alarms_in
from pipeline.batch.store.opened import open_store
from pipeline.batch.store.schema import evidence
from pipeline.errors import RequestError
from pipeline.reporting.fleet.folder import MARK, page_of
from pipeline.reporting.fleet.report import Sheets
from pipeline.workflow.report import Pages, report


def rows_of(page: Path) -> list[list[object]]:
    """What a page's table holds, as its script gets it."""
    (told,) = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', page.read_text(), re.DOTALL)
    return json.loads(told)["rows"]


def states_of(out: Path) -> dict[str, str]:
    return {row[1][0]: row[0][1] for row in rows_of(out / "index.html")}  # type: ignore[index]


def healths(out: Path) -> dict[str, float | None]:
    return {row[1][0]: row[3][0] for row in rows_of(out / "index.html")}  # type: ignore[index]


def test_every_machine_has_a_row_that_leads_to_its_page(pages: Path) -> None:
    rows = rows_of(pages / "index.html")
    assert len(rows) == 69
    assert all((pages / row[1][1]).is_file() for row in rows)  # type: ignore[index]
    assert len({row[1][1] for row in rows}) == 69  # type: ignore[index]


def test_a_machine_is_in_the_state_that_its_history_gives_it(pages: Path) -> None:
    states = states_of(pages)
    assert states["gearbox 1"] == "alarm"
    assert states["fan 9"] == "finding"
    assert states["press 3"] == "no verdict"
    assert states["pump 07"] == "well"


def test_an_alarm_that_somebody_has_seen_is_told_so(tmp_path: Path) -> None:
    kept(str(tmp_path / "plant.db"), [failing("gearbox 1")])
    opened = open_store(str(tmp_path / "plant.db"))
    acknowledge(opened, [alarm.id for alarm in alarms_in(opened)], "Kim <b>", "bearing is ordered")
    opened.close()
    report(str(tmp_path / "plant.db"), Pages(tmp_path / "out"))
    assert states_of(tmp_path / "out") == {"gearbox 1": "seen"}
    page = (tmp_path / "out" / page_of("gearbox 1", "south")).read_text()
    assert "Kim &lt;b&gt;" in page
    assert "bearing is ordered" in page


def test_two_machines_of_one_name_on_two_sites_are_two(tmp_path: Path) -> None:
    store, out = str(tmp_path / "plant.db"), tmp_path / "out"
    kept(store, [quiet("pump 7", 40, site="hall 1"), failing("pump 7", 40, site="hall 2")])
    opened = open_store(store)
    assert {(alarm.site, alarm.machine) for alarm in alarms_in(opened)} == {("hall 2", "pump 7")}
    opened.close()
    assert report(store, Pages(out))["machines"] == 2
    found = {row[5]: (row[0][1], row[1][1]) for row in rows_of(out / "index.html")}  # type: ignore[index]
    assert found == {
        "hall 1": ("well", page_of("pump 7", "hall 1")), "hall 2": ("alarm", page_of("pump 7", "hall 2")),
    }  # fmt: skip
    assert [len(rows_of(out / page)) for _, page in found.values()] == [40, 40]


def test_a_level_that_doubles_and_more_is_a_warning_and_its_change_is_dated(tmp_path: Path) -> None:
    loud = quiet("fan", 40)
    rms = [value * (10 ** (7 / 20) if place >= 25 else 1.0) for place, value in enumerate(loud.rms)]  # type: ignore[operator]
    kept(str(tmp_path / "plant.db"), [loud._replace(rms=rms)])
    report(str(tmp_path / "plant.db"), Pages(tmp_path / "out"))
    assert states_of(tmp_path / "out") == {"fan": "warning"}
    page = (tmp_path / "out" / page_of("fan", "north")).read_text()
    (told, day) = re.search(r"\(([+-][0-9.]+) dB from ([0-9-]+)\)", page).groups()  # type: ignore[union-attr]
    assert float(told) == pytest.approx(7.0, abs=0.3)
    assert day == "2026-04-20"  # the 26th of 40 days that end on 4 May


def test_the_file_of_every_row_and_the_reason_of_what_was_put_aside_are_on_the_pages(pages: Path) -> None:
    rows = rows_of(pages / page_of("press 3", "north"))
    assert [row[2] for row in rows] == ["no answer: cut off after 12 of 48 kB: press 3"] * 3
    assert {row[2] for row in rows_of(pages / "aside.html")} == {f"press 3/{number:06}.wav" for number in (84, 85, 86)}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_text(pages: Path, name: str) -> None:
    for page in (pages / "index.html", pages / page_of(name, name)):
        tags = re.findall(r"<(script|img)\b([^>]*)>", page.read_text())
        assert {tag for tag, _ in tags} == {"script"}
        assert all("src=" in told or 'type="application/json"' in told for _, told in tags)
    assert name in states_of(pages)
    assert page_of(name, name).isascii()


def test_nothing_comes_from_anywhere_else(pages: Path) -> None:
    for page in (pages / "index.html", pages / "aside.html", pages / page_of("gearbox 1", "south")):
        links = re.findall(r'\b(?:src|href|action)="([^"]*)"', page.read_text())
        assert not [link for link in links if "//" in link]
        local = [link for link in links if not link.startswith(("#", "data:"))]
        assert all((page.parent / link).is_file() for link in local)
        assert "default-src 'none'" in page.read_text()


def test_a_line_of_health_falls_when_a_machine_fails(pages: Path) -> None:
    row = next(row for row in rows_of(pages / "index.html") if row[1][0] == "gearbox 1")  # type: ignore[index]
    heights = [float(point.split(",")[1]) for point in row[4][1].split()]  # type: ignore[index]
    assert heights[0] < 3  # near the top, which is 100
    assert heights[-1] > 18
    assert row[3][0] == pytest.approx(2.0, abs=0.5)  # type: ignore[index]


def test_a_report_takes_the_place_of_an_earlier_one_and_pages_of_machines_that_are_gone_go(tmp_path: Path) -> None:
    kept(str(tmp_path / "first.db"), [quiet("pump a"), silent("pump b")])
    kept(str(tmp_path / "second.db"), [quiet("pump a")])
    out = tmp_path / "out"
    report(str(tmp_path / "first.db"), Pages(out))
    assert len(list(out.glob("machines/*.html"))) == 2
    report(str(tmp_path / "second.db"), Pages(out))
    assert [path.relative_to(out).as_posix() for path in out.glob("machines/*.html")] == [page_of("pump a", "north")]
    assert not (out / "aside.html").exists()
    assert json.loads((out / MARK).read_text())["complete"]


def test_a_folder_with_something_else_is_left_alone(fleet_store: str, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(RequestError, match="holds something else than an earlier report"):
        report(fleet_store, Pages(tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    with pytest.raises(RequestError, match="is a file, and a folder is needed"):
        report(fleet_store, Pages(tmp_path / "notes.txt"))


def test_a_full_disk_leaves_the_pages_that_were_there(
    fleet_store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    report(fleet_store, Pages(out))
    before = (out / "index.html").read_bytes()
    full = OSError(errno.ENOSPC, "No space left on device")
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(full))
    with pytest.raises(RequestError, match="No space left on device"):
        report(fleet_store, Pages(out))
    assert (out / "index.html").read_bytes() == before


def test_a_store_without_diagnoses_makes_a_page(tmp_path: Path) -> None:
    open_store(str(tmp_path / "empty.db")).close()
    assert report(str(tmp_path / "empty.db"), Pages(tmp_path / "out"))["machines"] == 0
    assert "no run has ever begun" in (tmp_path / "out" / "index.html").read_text()


def test_recordings_of_no_named_machine_make_no_trend(tmp_path: Path) -> None:
    kept(str(tmp_path / "plant.db"), [quiet("", 5)])
    report(str(tmp_path / "plant.db"), Pages(tmp_path / "out"))
    assert states_of(tmp_path / "out") == {"(no machine named)": "well"}
    page = (tmp_path / "out" / page_of("", "north")).read_text()
    assert "<polyline" not in page
    assert "--pattern" in page


def test_a_part_of_the_time_lists_less_and_knows_as_much(pages: Path, fleet_store: str, tmp_path: Path) -> None:
    since = datetime(2026, 5, 4, tzinfo=UTC)
    assert report(fleet_store, Pages(tmp_path / "out"), since=since - timedelta(days=2))["signals"] == 70 * 3
    assert report(fleet_store, Pages(tmp_path / "late"), since=since + timedelta(days=9))["machines"] == 7
    for out in (tmp_path / "out", tmp_path / "late"):
        assert healths(out).items() <= healths(pages).items()
        assert "recorded since 2026-05" in (out / "index.html").read_text()
    assert rows_of(tmp_path / "late" / page_of("gearbox 1", "south")) == []


def test_sheets_are_for_alarms_for_all_or_for_none(fleet_store: str, tmp_path: Path) -> None:
    counts = {kind: report(fleet_store, Pages(tmp_path / kind, kind))["sheets"] for kind in Sheets}
    assert counts[Sheets.NONE] == 0
    assert counts[Sheets.ALL] == 1358 - 3
    assert 7 <= counts[Sheets.ALARMS] <= 7 * 3 + 1
    for sheet in (tmp_path / "alarms" / "sheets").iterdir():
        assert "No pictures of this signal were kept" in sheet.read_text()


def test_what_no_model_could_read_still_has_its_row(tmp_path: Path) -> None:
    store = str(tmp_path / "plant.db")
    fill(tmp_path / "inbox", {"pump-1.txt": "broken", "pump-2.txt": "outer_race 0.9 2.0"})
    night(tmp_path / "inbox", store)
    assert files_in(store)["pump-1.txt"][0] == "quarantined"
    found = report(store, Pages(tmp_path / "out"))
    assert (found["signals"], found["aside"]) == (2, 1)


def test_damaged_evidence_is_told_on_its_sheet(tmp_path: Path) -> None:
    store = str(tmp_path / "plant.db")
    kept(store, [failing("gearbox 1")])
    opened = open_store(store)
    with opened.writing() as connection:
        connection.execute(evidence.insert().values(diagnosis_id=40, content=b"PK, or so it seems"))
        assert connection.execute(select(evidence.c.diagnosis_id)).scalars().all() == [40]
    opened.close()
    report(store, Pages(tmp_path / "out"))
    assert "is damaged" in (tmp_path / "out" / "sheets" / "40.html").read_text()
