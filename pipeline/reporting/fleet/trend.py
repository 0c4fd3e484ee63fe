"""Trend: one picture of a point over time, with all that it shows told in numbers beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from pipeline.reporting.fleet.chart import DOTS_BELOW, Floats, Frame, line, points
from pipeline.reporting.fleet.point import Point
from pipeline.reporting.palette import Dash

WIDTH, HEIGHT = 640.0, 120.0


@dataclass(frozen=True)
class Curve:
    """A line of a picture, and its values in words.

    Attributes:
        name: of a fault, a band, or "rms".
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


def spark(values: Floats, at: Sequence[datetime]) -> str:
    """A health index as a small line, 100 wide and 20 high."""
    return line(points(Frame(100, 20, at[0], at[-1], 0.0, 100.0), at, values))


def frame_of(point: Point, low: float, high: float) -> Frame:
    """Of a picture of a point's whole time."""
    return Frame(WIDTH, HEIGHT, point.rows[0].at, point.rows[-1].at, low, high)


def curve_of(point: Point, frame: Frame, name: str, values: Floats, style: tuple[str, Dash], words: str) -> Curve:
    """A trend of a point as a line.

    Args:
        point: whose.
        frame: of the picture.
        name: of the line.
        values: shape (recording,), NaN where unknown; one is known at least.
        style: colour and dash.
        words: how a value is written.
    """
    times = [row.at for row in point.rows]
    known = np.flatnonzero(np.isfinite(values))
    highest = int(known[np.argmax(values[known])])
    colour, dash = style
    return Curve(
        name, colour, _dashes(dash), points(frame, times, values),
        words.format(values[known[-1]]), words.format(values[highest]), times[highest],
    )  # fmt: skip


def _dashes(dash: Dash) -> str:
    return "" if isinstance(dash, str) else " ".join(f"{length:g}" for length in dash[1])
