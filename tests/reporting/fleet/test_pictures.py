"""Pictures of a point: few, and those that say most; rows of an older Faultprint have fewer."""

from datetime import timedelta

import numpy as np
from kept_fleet import LATEST

from pipeline.batch.store.diagnosed import Diagnosed
from pipeline.batch.trends.rules import Rules
from pipeline.reporting.fleet.pictures import trends_of
from pipeline.reporting.fleet.point import Point
from pipeline.signals.levels.octave_bands import NAMES
from pipeline.verdict import Outcome


def row(day: int, bands: dict[str, float] | None, over_db: float | None) -> Diagnosed:
    rms = None if bands is None else float(np.sqrt(sum(value**2 for value in bands.values())))
    lines = None if over_db is None else {"outer_race": {"amplitude": 1.0, "over_db": over_db}}
    return Diagnosed(
        id=day, model_id=1, model="m", inbox="i", source=f"{day}.wav", machine="fan", point="DE", channel="c", site="",
        measured_at=LATEST + timedelta(days=day), measured_from="file", diagnosed_at=LATEST, verdict=Outcome.CONFIDENT,
        labels=("healthy",), probabilities={"outer_race": 0.1, "healthy": 0.9}, rms=rms or 1.0, peak=None,
        kurtosis=None, crest=None, bands=bands, envelope_lines=lines, outside_p=None, unit="g", calibrated=True,
        reason=None,
    )  # fmt: skip


def bands(**risen: float) -> dict[str, float]:
    """All bands alike, but for some; the highest holds next to nothing."""
    return {name: 1e-6 if name == "high" else 1.0 for name in NAMES} | {
        name.strip("_"): value for name, value in risen.items()
    }


def test_the_three_bands_that_stand_highest_over_their_baseline_are_drawn() -> None:
    quiet = [row(day, bands(), None) for day in range(12)]
    loud = [row(day, bands(_4000=10.0, _500=4.0, _63=2.0, _16=0.1, high=1e-3), None) for day in range(12, 20)]
    _, _, risen = trends_of(Point([*quiet, *loud], [], Rules()))
    assert [curve.name for curve in risen.curves] == ["4 kHz", "500 Hz", "63 Hz"]
    assert [curve.latest for curve in risen.curves] == ["+20.0", "+12.0", "+6.0"]
    assert risen.title == "Octave bands that rose most (dB over their first 10 recordings)"


def test_lines_of_the_envelope_are_drawn_where_there_are_some() -> None:
    point = Point([row(day, None, float(day)) for day in range(5)], [], Rules())
    *_, lines = trends_of(point)
    assert [(curve.name, curve.latest, curve.highest) for curve in lines.curves] == [("outer race", "+4.0", "+4.0")]
    assert "over the spectrum around them" in lines.title


def test_rows_of_an_older_faultprint_have_neither_and_new_ones_beside_them_do() -> None:
    old = [row(day, None, None) for day in range(12)]
    assert len(trends_of(Point(old, [], Rules()))) == 2
    new = [row(day, bands(), 3.0) for day in range(12, 24)]
    assert len(trends_of(Point([*old, *new], [], Rules()))) == 4


def test_fewer_recordings_than_a_baseline_show_no_rise() -> None:
    assert len(trends_of(Point([row(day, bands(), None) for day in range(9)], [], Rules()))) == 2
