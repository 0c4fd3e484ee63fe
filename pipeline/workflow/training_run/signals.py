"""Signals: those that a run's config names, of a catalog, of public data sets, or of a simulation."""

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from pathlib import Path

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.corpora import load_corpus
from pipeline.catalog.labellers import by_agreement
from pipeline.catalog.row import Row
from pipeline.catalog.splitting.groups import as_key, natural
from pipeline.catalog.splitting.protocols import PROTOCOLS
from pipeline.config import RunConfig
from pipeline.errors import ConfigError, did_you_mean
from pipeline.signals.labels import HEALTHY
from pipeline.signals.simulation.gear_sets import kept_gear_states
from pipeline.signals.simulation.gear_states import run_of

MAPPINGS = ("condition", "label_shares")
"""Fields of a row that hold several values by name; nothing can equal them."""

MOST_VALUES = 12
"""Values of a column that an error lists."""


def signals_of(config: RunConfig) -> Catalog:
    """The catalog a config names, with its `protocol` and `where` applied.

    Raises:
        CatalogError: when the corpus or file is not there.
        ConfigError: when `where` keeps no signal.
    """
    data = config.data
    if data.simulated:
        catalog = gear_states(kept_gear_states())
    else:
        catalog = corpora_of(data.corpora) if data.corpora else Catalog.read(data.catalog or "")
    take_part = PROTOCOLS[data.protocol].signals if data.protocol else None
    if take_part is not None:
        catalog = replace(catalog, rows=tuple(take_part(catalog)))
    for key in data.where:
        checked_key(key, catalog)
    kept = catalog.where(lambda row: all(_said(row, key) & set(wanted) for key, wanted in data.where.items()))
    if data.where and not kept.rows:
        raise ConfigError(_nothing_kept(catalog, data.where))
    return learned_of(kept, data.target)


def learned_of(catalog: Catalog, target: str) -> Catalog:
    """A catalog whose labels are what is to be learned; signals of which that is not known are left out.

    Args:
        catalog: the signals.
        target: `labels`, `agreement`, or the name of a condition, whose values become labels but for those of healthy
            signals, which stay `healthy`.

    Raises:
        ConfigError: for a condition that no signal has.

    Example:
        >>> row = Row("a", "a.mat", labels=("gear_tooth",), condition={"state": "root_crack"})
        >>> [row.labels for row in learned_of(Catalog((row,), Path()), "state")]
        [('root_crack',)]
    """
    if target in ("labels", "agreement"):
        return by_agreement(catalog) if target == "agreement" else catalog
    told = [row for row in catalog if target in row.condition]
    if not told:
        known = dict.fromkeys(("labels", "agreement", *(name for row in catalog for name in row.condition)))
        hint = did_you_mean(target, known) or f"; there are {', '.join(known)}"
        raise ConfigError(f"data.target: no signal has the condition '{target}'{hint}")
    healthy = (HEALTHY,)
    rows = (row.changed(labels=healthy if row.labels == healthy else (str(row.condition[target]),)) for row in told)
    return replace(catalog, rows=tuple(rows))


def gear_states(roots: Sequence[Path]) -> Catalog:
    """Sets of pinions as one catalog, read as the corpus `uconn_gear`; each pinion is a specimen, its set a condition.

    Args:
        roots: data folders as `write_gear_states` makes them, beside one another.
    """
    rows: list[Row] = []
    for number, root in enumerate(roots, start=1):
        for row in load_corpus("uconn_gear", root):
            condition = {**row.condition, "gears": number}
            speed_rpm = 60 * run_of(int(row.condition["record"]), number).speed_hz
            rows.append(
                row.changed(
                    signal=f"{root.name}/{row.signal}",
                    source=f"{root.name}/{row.source}",
                    specimen=f"simulated {condition['state']}, {root.name}",
                    machine="simulated two-stage gearbox",
                    condition=condition,
                    speed_rpm=round(speed_rpm, 2),
                )
            )
    note = "the gear states are simulated, in the layout of the public set; no figure on them is one on recordings"
    return Catalog(tuple(rows), roots[0].parent, "simulated gear states", (note,))


def corpora_of(names: Sequence[str]) -> Catalog:
    """Public data sets as one catalog.

    Raises:
        CatalogError: when one of them is not there.
    """
    loaded = [load_corpus(name) for name in names]
    rows = tuple(row for catalog in loaded for row in catalog)
    notes = tuple(note for catalog in loaded for note in catalog.notes)
    return Catalog(rows, loaded[0].root, "+".join(names), notes)


def checked_key(key: str, catalog: Catalog) -> None:
    """Nothing, for a column or condition that some signal has.

    Raises:
        ConfigError: for any other; it would quietly leave nothing over.
    """
    known = dict.fromkeys(
        (
            *(field.name for field in fields(Row) if field.name not in MAPPINGS),
            *(name for row in catalog for name in row.condition),
        )
    )
    if key not in known:
        raise ConfigError(f"data.where.{key}: no signal has it{did_you_mean(key, known) or ''}")


def _nothing_kept(catalog: Catalog, where: Mapping[str, Sequence[str | float]]) -> str:
    """What to say where no signal is kept: the first key of which none has a wanted value, and the values there are."""
    for key, wanted in where.items():
        values = {value for row in catalog for value in _said(row, key) if value not in (None, "")}
        if not values & set(wanted):
            there = sorted(map(as_key, values), key=natural)
            more = f" and {len(there) - MOST_VALUES} more" if len(there) > MOST_VALUES else ""
            known = f"there are {', '.join(there[:MOST_VALUES])}{more}" if there else "this catalog states it of none"
            return f"data.where.{key}: no signal has {', '.join(map(as_key, wanted))}; {known}"
    return f"data.where: no signal fits all of {', '.join(where)} at once; leave one out"


def _said(row: Row, key: str) -> set[str | float | None]:
    """What a row says under a key: one value, or all of its labels."""
    value = row.condition[key] if key in row.condition else getattr(row, key, None)
    return set(value) if isinstance(value, tuple) else {value}
