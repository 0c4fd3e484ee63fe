"""Look: what a net sees of one signal, in lines for people and as JSON has it."""

from dataclasses import dataclass
from typing import Any

from pipeline.diagnosis.seen import Array, Seen
from pipeline.models.intake import Intake
from pipeline.preprocessing.base import Axis, ImageAxes
from pipeline.readers.places import Place
from pipeline.reporting.wording import plain as spoken
from pipeline.signals.signal import Signal
from pipeline.workflow.inspection.looking_net import LookingNet
from pipeline.workflow.inspection.plain_values import plain


@dataclass(frozen=True)
class Look:
    """What came of one signal.

    Attributes:
        source, channel: which signal.
        net: what looked; None, like the rest, with a reason.
        signal: conditioned.
        seen: the window as the net sees it.
        window, windows: which window, of how many.
        reason: why there is nothing to see.
    """

    source: Place
    channel: str | None
    window: int
    net: LookingNet | None = None
    signal: Signal | None = None
    seen: Seen | None = None
    windows: int = 0
    reason: str | None = None

    def told(self) -> list[str]:
        """How the image came about, in lines."""
        assert self.net is not None
        assert self.signal is not None
        assert self.seen is not None
        shared, *branches = self.seen.stages
        told = [("shared stages", shared, self.seen.image.shape)]
        for place, (stages, shape) in enumerate(zip(branches, self.seen.shapes, strict=True), start=1):
            told.append((f"branch {place}" if len(branches) > 1 else "branch", stages, shape))
        lines = [_window_words(self.net.intake, self.signal)]
        lines += [f"{who}: {', '.join(stages) or 'none'}; {' x '.join(map(str, shape))}" for who, stages, shape in told]
        limits = dict.fromkeys(picture.limits for picture in self.seen.pictures if picture.limits)
        unit = {"": "", "as recorded": ", as recorded"}.get(self.seen.unit, f", in {self.seen.unit}")
        lines += [f"black is {low:g}, white is {high:g}{unit}" for low, high in limits]
        mixed = [each.axes.planes for each in self.seen.pictures if each.colours is not None and each.axes]
        lines += [
            "red is {}, green is {}, blue is {}".format(*map(spoken, planes))
            for planes in dict.fromkeys(mixed)
            if len(planes) == len(self.seen.planes) == 3
        ]
        return [*lines, *self.signal.history]

    def to_dict(self, figure: str | None) -> dict[str, Any]:
        """As JSON has it, with the figure's path."""
        entry: dict[str, Any] = {
            "source": str(self.source), "channel": self.channel, "figure": figure, "window": self.window,
            "windows": self.windows, "image": None, "pictures": [], "shapes": [], "stages": [], "condition": {},
            "history": [], "warnings": [], "reason": self.reason,
        }  # fmt: skip
        if self.seen is not None and self.signal is not None:
            entry |= plain(_told_of(self.seen, self.signal))
        return entry


def _told_of(seen: Seen, signal: Signal) -> dict[str, Any]:
    """What is there to say of a window that was looked at."""
    return {
        "image": {
            "shape": seen.image.shape, "range": _range(seen.image), "unit": seen.unit, **_axes(seen.axes),
            "planes": [{"name": each.name, "range": _range(each.values), **_axes(each.axes)} for each in seen.planes],
        },
        "pictures": [
            {"branch": each.branch, "reader": each.reader, "black": each.limits and each.limits[0],
             "white": each.limits and each.limits[1], **_axes(each.axes)}
            for each in seen.pictures
        ],
        "shapes": seen.shapes,
        "stages": seen.stages,
        "condition": {name: getattr(signal, name) for name in ("rate_hz", "speed_rpm", "unit", "bearing", "gear")},
        "history": signal.history,
        "warnings": signal.warnings,
    }  # fmt: skip


def _window_words(intake: Intake, signal: Signal) -> str:
    length, rate_hz = intake.window.length(), signal.rate_hz
    told = [f"window: {length} samples" + (f" at {rate_hz:g} Hz, {length / rate_hz:.4g} s" if rate_hz else "")]
    if signal.speed_rpm is not None:
        told.append(f"{signal.speed_rpm:g} rpm")
    told += [part.name for part in (signal.bearing, signal.gear) if part is not None and part.name]
    return ", ".join(told)


def _range(values: Array) -> tuple[float, float]:
    return float(values.min()), float(values.max())


def _axes(axes: ImageAxes | None) -> dict[str, Any]:
    return {"rows": _axis(axes and axes.rows), "columns": _axis(axes and axes.columns)}


def _axis(axis: Axis | None) -> dict[str, Any] | None:
    """Name, unit, and what stands at either end; the labels where it has any."""
    if axis is None:
        return None
    ends = {"name": axis.name, "unit": axis.unit, "first": axis.values[0], "last": axis.values[-1]}
    return ends | ({"labels": axis.labels} if axis.labels else {})
