"""Trend: one picture of a point over time, with all that it shows told in numbers beside it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from pipeline.batch.trends.judged import LEVEL
from pipeline.reporting.fleet.chart import DOTS_BELOW, Floats, Frame, line, points
from pipeline.reporting.fleet.point import Point
from pipeline.reporting.palette import BLUE, Dash, styles_of
from pipeline.reporting.wording import plain

WIDTH, HEIGHT = 640.0, 120.0
MOST_LINES = 6
"""Faults that are drawn: those that were ever the likeliest come first."""


@dataclass(frozen=True)
class Curve:
    """A line of a picture, and its values in words.

    Attributes:
        name: of a fault, or "rms".
        colour, dash: how it is drawn; `dash` as SVG takes it.
        places: where its points lie.
        latest, highest: values in words.
        highest_at: when it was highest.
    """

    name: str
    colour: str
    dash: str
    places: Sequence[tuple[float, float]]
    latest: str
    highest: str
    highest_at: datetime

    @property
    def line(self) -> str:
        """All points."""
        return line(self.places)

    @property
    def dots(self) -> Sequence[tuple[float, float]]:
        """Each point, where there are few."""
        return self.places if len(self.places) <= DOTS_BELOW else ()


@dataclass(frozen=True)
class Trend:
    """A picture.

    Attributes:
        title: of it.
        frame: where values lie.
        scale: words for its lower and its upper edge.
        curves: its lines.
        spans: left edge and width of times in which an alarm was open.
        levels: heights of dotted lines, and what they mean.
        changes: where the level settled on another value, and what happened there.
    """

    title: str
    frame: Frame
    scale: tuple[str, str]
    curves: Sequence[Curve]
    spans: Sequence[tuple[float, float]] = ()
    levels: Sequence[tuple[float, str]] = ()
    changes: Sequence[tuple[float, str]] = ()

    @property
    def alternative(self) -> str:
        """The picture for those who do not see it."""
        told = (f"{curve.name} {curve.latest} now, {curve.highest} at most" for curve in self.curves)
        alarms = f"; an alarm was open in {len(self.spans)} shaded spans" if self.spans else ""
        return f"{self.title}: {'; '.join(told)}{alarms}."


def trends_of(point: Point) -> list[Trend]:
    """The pictures of a point; none where there is but one recording."""
    if len(point.rows) < 2:
        return []
    return [trend for trend in (_faults(point), _level(point)) if trend is not None]


def spark(values: Floats, at: Sequence[datetime]) -> str:
    """A health index as a small line, 100 wide and 20 high."""
    return line(points(Frame(100, 20, at[0], at[-1], 0.0, 100.0), at, values))


def _faults(point: Point) -> Trend | None:
    ranked = sorted(point.faults, key=lambda label: -_highest(point.faults[label]))
    styles = styles_of(ranked)
    frame = _frame(point, 0.0, 1.0)
    shown = [label for label in ranked[:MOST_LINES] if np.isfinite(point.faults[label]).any()]
    curves = [_curve(point, frame, plain(label), point.faults[label], styles[label], "{:.2f}") for label in shown]
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
    frame = _frame(point, 0.0, top or 1.0)
    unit = point.latest.unit or "as recorded"
    curves = [_curve(point, frame, "rms", point.levels, (BLUE, "-"), "{:.3g}")]
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


def _frame(point: Point, low: float, high: float) -> Frame:
    return Frame(WIDTH, HEIGHT, point.rows[0].at, point.rows[-1].at, low, high)


def _curve(point: Point, frame: Frame, name: str, values: Floats, style: tuple[str, Dash], words: str) -> Curve:
    times = [row.at for row in point.rows]
    known = np.flatnonzero(np.isfinite(values))
    highest = int(known[np.argmax(values[known])])
    colour, dash = style
    return Curve(
        name, colour, _dashes(dash), points(frame, times, values),
        words.format(values[known[-1]]), words.format(values[highest]), times[highest],
    )  # fmt: skip


def _spans(point: Point, frame: Frame, level: bool) -> Iterator[tuple[float, float]]:
    for alarm in point.alarms:
        if (alarm.kind == LEVEL) is level:
            left = frame.x(max(alarm.opened_at, frame.start))
            right = frame.x(min(alarm.closed_at or frame.end, frame.end))
            if right >= left:
                yield round(left, 1), round(max(right - left, 2.0), 1)


def _dashes(dash: Dash) -> str:
    return "" if isinstance(dash, str) else " ".join(f"{length:g}" for length in dash[1])


def _highest(values: Floats) -> float:
    return float(np.nanmax(values, initial=0.0))
