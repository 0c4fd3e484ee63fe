"""The sheet to be printed: on A4, whole, nothing over anything else, whatever is to be said."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from pipeline.diagnosis.evidence import Evidence, bare_evidence
from pipeline.diagnosis.explanation.explanation import Explanation, LineCheck, Occlusion
from pipeline.preprocessing.base import Axis, ImageAxes
from pipeline.reporting.drawing import TICK_PT
from pipeline.reporting.explained.panels import AGAINST, FOR, shown_planes
from pipeline.reporting.explained.sheet import as_pdf, as_png, explained_sheet
from pipeline.reporting.explained.words import explanation_lines
from pipeline.reporting.panels.of_signal import draw_spectrum
from pipeline.reporting.panels.outlines import edges
from pipeline.reporting.second_opinions import second_opinions
from pipeline.signals.signal import Signal
from pipeline.verdict import Outcome, Verdict

HOSTILE = "$\\frac{1}{0}$ <b> 泵 مضخة " + "very" * 60
LINES = ImageAxes(
    Axis("carrier", "Hz", tuple(range(12)), tuple(f"{500 * k}-{500 * k + 1000} Hz" for k in range(12))),
    Axis("harmonic", "x fault", (1.0, 2.0, 3.0, 4.0, 5.0), ("1", "2", "3", "4", "5")),
    ("outer_race", "inner_race", "ball"),
)


def explanation(planes: int = 3, rows: int = 12, columns: int = 5, axes: ImageAxes | None = LINES) -> Explanation:
    rng = np.random.default_rng(0)
    image = rng.random((planes, rows, columns)).astype(np.float32)
    relevance = rng.standard_normal((planes, rows, columns)).astype(np.float32)
    told = "the most relevant cell shows outer race, harmonic 1 in carrier full band"
    return Explanation(
        label="outer_race", method="lrp", image=image, relevance=relevance,
        pointed_at=relevance > np.quantile(relevance, 0.9), axes=axes, unit="log of peak over background",
        logit=1.0, nothing=0.1, fill=(0.0,) * planes, tells_planes=True, grid=None, off_by=0.0, window=2, windows=9,
        branch=1, branches=2, occlusion=Occlusion(True, 0.9, 0.1, 0.01, 0.1, 99, (1, 1)),
        lines=LineCheck("yes", told, "plane", 0.8, 0.33),
    )  # fmt: skip


@pytest.fixture
def loud(verdict: Verdict) -> Verdict:
    """A verdict with more to say than any is likely to have."""
    line = {"label": "outer_race", "order": 3.58, "hz": 105.9, "harmonics": 4, "snr_db": 14.2, "p_value": 0.02}
    return replace(
        verdict, source=f"inbox/{HOSTILE}.wav", channel=HOSTILE, verdict=Outcome.AMBIGUOUS, task="multilabel",
        calibrated=True, labels=("outer_race", "inner_race", "ball"), set=("outer_race", "inner_race", "ball"),
        level=0.9, outside_p=0.004, witness={"agrees": "no", "lines": [line] * 3}, warnings=(HOSTILE,) * 12,
        history=(HOSTILE,) * 3,
    )  # fmt: skip


def boxes(figure: Figure) -> list:
    """What every text and every panel covers, in dots; texts of a panel belong to it."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    texts = [text.get_window_extent(renderer) for text in figure.texts]
    return [*texts, *(axes.get_tightbbox(renderer) for axes in figure.axes)]


def whole(figure: Figure) -> None:
    """Everything lies on the page, and nothing over anything else."""
    found = boxes(figure)
    width, height = figure.bbox.size
    for box in found:
        assert box.x0 >= 0
        assert box.x1 <= width
        assert box.y0 >= 0
        assert box.y1 <= height
    for one, other in combinations(found, 2):
        across = min(one.x1, other.x1) - max(one.x0, other.x0)
        along = min(one.y1, other.y1) - max(one.y0, other.y0)
        # Boxes of letters have room above and below them; two dots are a third of a millimetre.
        assert min(across, along) <= 2.0, (one, other)


@pytest.mark.parametrize("planes", [3, 1, 12])
def test_all_of_a_sheet_is_on_it_and_nothing_over_anything_else(verdict, evidence, planes: int) -> None:
    axes = LINES if planes == 3 else None
    whole(explained_sheet(verdict, evidence, explanation(planes, axes=axes)))


def test_a_verdict_with_much_to_say_stays_on_its_page(loud: Verdict, evidence: Evidence) -> None:
    whole(explained_sheet(loud, evidence, explanation()))


def test_a_map_for_all_planes_is_drawn_once(verdict: Verdict, evidence: Evidence) -> None:
    alike = replace(explanation(), tells_planes=False)
    every, once = (explained_sheet(verdict, evidence, one) for one in (explanation(), alike))
    assert len(every.axes) - len(once.axes) == 2
    whole(once)


def test_without_an_explanation_the_image_stands_alone(verdict: Verdict, evidence: Evidence) -> None:
    sheet = explained_sheet(verdict, evidence)
    whole(sheet)
    assert len(sheet.axes) == 4


def test_a_signal_that_cannot_be_used_has_a_page_that_says_why(verdict: Verdict) -> None:
    refused = replace(verdict, verdict=Outcome.UNUSABLE, labels=(), reason=f"too short; {HOSTILE}")
    sheet = explained_sheet(refused)
    whole(sheet)
    assert any("too short" in text.get_text() for text in sheet.texts)


