"""Seen: what a run's net, trained or not, sees of recordings: a figure and its facts for every signal."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.catalog.opening import open_signal
from pipeline.diagnosis.seen import Array, Seen, seen_by
from pipeline.errors import FaultprintError, RequestError, UnusableError
from pipeline.models.intake import Intake
from pipeline.preprocessing.base import Axis, Batch, ImageAxes
from pipeline.progress import Tick, unwatched
from pipeline.readers.choose import read_header
from pipeline.readers.places import Place, name_of
from pipeline.readers.side_file import SideFile, read_side_file
from pipeline.reporting.wording import plain as spoken
from pipeline.signals.signal import Signal
from pipeline.whole_file import write_whole
from pipeline.workflow.eye import Eye, eyes
from pipeline.workflow.figure_names import free_name
from pipeline.workflow.given import checked_facts, files_in
from pipeline.workflow.inspected import plain, wanted_channels


@dataclass(frozen=True)
class Look:
    """What came of one signal.

    Attributes:
        source, channel: which signal.
        eye: what looked; None, like the rest, with a reason.
        signal: conditioned.
        seen: the window as the net sees it.
        window, windows: which window, of how many.
        reason: why there is nothing to see.
    """

    source: Place
    channel: str | None
    window: int
    eye: Eye | None = None
    signal: Signal | None = None
    seen: Seen | None = None
    windows: int = 0
    reason: str | None = None

    def told(self) -> list[str]:
        """How the image came about, in lines."""
        assert self.eye is not None
        assert self.signal is not None
        assert self.seen is not None
        shared, *branches = self.seen.stages
        told = [("shared stages", shared, self.seen.image.shape)]
        for place, (stages, shape) in enumerate(zip(branches, self.seen.shapes, strict=True), start=1):
            told.append((f"branch {place}" if len(branches) > 1 else "branch", stages, shape))
        lines = [_window_words(self.eye.intake, self.signal)]
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


def _window_words(intake: Intake, signal: Signal) -> str:
    length, rate_hz = intake.window.length(), signal.rate_hz
    told = [f"window: {length} samples" + (f" at {rate_hz:g} Hz, {length / rate_hz:.4g} s" if rate_hz else "")]
    if signal.speed_rpm is not None:
        told.append(f"{signal.speed_rpm:g} rpm")
    told += [part.name for part in (signal.bearing, signal.gear) if part is not None and part.name]
    return ", ".join(told)


def see(
    image: Path | str,
    sources: Place | Sequence[Place],
    *,
    window: int = 1,
    out: Path | str = ".",
    tick: Tick = unwatched,
    **facts: Any,
) -> Iterator[dict[str, Any]]:
    """Draw exactly what a net sees of one window of every signal.

    Signals go through the intake of training: conditioning, rate, mean, window. A window in turns is resolved with
    the signal's own speed for a config, which trained nothing yet; a bundle brings its own.

    Args:
        image: a run's config, or the folder of a trained model.
        sources: files or folders, paths or URLs.
        window: which, counted from 1.
        out: folder of the figures.
        tick: told how many files are done.
        facts: what the user states: `rate_hz`, `speed_rpm`, `bearing`, `gear`, `channel` (several may fit), `unit`,
            `reader`.

    Yields:
        Per signal: source, channel, figure, window, windows, image (shape, range, unit, planes, rows, columns),
        pictures (branch, reader, black, white, rows, columns), shapes per branch,
        stages, condition, history, warnings, and the reason why there is no figure.

    Raises:
        FaultprintError: for a config or model that cannot be used, facts that cannot be true, a path that is not there.

    Example:
        >>> import tempfile, numpy as np
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     _ = Path(folder, "run.yaml").write_text("{name: x, data: {corpus: cwru}, rate_hz: 1000, "
        ...         "window: {samples: 64}, stages: [{fold: {rows: 8, columns: 8}}], branches: [{stages: []}]}")
        ...     np.save(Path(folder) / "pump.npy", np.sin(np.arange(1000.0)))
        ...     (seen,) = see(f"{folder}/run.yaml", f"{folder}/pump.npy", rate_hz=1000, out=folder)
        >>> seen["image"]["shape"], seen["windows"]
        ([1, 8, 8], 15)
    """
    if window < 1:
        raise RequestError(f"--window {window}: windows are counted from 1; give 1 for the first")
    flags = checked_facts(facts)
    places = files_in([sources] if isinstance(sources, str | Path) else sources)
    eye_for = eyes(image)
    taken: set[str] = set()
    for done, place in enumerate(places):
        tick("looking", done, len(places))
        for look in _looks(eye_for, place, flags, window):
            yield _entry(look, _drawn(look, Path(out), taken))
    tick("looking", len(places), len(places))


def _looks(eye_for: Callable[[Signal], Eye], place: Place, flags: dict[str, Any], window: int) -> Iterator[Look]:
    """One look per channel of a file."""
    try:
        side = read_side_file(place) or SideFile()
        header = read_header(place, flags.get("reader") or side.reader)
        channels = wanted_channels(header.names, flags.get("channel"), str(place))
    except FaultprintError as error:
        yield Look(place, None, window, reason=str(error))
        return
    for channel in channels:
        try:
            yield _look(eye_for, place, flags | {"channel": channel}, window)
        except FaultprintError as error:
            yield Look(place, channel, window, reason=str(error))


def _look(eye_for: Callable[[Signal], Eye], place: Place, flags: dict[str, Any], window: int) -> Look:
    signal = open_signal(place, flags)
    eye = eye_for(signal)
    conditioned = eye.intake.condition(signal)
    length = eye.intake.window.length()
    windows = (conditioned.n_samples - length) // eye.intake.window.hop(length) + 1
    if window > windows:
        raise UnusableError(f"gives {windows} windows, and number {window} is asked for; give --window up to {windows}")
    batch = _window(eye.intake, conditioned, window)
    seen = seen_by(eye.classifier, batch, conditioned.unit)
    return Look(place, signal.channel, window, eye, conditioned, seen, windows)


def _window(intake: Intake, conditioned: Signal, number: int) -> Batch:
    """The window of that number; those before it are walked past."""
    (last,) = deque(intake.batches(conditioned, number), maxlen=1)
    return last.rows(slice(-1, None))


def _drawn(look: Look, folder: Path, taken: set[str]) -> str | None:
    """The figure's path, None where there is nothing to see."""
    from pipeline.reporting.inspected.seen_image import seen_figure

    if look.seen is None or look.eye is None:
        return None
    name = name_of(look.source)
    title = f"{name}, {look.channel}: window {look.window} of {look.windows}, as {look.eye.name} sees it"
    path = folder / free_name(f"{name}.{look.channel}", taken, ".image.png")
    write_whole(path, [seen_figure(look.seen, title, look.told())])
    return str(path)


