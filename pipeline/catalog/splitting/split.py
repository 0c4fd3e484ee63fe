"""Split: which signals train and which test, decided before any window is cut."""

from collections.abc import Iterator

from pipeline.catalog.auditing.leaks import shared_parts
from pipeline.catalog.catalog import Catalog
from pipeline.catalog.splitting.at_random import at_random
from pipeline.catalog.splitting.by_group import by_fold, by_group, by_one, in_halves, names_out
from pipeline.catalog.splitting.config import TIME_HALVES, SplitConfig
from pipeline.catalog.splitting.folds import folds
from pipeline.catalog.splitting.protocols import PROTOCOLS
from pipeline.catalog.splitting.sides import LEAKY, SAME_PART, Split, write_split

__all__ = ["LEAKY", "SAME_PART", "Split", "SplitConfig", "configs_of", "folds", "split", "splits", "write_split"]


def split(catalog: Catalog, config: SplitConfig | None) -> Split:
    """Split a catalog; unlabelled signals are never used.

    Whether it leaks is for `pipeline.catalog.auditing.audit.audit` to say.

    Args:
        catalog: the signals.
        config: how; None trains on everything.

    Raises:
        CatalogError: when a value, a group or a signal that the config needs is not in the catalog, or when it means
            several splits and says not which; see `splits`.

    Example:
        >>> from pathlib import Path
        >>> from pipeline.catalog.row import Row
        >>> rows = [Row(f"{n}", f"{n}.wav", labels=("ball",), condition={"load": n}) for n in (0, 50)]
        >>> made = split(Catalog(tuple(rows), Path()), SplitConfig(group="load", test=[50], same_specimen=True))
        >>> [row.signal for row in made.train], [row.signal for row in made.test], made.stamps
        (['0'], ['50'], ('same part',))
    """
    made = by_config(labelled(catalog), config)
    used = {row.signal for row in (*made.train, *made.test)}
    return Split(
        train=made.train,
        test=made.test,
        unused=tuple(row for row in catalog if row.signal not in used),
        protocol=made.protocol,
        stamps=stamps_of(made, leaky=config is not None and config.leaky),
        root=catalog.root,
    )


def splits(catalog: Catalog, config: SplitConfig | None) -> Iterator[Split]:
    """Every split that a config means: all folds, every group left out in turn, all of a protocol's that fit it.

    Raises:
        CatalogError: as `split`.

    Example:
        >>> from pathlib import Path
        >>> from pipeline.catalog.row import Row
        >>> rows = [Row(f"{n}", f"{n}.wav", specimen=f"pump {n}", labels=("ball",)) for n in range(3)]
        >>> for made in splits(Catalog(tuple(rows), Path()), SplitConfig(leave_one_out="specimen")):
        ...     made.protocol
        'specimen out: pump 0 (1 of 3)'
        'specimen out: pump 1 (2 of 3)'
        'specimen out: pump 2 (3 of 3)'
    """
    return (split(catalog, one) for one in configs_of(catalog, config))


def configs_of(catalog: Catalog, config: SplitConfig | None) -> list[SplitConfig | None]:
    """One config per split that `splits` makes, each complete in itself.

    Example:
        >>> from pathlib import Path
        >>> [one.fold for one in configs_of(Catalog((), Path()), SplitConfig(group="specimen", folds=3))]
        [1, 2, 3]
    """
    if config is None or config.leaky:
        return [config]
    if config.protocol is not None:
        return list(PROTOCOLS[config.protocol].every(catalog, config))
    if config.fold is not None or not (config.folds or config.leave_one_out):
        return [config]
    count = config.folds or len(names_out(labelled(catalog), config))
    return [config.model_copy(update={"fold": index + 1}) for index in range(count)]


def labelled(catalog: Catalog) -> Catalog:
    """The signals that can train or test."""
    return catalog.where(lambda row: bool(row.labels))


def stamps_of(made: Split, leaky: bool) -> tuple[str, ...]:
    """What every output of this split must say."""
    if leaky:
        return (LEAKY,)
    return (SAME_PART,) if shared_parts(made.train, made.test) else ()


def by_config(catalog: Catalog, config: SplitConfig | None) -> Split:
    """The two sides, by whichever way the config names."""
    if config is None:
        return Split(catalog.rows, (), protocol="none: everything trains")
    if config.protocol is not None:
        made = PROTOCOLS[config.protocol](catalog, config)
        return at_random((*made.train, *made.test), config, f" of {made.protocol}") if config.leaky else made
    if config.leaky:
        return at_random(catalog.rows, config)
    if config.leave_one_out is not None:
        return by_one(catalog, config)
    if config.group == TIME_HALVES:
        return Split(*in_halves(catalog.rows), protocol="first half of every recording trains, second half tests")
    return by_fold(catalog, config) if config.folds else by_group(catalog, config)