def test_no_letter_is_smaller_than_print_can_show(verdict: Verdict, evidence: Evidence) -> None:
    sheet = explained_sheet(verdict, evidence, explanation())
    sizes = [text.get_fontsize() for text in sheet.texts]
    sizes += [label.get_fontsize() for axes in sheet.axes for label in (*axes.get_xticklabels(), axes.xaxis.label)]
    assert min(sizes) >= TICK_PT >= 6.5


def test_a_sheet_has_the_same_bytes_every_time(verdict: Verdict, evidence: Evidence) -> None:
    one, other = (explained_sheet(verdict, evidence, explanation()) for _ in range(2))
    assert as_png(one) == as_png(other)
    assert as_pdf(one) == as_pdf(other)


def luminance(colour: str) -> float:
    """Of a colour on a grey printer. Source: Rec. 601."""
    red, green, blue = (int(colour[k : k + 2], 16) for k in (1, 3, 5))
    return 0.299 * red + 0.587 * green + 0.114 * blue


def test_for_and_against_differ_on_a_grey_printer() -> None:
    assert luminance(AGAINST) - luminance(FOR) > 80


def test_an_outline_goes_around_cells_and_not_between_them() -> None:
    square = np.zeros((4, 5), dtype=bool)
    square[1:3, 1:3] = True
    assert len(edges(square)) == 8
    assert edges(square).min() == 0.5
    assert len(edges(np.zeros((3, 3), dtype=bool))) == 0


def test_of_many_planes_those_that_matter_most_are_shown() -> None:
    many = explanation(12, axes=None)
    many.relevance[:] = 0.1
    many.relevance[[2, 5, 7, 11]] = 1.0
    assert shown_planes(many) == [2, 5, 7, 11]


def test_words_say_whether_checks_passed_failed_or_could_not_be_made(verdict: Verdict) -> None:
    failed = replace(explanation(), occlusion=Occlusion(False, -0.2, 0.1, 0.7, 0.1, 99, (1, 1)))
    nothing = replace(explanation(), occlusion=Occlusion(None, 0.0, 0.0, 1.0, 0.0, 0, (1, 1)))
    told = [" ".join(explanation_lines(one, verdict)) for one in (explanation(), failed, nothing)]
    assert "Occlusion check passed" in told[0]
    assert "branch 1 of 2 alone" in told[0]
    assert "The model looked at the fault's own lines: " in told[0]
    assert "the label's score of 1.00 falls by 0.90" in told[0]
    assert not any("logit" in line for line in told)
    assert "FAILED" in told[1]
    assert "rises by 0.20" in told[1]
    assert "no cell speaks for the label" in told[2]
    other = replace(explanation(), label="ball")
    assert "The verdict does not name ball" in explanation_lines(other, verdict)[0]
    healthy = replace(verdict, labels=("healthy",))
    assert "shown is why ball came nearest to a fault, not that there is one" in explanation_lines(other, healthy)[0]


def test_keys_that_a_verdict_has_not_are_not_spoken_of(verdict: Verdict, loud: Verdict) -> None:
    assert second_opinions(verdict) == []
    assert [line.partition(" ")[0] for line in second_opinions(loud)] == ["Cannot", "Of", "Physics"]


def test_physics_and_what_the_model_looked_at_are_told_apart(loud: Verdict) -> None:
    assert second_opinions(loud)[-1].startswith(
        "Physics without the model: it disagrees; it finds outer race at 105.9 Hz"
    )
    strange = replace(loud, verdict=Outcome.OUTSIDE, labels=(), set=None)
    assert second_opinions(strange)[-1].startswith("Physics without the model: it finds outer race at 105.9 Hz")
    weak = {"agrees": "yes", "lines": [{"label": "imbalance", "found": False, "hint": True}]}
    assert "imbalance (a hint)" in second_opinions(replace(loud, witness=weak))[-1]


def test_a_signal_that_cannot_be_used_shows_its_waveform(verdict: Verdict) -> None:
    refused = replace(verdict, verdict=Outcome.UNUSABLE, labels=(), reason="one sample is no number")
    damaged = bare_evidence(Signal(np.array([0.0, np.nan, 3e300, np.inf, 1.0] * 40), rate_hz=100.0))
    sheet = explained_sheet(refused, damaged)
    whole(sheet)
    assert [axes.get_title(loc="left") for axes in sheet.axes] == ["Waveform"]
    nothing = bare_evidence(Signal(np.full(200, np.nan), rate_hz=100.0))
    assert explained_sheet(refused, nothing).axes == []


def test_a_backslash_is_a_letter_of_a_name(verdict: Verdict) -> None:
    sheet = explained_sheet(replace(verdict, source="inbox/a\\b.wav"))
    assert sheet.texts[0].get_text().endswith("a\\b.wav, DE")


def test_lines_of_the_fault_that_was_found_outweigh_others(evidence: Evidence) -> None:
    def widths(named: tuple[str, ...]) -> list[float]:
        axes = Figure().add_axes((0.1, 0.1, 0.8, 0.8))
        draw_spectrum(axes, evidence, "g", named)
        return sorted((line.get_linewidth() for line in axes.lines[1:]), reverse=True)

    assert widths(("outer_race",)) == [1.1, 0.5, 0.5, 0.5, 0.5]
    assert widths(("healthy",)) == widths(()) == [1.1, 1.1, 1.1, 0.5, 0.5, 0.5, 0.5]


def test_the_labels_of_axes_are_no_longer_than_their_axes(verdict: Verdict, evidence: Evidence) -> None:
    sheet = explained_sheet(replace(verdict, condition={"rate_hz": 12000.0}), evidence, explanation())
    canvas = FigureCanvasAgg(sheet)
    canvas.draw()
    for axes in sheet.axes:
        label = axes.yaxis.label.get_window_extent(canvas.get_renderer())
        assert label.height <= axes.get_window_extent().height
