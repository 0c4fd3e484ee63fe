"""The command line: one command per workflow function; only here things are printed and the process exits.

Heavy imports wait until a command runs, so that `--help` answers at once.
"""

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from pipeline import inventory, terminal
from pipeline.errors import FaultprintError, RequestError
from pipeline.exits import DONE, INTERNAL, INTERRUPTED, SOME_UNUSABLE, WRONG
from pipeline.options import (
    BearingName,
    Channel,
    ConfigFile,
    GearName,
    Json,
    ModelFolder,
    NoCache,
    Overwrite,
    Quiet,
    RateHz,
    ReaderName,
    Settings,
    SpeedRpm,
    Unit,
)

COMPLAINT: Any = next(base for base in typer.BadParameter.__mro__ if base.__name__ == "ClickException")
"""What typer raises for a wrong option; newer versions carry a click of their own, so it is found by its name."""


app = typer.Typer(
    name="faultprint",
    help="Machine fault diagnosis from vibration recordings, with honest numbers.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(inventory.weights_app, name="weights")
app.add_typer(inventory.corpora_app, name="corpora")
app.add_typer(inventory.config_app, name="config")


def _cache(no_cache: bool) -> Any:
    from pipeline.models.features import FeatureCache

    return None if no_cache else FeatureCache()


def _config(path: Path, settings: list[str] | None) -> Any:
    from pipeline.config import load_config

    return load_config(path, tuple(settings or ()))


@app.command()
def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder for the results; replaced on a second run.")] = Path(
        "faultprint-demo"
    ),
    seed: Annotated[int, typer.Option("--seed", help="Which simulated machines.")] = 0,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Simulate machines, train on some, diagnose others never seen; offline. Example: faultprint demo"""
    from pipeline.workflow.demo import demo as run_demo

    with terminal.progress_bars(quiet) as tick:
        result = run_demo(out, seed=seed, tick=tick, note=terminal.complain)
    if json:
        return terminal.show_json(result.summary)
    terminal.show_table(("recording", "answer", "probability", "truth", "right"), result.table)
    for name, value in result.summary.items():
        terminal.say(f"{name}: {value:.2f}" if isinstance(value, float) else f"{name}: {value}")
    return None


@app.command()
def scan(
    path: Annotated[Path, typer.Argument(help="A folder of recordings, or one file.")],
    out: Annotated[Path, typer.Option("--out", help="The catalog to write, CSV.")] = Path("catalog.csv"),
    pattern: Annotated[
        str | None, typer.Option("--pattern", help="What file names say: '{label}_{speed_rpm:d}.mat'.")
    ] = None,
    json: Json = False,
) -> None:
    """Make a catalog, one row per signal, reading headers only.

    Example: faultprint scan recordings --out catalog.csv
    """
    from pipeline.catalog.scan import scan as scan_folder

    catalog = scan_folder(path, pattern)
    if not len(catalog):
        why = f": {catalog.skipped[0][0]}: {catalog.skipped[0][1]}" if catalog.skipped else ""
        raise RequestError(f"no recording could be read under {path}{why}")
    catalog.write(out)
    skipped = [{"file": file, "reason": reason} for file, reason in catalog.skipped]
    if json:
        terminal.show_json({"catalog": str(out), "signals": len(catalog), "labels": catalog.labels, "skipped": skipped})
    else:
        terminal.say(f"{out}: {len(catalog)} signals, labels {', '.join(catalog.labels) or 'none'}")
        for entry in skipped:
            terminal.complain(f"skipped {entry['file']}: {entry['reason']}")
    if skipped:
        raise typer.Exit(SOME_UNUSABLE)


@app.command()
def inspect(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Recordings, or folders of them.")],
    reader: ReaderName = None,
    json: Json = False,
) -> None:
    """Say what recordings hold: channels, lengths, rates, units. Example: faultprint inspect pump.mat"""
    from pipeline.workflow.inspect import inspect as look_into

    found = list(look_into(files, reader))
    if json:
        for entry in found:
            terminal.show_json(entry)
    else:
        rows = [
            (entry["source"], *(channel[key] for key in ("name", "n_samples", "rate_hz", "unit")), entry["facts"], "")
            for entry in found
            for channel in entry["channels"]
        ] + [(entry["source"], None, None, None, None, None, entry["reason"]) for entry in found if entry["reason"]]
        terminal.show_table(("file", "channel", "samples", "rate_hz", "unit", "says", "problem"), rows)
    if any(entry["reason"] for entry in found):
        raise typer.Exit(WRONG if all(entry["reason"] for entry in found) else SOME_UNUSABLE)


@app.command()
def split(
    config: ConfigFile,
    settings: Settings = None,
    out: Annotated[Path | None, typer.Option("--out", help="Where to write split.csv.")] = None,
    json: Json = False,
) -> None:
    """Show which signals train and which test, after the audit.

    Example: faultprint split configs/cwru_wavelet_squeezenet.yaml
    """
    from pipeline.catalog.split import write_split
    from pipeline.workflow.train import split as split_and_audit

    sides, audit = split_and_audit(_config(config, settings))
    if out:
        write_split(sides, out)
    if json:
        return terminal.show_json({"protocol": sides.protocol, **audit.to_dict()})
    rows = [
        (side, row.signal, row.specimen, row.labels)
        for side, part in (("train", sides.train), ("test", sides.test))
        for row in part
    ]
    terminal.show_table(("side", "signal", "specimen", "labels"), rows, title=sides.protocol)
    return None


@app.command()
def train(
    config: ConfigFile,
    out: Annotated[Path, typer.Option("--out", help="The run folder to make.")],
    settings: Settings = None,
    overwrite: Overwrite = False,
    no_cache: NoCache = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Train a model and test it on parts it never saw.

    Example: faultprint train configs/cwru_wavelet_squeezenet.yaml --out runs/first
    """
    from pipeline.workflow.train import train as run_training

    checked = _config(config, settings)
    with terminal.progress_bars(quiet) as tick:
        metrics = run_training(checked, out, overwrite=overwrite, cache=_cache(no_cache), tick=tick)
    if json:
        terminal.show_json(metrics)
    else:
        _show_metrics(metrics)
        terminal.say(f"model: {out / 'model'}")
    if metrics["skipped"]:
        for entry in metrics["skipped"]:
            terminal.complain(f"skipped {entry['signal']}: {entry['reason']}")
        raise typer.Exit(SOME_UNUSABLE)


