"""What a terminal shows: short even where much is to be said."""

import pytest

from pipeline import terminal


def test_parts_skipped_for_one_reason_are_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    short = [{"signal": "109/DE", "reason": "too short"}] * 10
    terminal.complain_of_skipped([*short, {"signal": "105/DE", "reason": "flat"}])
    assert capsys.readouterr().err.splitlines() == [
        "faultprint: skipped 109/DE: too short (10 parts of it)",
        "faultprint: skipped 105/DE: flat",
    ]