def _entry(look: Look, figure: str | None) -> dict[str, Any]:
    """As JSON has it."""
    entry: dict[str, Any] = {"source": str(look.source), "channel": look.channel, "figure": figure}
    entry |= {"window": look.window, "windows": look.windows, "image": None, "pictures": [], "shapes": [], "stages": []}
    entry |= {"condition": {}, "history": [], "warnings": [], "reason": look.reason}
    if look.seen is None or look.signal is None:
        return entry
    seen, signal = look.seen, look.signal
    condition = {name: getattr(signal, name) for name in ("rate_hz", "speed_rpm", "unit", "bearing", "gear")}
    return plain(  # type: ignore[no-any-return]
        entry
        | {
            "image": {
                "shape": seen.image.shape,
                "range": _range(seen.image),
                "unit": seen.unit,
                **_axes(seen.axes),
                "planes": [
                    {"name": plane.name, "range": _range(plane.values), **_axes(plane.axes)} for plane in seen.planes
                ],
            },
            "pictures": [
                {"branch": each.branch, "reader": each.reader, "black": each.limits and each.limits[0],
                 "white": each.limits and each.limits[1], **_axes(each.axes)}
                for each in seen.pictures
            ],
            "shapes": seen.shapes,
            "stages": seen.stages,
            "condition": condition,
            "history": signal.history,
            "warnings": signal.warnings,
        }
    )  # fmt: skip


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
