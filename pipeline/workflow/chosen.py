"""Chosen: the signals that a run's config names, of a catalog or of public data sets."""

from collections.abc import Sequence
from dataclasses import fields, replace

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.corpora import load_corpus
from pipeline.catalog.labellers import by_agreement
from pipeline.catalog.row import Row
from pipeline.catalog.splitting.protocols import PROTOCOLS
from pipeline.config import RunConfig
from pipeline.errors import ConfigError, did_you_mean

MAPPINGS = ("condition", "label_shares")
"""Fields of a row that hold several values by name; nothing can equal them."""


def signals_of(config: RunConfig) -> Catalog:
    """The catalog a config names, with its `protocol` and `where` applied.

    Raises:
        CatalogError: when the corpus or file is not there.
    """
    data = config.data
    catalog = corpora_of(data.corpora) if data.corpora else Catalog.read(data.catalog or "")
    take_part = PROTOCOLS[data.protocol].signals if data.protocol else None
    if take_part is not None:
        catalog = replace(catalog, rows=tuple(take_part(catalog)))
    for key in data.where:
        checked_key(key, catalog)
    kept = catalog.where(lambda row: all(_said(row, key) & set(wanted) for key, wanted in data.where.items()))
    return by_agreement(kept) if data.target == "agreement" else kept


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


def _said(row: Row, key: str) -> set[str | float | None]:
    """What a row says under a key: one value, or all of its labels."""
    value = row.condition[key] if key in row.condition else getattr(row, key, None)
    return set(value) if isinstance(value, tuple) else {value}
