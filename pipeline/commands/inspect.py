"""`faultprint inspect`: what recordings hold, and what is wrong with them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline import terminal
from pipeline.commands.witness_words import WITNESS_COLUMNS, is_asked, witness_lines, witness_rows
from pipeline.errors import RequestError
from pipeline.exits import SOME_UNUSABLE
from pipeline.options import Facts, Files, Json, Quiet, refuse_file, stating_facts

SEEN = ("file", "channel", "window", "image", "values", "rows", "columns", "figure")

Entry = Mapping[str, Any]

COLUMNS = ("file", "channel", "samples", "s", "rate_hz", "unit", "rms", "crest", "kurtosis")
"""As many as fit a terminal; `--json` has the rest."""

IMAGE_HELP = "Draw what the net of a run's config, or of a trained model's folder, sees of every signal."

DIAGNOSE_HELP = "Ask physics alone what is wrong, with no trained model; needs speed, and bearing or gear."


@stating_facts
def inspect(
    files: Files,
    *,
    facts: Facts,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for a figure per channel and inspect.json.")] = None,
    header: Annotated[bool, typer.Option("--header", help="Only what headers say; no samples are read.")] = False,
    diagnose: Annotated[bool, typer.Option("--diagnose", help=DIAGNOSE_HELP)] = False,
    image: Annotated[Path | None, typer.Option("--image", metavar="CONFIG", help=IMAGE_HELP)] = None,
    window: Annotated[int | None, typer.Option("--window", help="With --image: which window, 1 the first.")] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Say what recordings hold: channels, rates, units, statistics; and what is wrong with them.

    Example: faultprint inspect pump.mat --rate-hz 12000 --speed-rpm 1797 --bearing 6205 --out looks

    With --diagnose: lines at the orders of every fault, with p-values.
    Example: faultprint inspect --diagnose pump.mat --rate-hz 12000 --bearing 6205 --speed-rpm 1797

    With --image CONFIG: a figure per channel of exactly what the net sees, in the folder --out (the current one if
    absent). Example: faultprint inspect pump.mat --image configs/cwru_wavelet_squeezenet.yaml --rate-hz 12000
    """
    from pipeline.workflow.inspect import inspect as look_into

    refuse_file(out)
    if diagnose and (header or image is not None):
        raise RequestError("--diagnose needs all samples, and is no image; leave --header and --image away")
    if image is None and window is not None:
        raise RequestError(f"--window {window}: says which window --image CONFIG draws; give that too")
    if image is not None and header:
        raise RequestError("--header reads no samples, and --image draws them; give one of them")
    if diagnose:
        asked = partial(look_into, files, diagnose=True, out=out, **facts)
        _tell(asked, WITNESS_COLUMNS, witness_rows, witness_lines, json, quiet, refused=_nothing_asked)
        return
    if image is None:
        asked = partial(look_into, files, header_only=header, out=out, **facts)
        _tell(asked, COLUMNS, _rows, _lines, json, quiet, refused=_of_no_use)
        return
    from pipeline.workflow.inspect_image import see

    looks = partial(see, image, files, window=1 if window is None else window, out=out or ".", **facts)
    _tell(looks, SEEN, _seen_rows, _seen_lines, json, quiet, refused=lambda entry: entry["reason"] is not None)


def _tell(
    entries: Callable[..., Iterable[Entry]],
    columns: Sequence[str],
    rows_of: Callable[[Entry], list[Sequence[Any]]],
    lines_of: Callable[[Entry], list[str]],
    json: bool,
    quiet: bool,
    refused: Callable[[Entry], bool],
) -> None:
    """Show what was found as it is found, or as a table with its lines; then the exit code."""
    n_refused = 0
    rows: list[Sequence[Any]] = []
    lines: list[str] = []
    with terminal.progress_bars(quiet) as tick:
        for entry in entries(tick=tick):
            n_refused += refused(entry)
            if json:
                terminal.show_json(entry)
            else:
                rows += rows_of(entry)
                lines += lines_of(entry)
    if not json:
        terminal.show_table(columns, rows)
        for line in lines:
            terminal.say(line)
    if n_refused:
        raise typer.Exit(SOME_UNUSABLE)


def _of_no_use(entry: Entry) -> bool:
    """Whether a file could not be read, or no channel of it can be diagnosed."""
    if entry["reason"] is not None:
        return True
    found = [{each["severity"] for each in channel["findings"]} for channel in entry["channels"]]
    return all("unusable" in severities for severities in found)


def _nothing_asked(entry: Entry) -> bool:
    """Whether physics could be asked nothing of a file."""
    return not any(is_asked(channel) for channel in entry["channels"])


def _seen_rows(entry: Entry) -> list[Sequence[Any]]:
    """A line per figure."""
    image = entry["image"]
    if image is None:
        return []
    name = entry["source"].rpartition("/")[2]
    size = " x ".join(str(size) for size in image["shape"])
    values = f"{image['range'][0]:.4g} to {image['range'][1]:.4g} {image['unit']}".strip()
    which = f"{entry['window']} of {entry['windows']}"
    spans = [_span(image[side]) for side in ("rows", "columns")]
    return [(name, entry["channel"], which, size, values, *spans, entry["figure"])]


def _span(axis: Mapping[str, Any] | None) -> str | None:
    if axis is None:
        return None
    if axis.get("labels"):
        return f"{axis['name']} {axis['labels'][0]} to {axis['labels'][-1]}"
    return f"{axis['name']} {axis['first']:.4g} to {axis['last']:.4g} {axis['unit']}".strip()


def _seen_lines(entry: Entry) -> list[str]:
    """A line per warning, and per signal that could not be seen."""
    where = " ".join(part for part in (entry["source"], entry["channel"]) if part)
    told = [f"warning: {where}: {line}" for line in entry["warnings"]]
    return told + ([f"not drawn: {where}: {entry['reason']}"] if entry["reason"] else [])


def _rows(entry: Entry) -> list[Sequence[Any]]:
    """A line per channel; the file by its name, as the findings below tell its path."""
    name = entry["source"].rpartition("/")[2]
    rows: list[Sequence[Any]] = []
    for channel in entry["channels"]:
        rate_hz, statistics = channel["rate_hz"], channel["statistics"] or {}
        rate = None if rate_hz is None else f"{rate_hz:.10g} ({channel['rate_from']})"
        measured = [_short(statistics.get(key)) for key in ("rms", "crest", "kurtosis")]
        facts = (channel["n_samples"], _short(channel["duration_s"]), rate, channel["unit"])
        rows.append((name, channel["name"], *facts, *measured))
    return rows


def _short(value: float | None) -> str | None:
    return None if value is None else f"{value:.4g}"


def _lines(entry: Entry) -> list[str]:
    """A line per finding, under the table."""
    source = entry["source"]
    told = [f"{finding['severity']}: {source}: {finding['message']}" for finding in entry["findings"]]
    told += [f"warning: {source}: {line}" for line in entry["warnings"]]
    for channel in entry["channels"]:
        told += [f"{each['severity']}: {source} {channel['name']}: {each['message']}" for each in channel["findings"]]
    return told + ([f"not read: {entry['reason']}"] if entry["reason"] else [])
