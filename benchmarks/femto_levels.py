"""Levels of bearings run to failure: the FEMTO snapshots at hand through a whole batch, by the ready model.

    FAULTPRINT_DATA=... python benchmarks/femto_levels.py --json femto_levels.json

A snapshot lasts 0.1 s, three turns of the shaft: too short for a verdict, so each one is UNUSABLE with its reason, and
keeps its level all the same. A row per bearing and direction: the first and the last level in g, how far it rises, and
its rank correlation (Spearman) with the share of the recorded life; beside them the largest difference from the same
figures by numpy alone, read from the files. Nobody says what is wrong with these bearings at the end, and few snapshots
are at hand: a level that rises is a level that rises. `--quick` is the same.
"""

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from honest.pictures import beside, look
from ledger import Ledger, arguments
from scipy.stats import spearmanr
from sqlalchemy import select

from pipeline.batch.store.opened import open_known_store
from pipeline.batch.store.schema import diagnoses, tasks
from pipeline.catalog.catalog import Catalog
from pipeline.catalog.corpora.loading import load_corpus
from pipeline.errors import CatalogError
from pipeline.reporting.drawing import TICK_PT, new_figure, png, tidy
from pipeline.reporting.palette import GREY, INK, PALE_INK
from pipeline.whole_file import write_whole
from pipeline.workflow.batch import run_batch

Row = Mapping[str, Any]
Where = tuple[str, str]
COLUMN = {"horizontal": 4, "vertical": 5}


class Shot(NamedTuple):
    """A snapshot in one direction.

    Attributes:
        life: the share of the recorded life that is over.
        rms_g: its level, as the store has it.
        plain_g: as numpy has it.
        verdict, reason: the model's.
    """

    life: float
    rms_g: float
    plain_g: float
    verdict: str
    reason: str


def shots(catalog: Catalog) -> dict[Where, list[Shot]]:
    """Bearing and direction -> its snapshots in time, after a batch over all of them."""
    root = Path(str(catalog.root)).resolve()
    # Each bearing as a machine of its own: all were run on one rig, and a trend is a machine's.
    rows = tuple(replace(row, machine=row.specimen, source=str(root / row.source)) for row in catalog.rows)
    of_place = {(row.source, row.point): row for row in rows}
    found: dict[Where, list[Shot]] = {}
    for kept in batch_over(Catalog(rows, root)):
        row = of_place[str(root / "femto" / kept["source"]), kept["point"]]
        shot = Shot(float(row.condition["severity"]), kept["rms"], plain_rms(row.source, row.point), *told(kept))
        found.setdefault((row.specimen, row.point), []).append(shot)
    return {where: sorted(each) for where, each in sorted(found.items())}


def batch_over(catalog: Catalog) -> list[Row]:
    """What a store has of every signal after a run over the catalog's folder."""
    with tempfile.TemporaryDirectory() as scratch:
        named, store = Path(scratch) / "femto.csv", str(Path(scratch) / "femto.db")
        catalog.write(named)
        run_batch("ready", Path(str(catalog.root)) / "femto", store, catalog=named)
        opened = open_known_store(store)
        asked = select(tasks.c.source, diagnoses.c.point, diagnoses.c.rms, diagnoses.c.document).join(tasks)
        with opened.reading() as connection:
            kept: list[Row] = [dict(row._mapping) for row in connection.execute(asked)]
        opened.close()
    return kept


def told(kept: Row) -> tuple[str, str]:
    """Verdict and reason."""
    return str(kept["document"]["verdict"]), str(kept["document"].get("reason") or "")


def plain_rms(path: str, point: str) -> float:
    """The peer: a column's root mean square about its mean; one bearing's files have semicolons."""
    lines = np.loadtxt(path, dtype=str, comments=None)
    samples = np.array([float(line.replace(";", ",").split(",")[COLUMN[point]]) for line in lines])
    return float(samples.std())


def row_of(where: Where, found: Sequence[Shot]) -> Row:
    """A bearing's direction."""
    levels = np.array([shot.rms_g for shot in found])
    plain = np.array([shot.plain_g for shot in found])
    rank = spearmanr([shot.life for shot in found], levels)
    return {
        "bearing": where[0],
        "point": where[1],
        "snapshots": len(found),
        "verdicts": ", ".join(f"{count} {name}" for name, count in Counter(shot.verdict for shot in found).items()),
        "first_g": round(float(levels[0]), 3),
        "last_g": round(float(levels[-1]), 3),
        "rise_db": round(float(20.0 * np.log10(levels[-1] / levels[0])), 1),
        "rank_correlation": round(float(rank.statistic), 2),
        "p_value": round(float(rank.pvalue), 4),
        "largest_difference": float(f"{np.abs(levels / plain - 1).max():.1g}"),
        "life": [round(shot.life, 3) for shot in found],
        "rms_g": [round(float(level), 3) for level in levels],
    }


def reasons(found: Mapping[Where, Sequence[Shot]]) -> Iterator[str]:
    """Why there is no verdict, each reason once."""
    every = [shot for each in found.values() for shot in each]
    for reason, count in Counter(shot.reason for shot in every).items():
        yield f"{count} of {len(every)} signals: {reason or 'a verdict'}"


def draw(path: Path, rows: Sequence[Row]) -> None:
    """Levels over life, a curve per bearing and direction."""
    figure = new_figure(7.2, 3.4)
    axes = figure.add_axes((0.08, 0.14, 0.6, 0.74))
    for number, row in enumerate(rows):
        style = look(number)
        axes.plot(
            row["life"], row["rms_g"], color=style.colour, linewidth=1.1, linestyle=style.dash, marker=style.marker,
            markersize=3.5, markerfacecolor=style.inside, label=f"{row['bearing']}, {row['point']}",
        )  # fmt: skip
    tidy(axes, "", "share of the recorded life", "rms, g")
    axes.set_yscale("log")
    axes.grid(axis="y", color=GREY, linewidth=0.3)
    axes.legend(
        loc="upper left", bbox_to_anchor=(1.02, 1.0), fontsize=TICK_PT, frameon=False, labelcolor=PALE_INK,
        handlelength=4.0,
    )  # fmt: skip
    figure.text(0.01, 0.98, "FEMTO: levels of snapshots too short for a verdict", fontsize=8.0, color=INK, va="top")
    write_whole(beside(path), [png(figure)])


class Lists(Ledger):
    """Keeps what is drawn out of the table."""

    json_only = frozenset({"life", "rms_g"})


def main() -> None:
    """One batch, told bearing by bearing."""
    options = arguments(__doc__)
    ledger = Lists("femto_levels.py")
    try:
        found = shots(load_corpus("femto"))
    except CatalogError as error:
        ledger.note(f"no rows: {error}")
        ledger.finish(options.json)
        return
    for where, each in found.items():
        ledger.add(**row_of(where, each))
    for line in reasons(found):
        ledger.note(line)
    ledger.note("few snapshots of three bearings, and no fault is stated: the trend of a level, and no diagnosis")
    if options.json:
        draw(options.json, ledger.rows)
    ledger.finish(options.json)


if __name__ == "__main__":
    main()
