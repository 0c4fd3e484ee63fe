"""Trends of a point: which pictures its page shows: faults, level, the bands that rose most, lines of the envelope."""

from collections.abc import Iterator, Mapping
from functools import partial

import numpy as np

from pipeline.batch.store.diagnosed import Diagnosed
from pipeline.batch.trends.history import over_baseline_db
from pipeline.batch.trends.judged import LEVEL
from pipeline.reporting.fleet.chart import Floats, Frame
from pipeline.reporting.fleet.point import Point
from pipeline.reporting.fleet.trend import Trend, curve_of, frame_of
from pipeline.reporting.palette import BLUE, styles_of
from pipeline.reporting.wording import plain
from pipeline.signals.levels.envelope_lines import LINES
from pipeline.signals.levels.octave_bands import EDGES_HZ, NAMES

MOST_LINES = 6
"""Faults that are drawn: those that were ever the likeliest come first."""

MOST_BANDS = 3
"""Octave bands that are drawn: those that stand highest over their baseline now; all thirteen are in the files."""

AUDIBLE = 1e-3
"""Of a point's level a band must have had as much, or its rise is that of a recorder's noise."""

LEAST_DB = 6.0
"""A picture of decibels reaches so high at least, so that nothing looks like a rise that is none."""


def trends_of(point: Point) -> list[Trend]:
    """The pictures of a point; none where there is but one recording."""
    if len(point.rows) < 2:
        return []
    made = (_faults(point), _level(point), _bands(point), _envelope_lines(point))
    return [trend for trend in made if trend is not None]


def _faults(point: Point) -> Trend | None:
    ranked = sorted(point.faults, key=lambda label: -_highest(point.faults[label]))
    styles = styles_of(ranked)
    frame = frame_of(point, 0.0, 1.0)
    shown = [label for label in ranked[:MOST_LINES] if np.isfinite(point.faults[label]).any()]
    curves = [curve_of(point, frame, plain(label), point.faults[label], styles[label], "{:.2f}") for label in shown]
    if not curves:
        return None
    word = "Probability" if point.latest.calibrated else "Score"
    opening = [(frame.y(point.rules.open_at), f"opens an alarm: {point.rules.open_at:g}")]
    spans = list(_spans(point, frame, level=False))
    return Trend(f"{word} of each fault", frame, ("0", "1"), curves, spans, opening)


def _level(point: Point) -> Trend | None:
    if np.isfinite(point.levels).sum() < 2:
        return None
    top = 1.05 * _highest(point.levels)
    frame = frame_of(point, 0.0, top or 1.0)
    unit = point.latest.unit or "as recorded"
    curves = [curve_of(point, frame, "rms", point.levels, (BLUE, "-"), "{:.3g}")]
    changes = [(frame.x(row.at), f"{step:+.1f} dB from {row.at:%Y-%m-%d}") for row, step in point.changes]
    spans = list(_spans(point, frame, level=True))
    return Trend(
        f"Level (rms, {unit})", frame, ("0", f"{top:.3g}"), curves, spans, list(_thresholds(point, frame)), changes
    )


def _thresholds(point: Point, frame: Frame) -> Iterator[tuple[float, str]]:
    """Warning and alarm over the point's own baseline, where they lie in the picture."""
    known = point.levels[np.isfinite(point.levels) & (point.levels > 0)][: point.rules.baseline]
    if len(known) < point.rules.baseline:
        return
    for name, over_db in (("warning", point.rules.warning_db), ("alarm", point.rules.alarm_db)):
        value = float(np.median(known)) * 10 ** (over_db / 20)
        if value < frame.high:
            yield frame.y(value), f"{name}: {over_db:g} dB over the baseline"


def _bands(point: Point) -> Trend | None:
    """The bands that rose most over their own baseline."""
    rises = {name: over_baseline_db(values, point.rules.baseline) for name, values in _audible(point)}
    now = {name: _median_of_last(values, point.rules.of) for name, values in rises.items()}
    known = [name for name in rises if np.isfinite(now[name])]
    shown = sorted(known, key=lambda name: -now[name])[:MOST_BANDS]
    if not shown:
        return None
    title = f"Octave bands that rose most (dB over their first {point.rules.baseline} recordings)"
    return _in_decibels(point, title, {_band_words(name): rises[name] for name in shown})


def _envelope_lines(point: Point) -> Trend | None:
    """Lines of the bearing in the envelope spectrum."""
    found = {plain(name): point.figures(partial(_over_db, name)) for name in LINES}
    shown = {name: values for name, values in found.items() if np.isfinite(values).sum() > 1}
    return _in_decibels(point, "Envelope lines (dB over the spectrum around them)", shown) if shown else None


def _in_decibels(point: Point, title: str, values: Mapping[str, Floats]) -> Trend:
    high = max(LEAST_DB, *(float(np.nanmax(each)) for each in values.values()))
    low = min(0.0, *(float(np.nanmin(each)) for each in values.values()))
    frame, styles = frame_of(point, low, high), styles_of(values)
    curves = [curve_of(point, frame, name, each, styles[name], "{:+.1f}") for name, each in values.items()]
    return Trend(title, frame, (f"{round(low)}", f"{round(high)}"), curves)


def _audible(point: Point) -> Iterator[tuple[str, Floats]]:
    for name in NAMES:
        values = point.figures(partial(_of_band, name))
        if _highest(values) > AUDIBLE * _highest(point.levels):
            yield name, values


def _of_band(name: str, row: Diagnosed) -> float | None:
    return (row.bands or {}).get(name)


def _over_db(name: str, row: Diagnosed) -> float | None:
    return (row.envelope_lines or {}).get(name, {}).get("over_db")


def _band_words(name: str) -> str:
    """A band as people call it.

    Example:
        >>> _band_words("31.5"), _band_words("16000"), _band_words("low")
        ('31.5 Hz', '16 kHz', 'below 11 Hz')
    """
    ends = {"low": f"below {EDGES_HZ[0]:.0f} Hz", "high": f"above {EDGES_HZ[-1] / 1000:.0f} kHz"}
    return ends.get(name) or (f"{float(name):g} Hz" if float(name) < 1000 else f"{float(name) / 1000:g} kHz")


def _median_of_last(values: Floats, count: int) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known[-count:])) if len(known) else float("nan")


def _spans(point: Point, frame: Frame, level: bool) -> Iterator[tuple[float, float]]:
    for alarm in point.alarms:
        if (alarm.kind == LEVEL) is level:
            left = frame.x(max(alarm.opened_at, frame.start))
            right = frame.x(min(alarm.closed_at or frame.end, frame.end))
            if right >= left:
                yield round(left, 1), round(max(right - left, 2.0), 1)


def _highest(values: Floats) -> float:
    return float(np.nanmax(values, initial=0.0))
