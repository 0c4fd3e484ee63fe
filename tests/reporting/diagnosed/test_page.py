"""The page: one file, whole, readable by people, parsers and screen readers, whatever the names."""

import errno
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest

from pipeline.diagnosis.diagnoser import Diagnosis
from pipeline.errors import RequestError
from pipeline.reporting.diagnosed.entry import Entry
from pipeline.reporting.diagnosed.page import write_page
from pipeline.reporting.wording import sentence
from pipeline.verdict import Outcome, Verdict

MADE_AT = datetime(2025, 3, 1, 12, 30, tzinfo=UTC)
NEVER_CLOSED = {"meta", "link", "img"}
HOSTILE = [
    "<script>alert(1)</script>.wav",
    "\"><img src=x onerror=alert(1)>'.wav",
    "x" * 300 + ".wav",
    "مضخة \u202egnp.wav",
    "{{ 7 * 7 }} &amp; {% raw %}.wav",
]


class Parsed(HTMLParser):
    """A page as a parser sees it; refuses tags that are not closed in order."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(path.read_text(encoding="utf-8"))
        self.close()
        assert self.open == [], f"never closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), f"<{tag}> has an attribute twice"
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in NEVER_CLOSED:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts.append((self.open[-1], data))

    def all(self, tag: str, **wanted: str) -> list[dict[str, str]]:
        return [found for name, found in self.tags if name == tag and wanted.items() <= found.items()]

    @property
    def text(self) -> str:
        return " ".join(" ".join(data.split()) for tag, data in self.texts if tag != "style")


def written(tmp_path: Path, made: Sequence[Diagnosis], **options: object) -> Path:
    options = {"title": "Inbox", "facts": {"model": "demo"}, "made_at": MADE_AT} | options
    return write_page(tmp_path / "page.html", made, **options)  # type: ignore[arg-type]


@pytest.fixture
def made(diagnosis: Diagnosis) -> list[Diagnosis]:
    healthy = replace(diagnosis.verdict, source="plant/inbox/fan.wav", labels=("healthy",), warnings=())
    broken = Verdict("plant/inbox/night/broken.mat", Outcome.UNUSABLE, reason="truncated: ends after 12 of 48 kB")
    return [Diagnosis(diagnosis.verdict), Diagnosis(healthy), Diagnosis(broken)]


def test_every_signal_has_a_row_that_leads_to_its_section(tmp_path: Path, made: list[Diagnosis]) -> None:
    parsed = Parsed(written(tmp_path, made))
    sections = [found["id"] for found in parsed.all("section") if "id" in found]
    assert sections == ["signal-1", "signal-2", "signal-3"]
    links = [found["href"].removeprefix("#") for found in parsed.all("a")]
    ids = Counter(found["id"] for _, found in parsed.tags if "id" in found)
    assert set(sections) <= set(links) <= set(ids)
    assert set(ids.values()) == {1}
    for diagnosis in made:
        assert sentence(diagnosis.verdict) in parsed.text


def test_nothing_comes_from_anywhere_else(tmp_path: Path, made: list[Diagnosis]) -> None:
    parsed = Parsed(written(tmp_path, made))
    for tag, attributes in parsed.tags:
        assert tag not in {"script", "iframe", "object", "base", "form"}
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("src", "href", "srcset", "action", "data"):
            assert attributes.get(name, "#").startswith(("#", "data:"))
    style = "".join(data for tag, data in parsed.texts if tag == "style")
    assert "url(" not in style
    assert "@import" not in style
    (policy,) = parsed.all("meta", **{"http-equiv": "Content-Security-Policy"})
    assert policy["content"].startswith("default-src 'none'")


def test_figures_are_inlined_and_told_in_words(tmp_path: Path, diagnosis: Diagnosis, made: list[Diagnosis]) -> None:
    (image,) = Parsed(written(tmp_path, [diagnosis, *made])).all("img")
    assert image["src"].startswith("data:image/png;base64,iVBOR")
    assert sentence(diagnosis.verdict) in image["alt"]
    assert "outer race 105.9 Hz" in image["alt"]


def test_tables_have_captions_and_headers_with_a_scope(tmp_path: Path, made: list[Diagnosis]) -> None:
    parsed = Parsed(written(tmp_path, made))
    assert len(parsed.all("caption")) == len(parsed.all("table")) >= 3
    assert {found.get("scope") for found in parsed.all("th")} == {"row", "col"}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_names_are_text(tmp_path: Path, diagnosis: Diagnosis, name: str) -> None:
    verdict = replace(
        diagnosis.verdict, source=name, channel=name, labels=(name,), probabilities={name: 0.9}, warnings=(name,),
        history=(name,), reason=name, condition={name: name, "speed_from": name, "speed_rpm": 1.0},
    )  # fmt: skip
    told = Parsed(written(tmp_path, [Diagnosis(verdict)], title=name, facts={name: name}, truth={name: (name,)}))
    assert told.text.count(name) >= 8
    assert not told.all("script") + told.all("img")


def test_a_name_that_is_no_text_is_shown_as_codes(tmp_path: Path, diagnosis: Diagnosis) -> None:
    verdict = replace(diagnosis.verdict, source="pump\udcff.wav")
    assert "pump\\udcff.wav" in Parsed(written(tmp_path, [Diagnosis(verdict)])).text


def test_names_are_shown_without_the_folder_they_share(tmp_path: Path, made: list[Diagnosis]) -> None:
    parsed = Parsed(written(tmp_path, made))
    shown = [data for tag, data in parsed.texts if tag == "bdi"]
    assert "plant/inbox" in shown
    assert {"pump-07.mat", "fan.wav", "night/broken.mat"} <= set(shown)


@pytest.mark.parametrize(
    ("answer", "truth", "mark"),
    [
        (("ball",), ("ball",), ("✓", "right")),
        (("ball", "cage"), ("cage", "ball"), ("✓", "right")),
        (("healthy",), (), ("✓", "right")),
        (("ball",), ("cage",), ("✗", "wrong")),
        (("ball",), ("ball", "cage"), ("✗", "wrong")),
        ((), ("ball",), ("", "no answer")),
        (("ball",), None, ("", "")),
    ],
)
def test_an_answer_is_right_when_its_labels_are_exactly_the_true_ones(
    verdict: Verdict, answer: tuple[str, ...], truth: tuple[str, ...] | None, mark: tuple[str, str]
) -> None:
    assert Entry(1, "a", replace(verdict, labels=answer), truth=truth).mark == mark


def test_right_and_wrong_are_said_in_words(tmp_path: Path, made: list[Diagnosis]) -> None:
    truth = {
        "plant/inbox/pump-07.mat": ("outer_race",),
        "plant/inbox/fan.wav": ("ball",),
        "plant/inbox/night/broken.mat": ("ball",),
    }
    unknown = Diagnosis(replace(made[0].verdict, source="plant/inbox/new.wav"))
    text = Parsed(written(tmp_path, [*made, unknown], truth=truth)).text
    assert "1 of 3 (33 %); 1 without an answer" in text
    assert text.count("✓ right") == text.count("✗ wrong") == 2
    assert "Truth" not in Parsed(written(tmp_path, made)).text


def test_labels_are_counted_and_what_has_no_answer_too(tmp_path: Path, made: list[Diagnosis]) -> None:
    text = Parsed(written(tmp_path, [*made, made[1]])).text
    assert "2 healthy" in text
    assert "1 outer race" in text
    assert "1 no answer" in text


def test_scores_are_called_probabilities_only_when_calibrated(tmp_path: Path, diagnosis: Diagnosis) -> None:
    assert "Highest score" in Parsed(written(tmp_path, [diagnosis])).text
    sure = Diagnosis(replace(diagnosis.verdict, verdict=Outcome.CONFIDENT, calibrated=True))
    text = Parsed(written(tmp_path, [sure])).text
    assert "Highest probability" in text
    assert "not calibrated" not in text


def test_stamps_warnings_history_and_reasons_are_on_the_page(tmp_path: Path, made: list[Diagnosis]) -> None:
    text = Parsed(written(tmp_path, made, facts={"stamps": "same part", "fingerprint": "sha256:12"})).text
    for told in ("Stamped: same part.", "sha256:12", *made[0].verdict.warnings, *made[0].verdict.history):
        assert told in text
    assert "truncated: ends after 12 of 48 kB" in text


def test_a_page_without_signals_is_a_page(tmp_path: Path) -> None:
    assert "Signals and their verdicts" in Parsed(written(tmp_path, [])).text


def test_the_same_diagnoses_make_the_same_page(tmp_path: Path, diagnosis: Diagnosis) -> None:
    assert written(tmp_path, [diagnosis]).read_bytes() == written(tmp_path, [diagnosis]).read_bytes()


def test_forty_signals_stay_below_a_few_megabytes(tmp_path: Path, diagnosis: Diagnosis) -> None:
    one = written(tmp_path, [diagnosis]).stat().st_size
    none = written(tmp_path, []).stat().st_size
    assert 40 * (one - none) < 5_000_000


def full_disk(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_leaves_the_old_page(
    tmp_path: Path, made: list[Diagnosis], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = written(tmp_path, made).read_bytes()
    monkeypatch.setattr(os, "fsync", full_disk)
    with pytest.raises(RequestError, match=r"cannot write .*page\.html: No space left on device"):
        written(tmp_path, made[:1])
    assert (tmp_path / "page.html").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


def test_a_figure_that_fails_leaves_the_old_page(
    tmp_path: Path, made: list[Diagnosis], diagnosis: Diagnosis, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = written(tmp_path, made).read_bytes()
    monkeypatch.setattr("pipeline.reporting.diagnosed.entry.signal_figure", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        written(tmp_path, [*made, diagnosis])
    assert (tmp_path / "page.html").read_bytes() == before
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


def test_a_page_cannot_take_the_place_of_a_file_as_folder(tmp_path: Path, made: list[Diagnosis]) -> None:
    (tmp_path / "taken").write_text("mine")
    with pytest.raises(RequestError, match="cannot write"):
        write_page(tmp_path / "taken" / "page.html", made, title="", facts={})
    assert (tmp_path / "taken").read_text() == "mine"


def test_a_page_says_when_it_was_made(tmp_path: Path, made: list[Diagnosis]) -> None:
    assert "2025-03-01 12:30 UTC" in Parsed(written(tmp_path, made)).text
    today = datetime.now(UTC).strftime("%Y-")
    assert today in Parsed(write_page(tmp_path / "now.html", [], title="", facts={})).text


def open_verdict(verdict: Verdict) -> Verdict:
    """One that leaves a fault open, with physics beside it."""
    line = {"label": "outer_race", "hz": 105.9, "snr_db": 14.2, "found": True}
    return replace(
        verdict, verdict=Outcome.AMBIGUOUS, labels=("healthy",), task="multilabel", calibrated=True, set=("ball",),
        unsure=("ball",), level=0.9, outside_p=0.4, witness={"agrees": "no", "lines": [line]},
    )  # fmt: skip


def test_set_level_strangeness_and_physics_stand_beside_a_verdict(tmp_path: Path, verdict: Verdict) -> None:
    text = Parsed(written(tmp_path, [Diagnosis(open_verdict(verdict))])).text
    assert "With 90 % coverage for each label, may be there: ball." in text
    assert "Of signals like those trained on, 40 % look at least this strange." in text
    assert "Physics without the model: it disagrees; it finds outer race at 105.9 Hz" in text
    assert "no; finds outer race 105.9 Hz, 14 dB" in text


def test_open_answers_are_not_counted_among_sure_ones(tmp_path: Path, verdict: Verdict) -> None:
    sure = replace(open_verdict(verdict), verdict=Outcome.CONFIDENT, set=(), unsure=())
    parsed = Parsed(written(tmp_path, [Diagnosis(sure), Diagnosis(open_verdict(verdict))]))
    assert "1 healthy  1 open (AMBIGUOUS)" in parsed.text


def test_a_signal_that_cannot_be_used_changes_no_title(tmp_path: Path, verdict: Verdict) -> None:
    broken = Verdict("plant/inbox/broken.mat", Outcome.UNUSABLE, reason="empty")
    parsed = Parsed(written(tmp_path, [Diagnosis(open_verdict(verdict)), Diagnosis(broken)]))
    assert "Highest probability" in parsed.text


def test_a_signal_without_an_answer_has_no_highest_probability(verdict: Verdict) -> None:
    outside = replace(open_verdict(verdict), verdict=Outcome.OUTSIDE, labels=(), set=None, unsure=None)
    entry = Entry(1, "a.wav", outside)
    assert (entry.highest, entry.physics) == ("", "no label; finds outer race 105.9 Hz, 14 dB")
    assert entry.scores_title == "Probabilities, had it been like those trained on"
