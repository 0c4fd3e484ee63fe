"""`faultprint diagnose` in the terminal: what a verdict leaves open, and what physics finds, stand in its row."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from pipeline.commands.diagnose import _show_verdicts
from pipeline.verdict import Outcome, Verdict

LINE = {"label": "outer_race", "hz": 53.31, "snr_db": 18.2, "found": True}
OPEN = Verdict(
    "pump.wav", Outcome.AMBIGUOUS, ("healthy",), probabilities={"ball": 0.2, "healthy": 0.8}, calibrated=True,
    set=("ball",), unsure=("ball",), level=0.9, witness={"agrees": "yes", "lines": []}, warnings=("mind",),
)  # fmt: skip


@pytest.fixture
def row(capsys: pytest.CaptureFixture[str]) -> Callable[[Verdict], dict[str, str]]:
    """The cells of a verdict's row, by the names of their columns."""

    def shown(verdict: Verdict) -> dict[str, str]:
        _show_verdicts([verdict])
        header, line = (told.split("\t") for told in capsys.readouterr().out.splitlines())
        return dict(zip(header, line, strict=True))

    return shown


def test_what_a_verdict_leaves_open_stands_in_its_row(row) -> None:
    assert row(OPEN)["reason or warnings"] == "may be there at level 0.9: ball; mind"
    either = replace(OPEN, set=("ball", "cage"), unsure=None)
    assert row(either)["reason or warnings"] == "not ruled out at level 0.9: ball, cage; mind"
    none = replace(OPEN, set=(), unsure=None)
    assert row(none)["reason or warnings"] == "every label is ruled out at level 0.9; mind"


def test_a_signal_unlike_any_has_no_probability_and_what_physics_finds(row) -> None:
    told = {"agrees": "not applicable", "lines": [LINE]}
    strange = replace(OPEN, verdict=Outcome.OUTSIDE, labels=(), set=None, unsure=None, reason="strange", witness=told)
    cells = row(strange)
    assert (cells["labels"], cells["probability"]) == ("-", "-")
    assert cells["physics agrees"] == "no label; finds outer race 53.3 Hz, 18 dB"
    assert cells["reason or warnings"] == "strange"


def test_physics_that_disagrees_says_what_it_finds(row) -> None:
    assert row(OPEN)["physics agrees"] == "yes"
    against = replace(OPEN, witness={"agrees": "no", "lines": [LINE]})
    assert row(against)["physics agrees"] == "no; finds outer race 53.3 Hz, 18 dB"