def _show_metrics(metrics: dict[str, Any]) -> None:
    """Figures as a table, and above it everything that qualifies them."""
    for stamp in metrics["stamps"]:
        terminal.say(f"STAMPED: {stamp}")
    for note in metrics["notes"]:
        terminal.say(f"note: {note}")
    terminal.say(f"protocol: {metrics['protocol']}; specimens: {metrics['specimens']}")
    terminal.show_table(("figure", "value"), terminal.flat(metrics.get("test") or metrics.get("folds") or {}))


@app.command()
def evaluate(
    model: ModelFolder,
    catalog: Annotated[Path, typer.Argument(help="A labelled catalog, CSV.")],
    no_cache: NoCache = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """A model's figures on a labelled catalog it never saw.

    Example: faultprint evaluate runs/first/model catalog.csv
    """
    from pipeline.workflow.train import evaluate as figures_of

    with terminal.progress_bars(quiet) as tick:
        found = figures_of(model, catalog, cache=_cache(no_cache), tick=tick)
    if json:
        terminal.show_json(found)
    else:
        terminal.show_table(("figure", "value"), terminal.flat(found))
    if found["left_out"]:
        terminal.complain(f"left out {found['left_out']} signals that training had seen, or others of the same parts")
    if found["skipped"]:
        raise typer.Exit(SOME_UNUSABLE)


@app.command()
def diagnose(
    model: ModelFolder,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Recordings, or folders of them.")],
    rate_hz: RateHz = None,
    speed_rpm: SpeedRpm = None,
    bearing: BearingName = None,
    gear: GearName = None,
    channel: Channel = None,
    unit: Unit = None,
    reader: ReaderName = None,
    catalog: Annotated[Path | None, typer.Option("--catalog", help="A catalog that states facts of the files.")] = None,
    page: Annotated[Path | None, typer.Option("--page", help="Also write an HTML page with a figure each.")] = None,
    no_cache: NoCache = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """One verdict per signal.

    Example: faultprint diagnose runs/first/model pump.wav --speed-rpm 1797 --bearing 6205
    """
    from pipeline.catalog.catalog import Catalog
    from pipeline.workflow import diagnose as workflow

    stated = {
        "rate_hz": rate_hz, "speed_rpm": speed_rpm, "bearing": bearing, "gear": gear,
        "channel": channel, "unit": unit, "reader": reader,
    }  # fmt: skip
    if page and (page.is_dir() or not page.parent.is_dir()):
        raise RequestError(f"--page {page}: needs a file in a folder that exists; make the folder first")
    facts = workflow.checked_facts({key: value for key, value in stated.items() if value is not None})
    trained = workflow.load_model(model)
    rows = Catalog.read(catalog) if catalog else None
    made = []
    paths = workflow.files_in(files)
    with terminal.progress_bars(quiet) as tick:
        for diagnosis in workflow.diagnoses(
            trained, paths, facts=facts, catalog=rows, with_evidence=page is not None, cache=_cache(no_cache), tick=tick
        ):
            made.append(diagnosis)
            if json:
                terminal.show_json(diagnosis.verdict.to_dict())
    if not json:
        _show_verdicts([diagnosis.verdict for diagnosis in made])
    if page:
        workflow.write_page(page, made, trained)
    if not all(diagnosis.verdict.usable for diagnosis in made):
        raise typer.Exit(SOME_UNUSABLE)


def _show_verdicts(verdicts: list[Any]) -> None:
    rows = [
        (
            verdict.source,
            verdict.channel,
            str(verdict.verdict),
            verdict.labels,
            f"{max(verdict.probabilities.values()):.2f}" if verdict.probabilities else None,
            verdict.reason or "; ".join(verdict.warnings),
        )
        for verdict in verdicts
    ]
    terminal.show_table(("recording", "channel", "verdict", "labels", "probability", "reason or warnings"), rows)


def run(arguments: list[str]) -> int:
    """Run one command and turn whatever happens into an exit code and at most one line."""
    try:
        code = app(arguments, prog_name="faultprint", standalone_mode=False)
    except FaultprintError as error:
        terminal.complain(str(error))
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        terminal.complain("interrupted")
        return INTERRUPTED
    except COMPLAINT as error:
        terminal.complain(error.format_message())
        return WRONG
    except (BrokenPipeError, SystemExit):
        # The reader of our output has seen enough (typer turns that into an exit); nothing more need be said.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        terminal.complain(f"{error.filename or 'system'}: {error.strerror}; check the path, its rights and the disk")
        return WRONG
    except Exception as error:  # the last line of defence: users see one line, developers ask for --debug
        terminal.complain(f"internal error: {type(error).__name__}: {error}; run again with --debug for the traceback")
        return INTERNAL
    if code == INTERRUPTED:
        terminal.complain("interrupted")
    return code if isinstance(code, int) else DONE


def main() -> None:
    """Entry point of the command `faultprint`."""
    arguments = sys.argv[1:]
    if "--debug" in arguments:
        arguments.remove("--debug")
        app(arguments, prog_name="faultprint")
    sys.exit(run(arguments))
