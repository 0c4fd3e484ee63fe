"""The page of an evaluation: whole, escaped, alone, quiet in a browser, and silent on what is not known."""

from datetime import UTC, datetime
from html.parser import HTMLParser
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_evaluation import HOSTILE, evaluation
from PIL import Image

from pipeline.reporting.evaluated.by_condition import condition_figure
from pipeline.reporting.evaluated.curves import reliability_figure, risk_coverage_figure
from pipeline.reporting.evaluated.headlines import headlines
from pipeline.reporting.evaluated.page import write_evaluation

MADE_AT = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
FACTS = {"fingerprint": "sha256:" + "ab" * 32, "catalog": "plant/catalog.csv"}
NEVER_CLOSED = {"meta", "link", "img"}
WINDOWS = {"wide": {"width": 1400, "height": 900}, "narrow": {"width": 390, "height": 844}}


def text_of(folder: Path, found: dict[str, Any]) -> str:
    return write_evaluation(folder / "page.html", found, facts=FACTS, made_at=MADE_AT).read_text(encoding="utf-8")


class Parsed(HTMLParser):
    """A page as a parser sees it; refuses tags that are not closed in order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in NEVER_CLOSED:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


@pytest.mark.parametrize("calibrated", [True, False])
def test_a_page_is_well_formed_and_holds_names_as_they_are(tmp_path: Path, calibrated: bool) -> None:
    parsed = Parsed(text_of(tmp_path, evaluation(calibrated)))
    assert HOSTILE in "".join(parsed.words)
    tags = [tag for tag, _ in parsed.tags]
    assert "script" not in tags
    assert tags.count("img") == 3
    for tag, given in parsed.tags:
        assert not any(name.startswith("on") for name in given)
        if tag == "img":
            assert (given["src"] or "").startswith("data:image/png")
            assert len(given["alt"] or "") > 40


def test_a_page_says_what_it_counted_and_what_qualifies_it(tmp_path: Path) -> None:
    found = evaluation()
    text = Parsed(text_of(tmp_path, found)).text
    n, parts = found["verdicts"]["n"], found["verdicts"]["specimens"]
    assert f"{n}, of {parts} specimens" in text
    assert "Stamped: same part." in text
    assert "a note on" in text
    assert "Promised: 90 % of each label" in text
    assert "no figures below 10 recordings" in text
    assert "2 UNUSABLE" in text
    assert "The others, 50, are in the output of --json." in text


def test_a_page_of_scores_never_calls_them_probabilities_and_shows_no_promise(tmp_path: Path) -> None:
    text = Parsed(text_of(tmp_path, evaluation(calibrated=False))).text
    assert "Not calibrated." in text
    assert "Can its scores be trusted?" in text
    for word in ("Promised", "Set holds", "Labels in a set", "AUROC of OUTSIDE", "Mean probability of the truth"):
        assert word not in text


def test_few_recordings_give_a_page_without_curves(tmp_path: Path) -> None:
    parsed = Parsed(text_of(tmp_path, evaluation(n_parts=3)))
    assert [tag for tag, _ in parsed.tags].count("img") == 1
    assert "No figures below 10 recordings." in parsed.text
    assert "Brier score" not in {one.name for one in headlines(evaluation(n_parts=3)["verdicts"])}


def test_every_share_among_the_headlines_has_its_interval_and_its_parts() -> None:
    lines = {one.name: one for one in headlines(evaluation()["verdicts"])}
    shares = [
        "Answers exactly right",
        "Sets that hold the truth",
        "Wrong among CONFIDENT",
        "Known labels told as OUTSIDE",
    ]
    for name in shares:
        assert " to " in lines[name].interval
        assert "specimens" in lines[name].counted


def test_the_same_evaluation_gives_the_same_page(tmp_path: Path) -> None:
    assert text_of(tmp_path, evaluation()) == text_of(tmp_path, evaluation())


def pixels(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(BytesIO(content)).convert("RGB")).astype(int)


def test_a_curve_of_the_overconfident_lies_below_the_line_of_the_calibrated() -> None:
    """Said at 90 %: the dot of what is true at 10 % is nearer to the bottom than that of what is true at 90 %."""
    bin_of = {"low": 5.0, "high": 95.0, "n": 20, "specimens": 20, "probability": 90.0}

    def height(share: float) -> float:
        picture = pixels(reliability_figure({"of": "x", "curve": [bin_of | {"share": share}]}, "probability"))
        blue = (abs(picture - (0, 114, 178)).sum(axis=2) < 60).sum(axis=1)
        return float(np.argmax(blue))  # the dot is the widest blue

    assert height(10.0) > height(90.0) + 0.4 * 592


def test_figures_of_extremes_are_drawn() -> None:
    risk = {"of": "x", "coverage": [100.0], "risk": [0.0], "own_point": {"coverage": 100.0, "risk": None}}
    assert pixels(risk_coverage_figure(risk)).shape == (592, 704, 3)
    own = {"coverage": 0.5, "risk": {"of_recordings": 100.0}}
    assert pixels(risk_coverage_figure(risk | {"own_point": own})).shape == (592, 704, 3)
    share = {"value": 0.0, "low": 0.0, "high": 100.0, "n": 1, "specimens": 1}
    rows = {HOSTILE + str(k): {"held": None, "right": share} for k in range(60)}
    coverage = {"held": None, "right": share, "by_condition": {HOSTILE: rows}}
    assert pixels(condition_figure(coverage, None)).shape[1] == 1184


@pytest.mark.parametrize("window", WINDOWS)
@pytest.mark.parametrize("calibrated", [True, False])
def test_axe_finds_nothing_and_no_page_is_wider_than_its_window(
    browser: Any, tmp_path: Path, calibrated: bool, window: str
) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="needs axe-playwright-python")
    text_of(tmp_path, evaluation(calibrated))
    for scheme in ("light", "dark"):
        context = browser.new_context(viewport=WINDOWS[window], color_scheme=scheme, bypass_csp=True)
        page, asked, complaints = context.new_page(), [], []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.on("console", lambda message, complaints=complaints: complaints.append(message.text))
        page.goto((tmp_path / "page.html").as_uri())
        found = axe.Axe().run(page).response["violations"]
        assert [(fault["id"], [node["html"] for node in fault["nodes"]][:2]) for fault in found] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= WINDOWS[window]["width"]
        assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
        assert complaints == []
        context.close()


def test_every_column_of_the_headlines_is_on_a_page_as_wide_as_paper(tmp_path: Path, browser) -> None:
    text_of(tmp_path, evaluation())
    page = browser.new_page(viewport={"width": 794, "height": 1123})
    page.goto((tmp_path / "page.html").as_uri())
    right = page.evaluate("document.querySelector('.headlines').getBoundingClientRect().right")
    page.close()
    assert right <= 794


def test_print_fits_the_paper(browser: Any, tmp_path: Path) -> None:
    text_of(tmp_path, evaluation())
    page = browser.new_page(viewport={"width": 680, "height": 960})  # A4 less its margins, in CSS pixels
    page.emulate_media(media="print")
    page.goto((tmp_path / "page.html").as_uri())
    assert page.evaluate("document.documentElement.scrollWidth") <= 680
    page.close()
