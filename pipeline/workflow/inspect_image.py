"""Inspect image: what a run's net, trained or not, sees of recordings, a figure and its facts for every signal."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from pipeline.catalog.opening import open_signal
from pipeline.diagnosis.seen import seen_by
from pipeline.errors import FaultprintError, RequestError, UnusableError
from pipeline.models.intake import Intake
from pipeline.preprocessing.base import Batch
from pipeline.progress import Tick, unwatched
from pipeline.readers.choose import read_header
from pipeline.readers.places import Place, name_of
from pipeline.readers.side_file import SideFile, read_side_file
from pipeline.reporting.figure_names import free_name
from pipeline.signals.signal import Signal
from pipeline.whole_file import write_whole
from pipeline.workflow.inspection.channels import wanted_channels
from pipeline.workflow.inspection.look import Look
from pipeline.workflow.inspection.looking_net import LookingNet, looking_nets
from pipeline.workflow.request.facts import checked_facts
from pipeline.workflow.request.files import files_in


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
    net_for = looking_nets(image)
    taken: set[str] = set()
    for done, place in enumerate(places):
        tick("looking", done, len(places))
        for look in _looks(net_for, place, flags, window):
            yield look.to_dict(_drawn(look, Path(out), taken))
    tick("looking", len(places), len(places))


def _looks(net_for: Callable[[Signal], LookingNet], place: Place, flags: dict[str, Any], window: int) -> Iterator[Look]:
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
            yield _look(net_for, place, flags | {"channel": channel}, window)
        except FaultprintError as error:
            yield Look(place, channel, window, reason=str(error))


def _look(net_for: Callable[[Signal], LookingNet], place: Place, flags: dict[str, Any], window: int) -> Look:
    signal = open_signal(place, flags)
    net = net_for(signal)
    conditioned = net.intake.condition(signal)
    length = net.intake.window.length()
    windows = (conditioned.n_samples - length) // net.intake.window.hop(length) + 1
    if window > windows:
        raise UnusableError(f"gives {windows} windows, and number {window} is asked for; give --window up to {windows}")
    batch = _window(net.intake, conditioned, window)
    seen = seen_by(net.classifier, batch, conditioned.unit)
    return Look(place, signal.channel, window, net, conditioned, seen, windows)


def _window(intake: Intake, conditioned: Signal, number: int) -> Batch:
    """The window of that number; those before it are walked past."""
    (last,) = deque(intake.batches(conditioned, number), maxlen=1)
    return last.rows(slice(-1, None))


def _drawn(look: Look, folder: Path, taken: set[str]) -> str | None:
    """The figure's path, None where there is nothing to see."""
    from pipeline.reporting.inspected.seen_image import seen_figure

    if look.seen is None or look.net is None:
        return None
    name = name_of(look.source)
    title = f"{name}, {look.channel}: window {look.window} of {look.windows}, as {look.net.name} sees it"
    path = folder / free_name(f"{name}.{look.channel}", taken, ".image.png")
    write_whole(path, [seen_figure(look.seen, title, look.told())])
    return str(path)
