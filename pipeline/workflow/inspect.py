"""Inspect: what recordings hold, how they measure, and what is wrong with them; one pass over the samples of each."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.errors import FaultprintError
from pipeline.progress import Tick, unwatched
from pipeline.readers.places import Place, content_hash, name_of
from pipeline.readers.side_file import SideFile, read_side_file
from pipeline.reporting.figure_names import free_name
from pipeline.whole_file import write_text, write_whole
from pipeline.workflow.inspection.file import InspectedFile, measure, opened
from pipeline.workflow.inspection.plain_values import plain
from pipeline.workflow.request.facts import checked_facts
from pipeline.workflow.request.files import files_in


def inspect(
    sources: Place | Sequence[Place],
    *,
    header_only: bool = False,
    diagnose: bool = False,
    out: Path | str | None = None,
    tick: Tick = unwatched,
    **facts: Any,
) -> Iterator[dict[str, Any]]:
    """What recordings hold: channels, facts, statistics, and findings.

    Statistics and most findings come from every sample, in one pass that holds a few megabytes; spectra, the step and
    the shaft's lines from the first 2^20 samples of a channel, or from four evenly spread stretches of a longer one
    (`seen` says how many samples that were).

    Args:
        sources: files or folders, paths or URLs.
        header_only: whether samples are left alone; statistics are then None, and only names and lengths are checked.
        diagnose: whether physics is asked what is wrong, channel by channel: see `pipeline.diagnosis.witness`.
        out: folder for `inspect.json` and a figure per channel; needs matplotlib.
        tick: told how many files are done.
        facts: what the user states: `rate_hz`, `speed_rpm`, `bearing`, `gear`, `channel` (several may fit), `unit`,
            `reader`.

    Yields:
        Per file: source, sha256, reader, channels (name, n_samples, duration_s, rate_hz, rate_from, unit, statistics,
        findings, seen, figure; with `diagnose` witness), facts, facts_from, warnings, findings, and the reason why it
        could not be read.

    Raises:
        FaultprintError: for facts that cannot be true, or a path that is not there.

    Example:
        >>> import tempfile, numpy as np
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     np.save(Path(folder) / "pump.npy", np.tile([0.5, -0.5, 0.25, -0.25], 1000))
        ...     (found,) = inspect(folder, rate_hz=1000)
        >>> found["channels"][0]["duration_s"], found["channels"][0]["statistics"]["peak"]
        (4.0, 0.5)
    """
    flags = checked_facts(facts)
    places = files_in([sources] if isinstance(sources, str | Path) else sources)
    folder = Path(out) if out is not None else None
    entries = []
    taken: set[str] = set()
    for done, place in enumerate(places):
        tick("inspecting", done, len(places))
        entry, file = _entry(place, flags, header_only)
        if diagnose and file is not None:
            entry["channels"] = _asked(file, flags)
        if folder is not None:
            if file is not None and not header_only:
                entry["channels"] = _drawn(file, folder, taken)
            entries.append(entry)
        yield entry
    tick("inspecting", len(places), len(places))
    if folder is not None:
        write_text(folder / "inspect.json", json.dumps(entries, allow_nan=False, indent=1))


def _entry(place: Place, flags: Mapping[str, Any], header_only: bool) -> tuple[dict[str, Any], InspectedFile | None]:
    entry: dict[str, Any] = {"source": str(place), "sha256": None, "reader": None, "channels": [], "facts": {}}
    entry |= {"facts_from": {}, "warnings": [], "findings": [], "reason": None}
    try:
        side = read_side_file(place) or SideFile()
        file = opened(place, flags, side)
        reason = None if header_only else measure(file, flags.get("reader") or side.reader)
        if not header_only:
            entry["sha256"] = content_hash(place)
    except FaultprintError as error:
        return entry | {"reason": str(error)}, None
    warnings = dict.fromkeys(line for channel in file.channels for line in channel.merged.warnings)
    told = {name: value for name, value in file.facts.values.items() if name not in ("rate_hz", "unit")}
    entry |= {
        "reader": file.reader,
        "channels": [channel.to_dict() for channel in file.channels],
        "facts": plain({**file.header.facts, **told}),
        "facts_from": {name: file.facts.origins[name] for name in told},
        "warnings": list(warnings),
        "findings": [plain(finding.to_dict()) for finding in file.findings],
        "reason": reason,
    }
    return entry, file


def _asked(file: InspectedFile, flags: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The channels of an entry, with what physics says of each that was read."""
    from pipeline.workflow.inspection.physics import witnessed

    for channel in file.channels:
        if channel.survey is not None:
            channel.witness = witnessed(file.place, channel.name, flags)
    return [channel.to_dict() for channel in file.channels]


def _drawn(file: InspectedFile, folder: Path, taken: set[str]) -> list[dict[str, Any]]:
    """The channels of an entry, with a figure of each that was read."""
    from pipeline.reporting.inspected.channel import inspection_figure
    from pipeline.signals.portrait import fault_lines, portrait_of

    facts = file.facts.values
    lines_hz = fault_lines(facts.get("bearing"), facts.get("gear"), file.speed_rpm)
    for channel in file.channels:
        if channel.survey is None:
            continue
        unit = channel.merged.values.get("unit")
        drawn = portrait_of(channel.name, channel.survey, channel.rate_hz, unit, file.speed_rpm, lines_hz)
        if drawn is not None and channel.witness is not None:
            from pipeline.workflow.inspection.physics import as_witnessed

            drawn = as_witnessed(drawn, channel.survey, channel.witness)
        if drawn is not None:
            channel.figure = free_name(f"{name_of(file.place)}.{channel.name}", taken)
            write_whole(folder / channel.figure, [inspection_figure(drawn, name_of(file.place))])
    return [channel.to_dict() for channel in file.channels]
