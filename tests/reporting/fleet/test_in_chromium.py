"""The pages in a real browser: sorted, searched, filtered, linked to, printed, and quiet."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from kept_fleet import HOSTILE, failing, kept, quiet

from pipeline.reporting.fleet.folder import page_of
from pipeline.workflow.report import Pages, report

WIDE, NARROW = {"width": 1400, "height": 900}, {"width": 390, "height": 844}


class Visitor:
    """A window that notes whatever a page complains of or asks the network for."""

    def __init__(self, browser: Any, **window: Any) -> None:
        self.context = browser.new_context(**window)
        self.page = self.context.new_page()
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def go(self, path: Path, place: str = "") -> Any:
        self.page.goto(path.as_uri() + place)
        return self.page

    def column(self, number: int) -> list[str]:
        cells = self.page.locator(f"table.held tbody tr td:nth-child({number})").all_inner_texts()
        return [cell.strip() for cell in cells]

    def choice(self, name: str) -> Any:
        return self.page.get_by_role("combobox", name=name)

    @property
    def search(self) -> Any:
        return self.page.get_by_role("searchbox")

    @property
    def info(self) -> str:
        return str(self.page.locator(".dt-info").inner_text())


@pytest.fixture
def visitor(browser: Any) -> Iterator[Visitor]:
    found = Visitor(browser, viewport=WIDE)
    yield found
    assert found.complaints == []
    assert [url for url in found.asked if not url.startswith(("file:", "data:"))] == []
    found.context.close()


def test_the_most_urgent_come_first_and_headings_sort(visitor: Visitor, pages: Path) -> None:
    page = visitor.go(pages / "index.html")
    states = visitor.column(1)
    assert states[:9] == ["alarm"] * 7 + ["finding", "no verdict"]
    assert set(states[9:]) == {"well"}
    healths = [float(text) for text in visitor.column(4)[:7]]
    assert healths == sorted(healths)
    page.get_by_role("columnheader", name="Health").click()
    page.locator("th[aria-sort=ascending]", has_text="Health").wait_for()
    ascending = [float(text) for text in visitor.column(4) if text]
    assert ascending == sorted(ascending)
    page.get_by_role("columnheader", name="Health").click()
    page.locator("th[aria-sort=descending]", has_text="Health").wait_for()
    descending = [float(text) for text in visitor.column(4) if text]
    assert descending == sorted(descending, reverse=True)


def test_headings_sort_by_the_keyboard_alone(visitor: Visitor, pages: Path) -> None:
    page = visitor.go(pages / "index.html")
    page.locator("th [role=button], th[tabindex='0']").nth(1).focus()
    page.keyboard.press("Enter")
    page.locator("th[aria-sort=ascending]", has_text="Machine").wait_for()
    names = visitor.column(2)
    assert names == sorted(names, key=str.lower)


def test_a_search_finds_machines_by_name_and_by_what_is_wrong(visitor: Visitor, pages: Path) -> None:
    page = visitor.go(pages / "index.html")
    visitor.search.fill("pump 07")
    assert visitor.column(2) == ["pump 07"]
    visitor.search.fill("cut off after")
    assert visitor.column(2) == ["press 3"]
    visitor.search.fill("no such machine")
    assert "nothing fits" in page.locator("table.held tbody").inner_text()


def test_filters_by_state_site_verdict_and_time(visitor: Visitor, pages: Path) -> None:
    page = visitor.go(pages / "index.html")
    visitor.choice("State").select_option("alarm")
    assert visitor.info == "1 to 7 of 7 (69 in all)"
    visitor.choice("Site").select_option("south")
    assert visitor.column(2) == ["gearbox 1"]
    page.get_by_role("button", name="Show all").click()
    visitor.choice("Latest verdict").select_option("UNUSABLE")
    assert visitor.column(2) == ["press 3"]
    page.get_by_role("button", name="Show all").click()
    page.get_by_label("Recorded since").fill("2026-05-05")
    assert visitor.column(1) == ["nothing fits"]
    page.get_by_label("Recorded since").fill("2026-05-04")
    assert visitor.info.endswith("of 69")


def test_a_view_can_be_sent_as_a_link(visitor: Visitor, pages: Path) -> None:
    page = visitor.go(pages / "index.html")
    visitor.choice("State").select_option("no verdict")
    visitor.search.fill("press")
    page.wait_for_url("**q=press")
    link = page.url
    visitor.go(pages / "aside.html")
    page.goto(link)
    assert visitor.column(2) == ["press 3"]
    assert visitor.choice("State").input_value() == "no verdict"
    assert visitor.search.input_value() == "press"


def test_a_link_to_a_state_that_no_machine_is_in_shows_none(visitor: Visitor, pages: Path) -> None:
    visitor.go(pages / "index.html", "#state=warning&site=south")
    assert visitor.column(1) == ["nothing fits"]


def test_the_counts_lead_to_the_machines_they_count(visitor: Visitor, pages: Path) -> None:
    page = visitor.go(pages / "index.html")
    page.get_by_role("link", name="1 finding").click()
    assert visitor.column(2) == ["fan 9"]
    page.get_by_role("link", name="60 well").click()
    assert visitor.info == "1 to 50 of 60 (69 in all)"


def test_skipping_to_the_content_keeps_the_filters(visitor: Visitor, pages: Path) -> None:
    page = visitor.go(pages / "index.html", "#state=alarm")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")
    assert visitor.choice("State").input_value() == "alarm"


def test_an_alarm_has_an_address_and_a_sheet(visitor: Visitor, pages: Path) -> None:
    page = visitor.go(pages / page_of("gearbox 1", "south"))
    alarm = page.locator("ul.alarms li").first
    visitor.go(pages / page_of("gearbox 1", "south"), f"#{alarm.get_attribute('id')}")
    assert page.locator("li:target").count() == 1
    page.locator("table.held a").first.click()
    assert "finds a fault on the outer race" in page.locator("main").inner_text()
    page.get_by_role("link", name="All machines").click()
    assert page.locator("h1").inner_text() == "Machines of plant.db"


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_shown_as_they_are(visitor: Visitor, pages: Path, name: str) -> None:
    page = visitor.go(pages / "index.html")
    link = page.locator("table.held tbody td:nth-child(2) a").filter(has_text=name)
    assert link.inner_text() == name
    link.click()
    assert page.locator("h1").inner_text() == name
    assert page.title() == f"{name}: alarm"
    assert page.locator("table.held img, table.held script").count() == 0


@pytest.mark.parametrize("window", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize(
    "name",
    ["index.html", "aside.html", page_of("gearbox 1", "south"), page_of(HOSTILE[1], HOSTILE[1]), "sheets/40.html"],
)
def test_axe_finds_no_serious_fault_and_no_page_is_wider_than_its_window(
    browser: Any, pages: Path, name: str, window: dict[str, int]
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    for scheme in ("light", "dark"):
        visitor = Visitor(browser, viewport=window, color_scheme=scheme, bypass_csp=True)
        page = visitor.go(pages / name)
        found = axe.Axe().run(page).response["violations"]
        serious = [fault for fault in found if fault["impact"] in ("serious", "critical")]
        told = [(fault["id"], [node["html"] for node in fault["nodes"]][:2]) for fault in serious]
        assert told == []
        assert page.evaluate("document.documentElement.scrollWidth") <= window["width"]
        assert visitor.complaints == []
        visitor.context.close()


def test_without_scripts_the_first_rows_and_the_trends_are_there(browser: Any, pages: Path) -> None:
    visitor = Visitor(browser, viewport=WIDE, java_script_enabled=False)
    visitor.go(pages / "index.html")
    assert visitor.column(2)[0] == "gearbox 1"
    assert visitor.page.locator("form.filters").is_hidden()
    visitor.go(pages / page_of("gearbox 1", "south"))
    assert visitor.page.locator("figure.trend svg").first.is_visible()
    visitor.context.close()


def test_print_shows_all_rows_and_no_controls(visitor: Visitor, pages: Path) -> None:
    page = visitor.go(pages / "index.html")
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert len(visitor.column(2)) == 69
    assert visitor.search.is_hidden()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert len(visitor.column(2)) == 50


def test_a_hundred_thousand_diagnoses_of_one_machine_stay_usable(visitor: Visitor, tmp_path: Path) -> None:
    kept(str(tmp_path / "plant.db"), [failing("giant", 100_000)], step=timedelta(minutes=5))
    report(str(tmp_path / "plant.db"), Pages(tmp_path / "out"))
    page = visitor.go(tmp_path / "out" / page_of("giant", "south"))
    assert visitor.info == "1 to 50 of 100,000"
    visitor.search.fill("099999")
    assert visitor.column(9) == ["giant/099999.wav"]
    visitor.search.fill("")
    page.get_by_role("columnheader", name="Rms").click()
    assert len(visitor.column(6)) == 50
    assert page.locator("figure.trend polyline").first.get_attribute("points").count(",") < 1000


def test_five_hundred_machines_are_on_one_page(visitor: Visitor, tmp_path: Path) -> None:
    kept(str(tmp_path / "plant.db"), [quiet(f"pump {number:03}", 2, seed=number) for number in range(500)])
    report(str(tmp_path / "plant.db"), Pages(tmp_path / "out"))
    page = visitor.go(tmp_path / "out" / "index.html")
    assert visitor.info == "1 to 50 of 500"
    page.get_by_role("link", name="Last").or_(page.locator("button.dt-paging-button.last")).click()
    assert visitor.info == "451 to 500 of 500"
