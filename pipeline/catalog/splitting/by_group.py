"""By group: whole groups train or test, those named, a share of them, or each in its turn."""

from collections.abc import Sequence

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.row import Row
from pipeline.catalog.splitting.config import TIME_HALVES, SplitConfig
from pipeline.catalog.splitting.cuts import time_halves
from pipeline.catalog.splitting.deal import deal
from pipeline.catalog.splitting.folds import folds
from pipeline.catalog.splitting.groups import as_key, checked_groups, natural
from pipeline.catalog.splitting.sides import Split
from pipeline.errors import CatalogError, did_you_mean


def by_group(catalog: Catalog, config: SplitConfig) -> Split:
    """Some groups test, the others train; rows without the group as `rest` says.

    Raises:
        CatalogError: when no signal has the group, or a value named is not there, or none is left to train on.
    """
    assert config.group is not None
    groups, rest = checked_groups(catalog.rows, config.group)
    if config.test is not None:
        chosen = {name for value in config.test for name in named(groups, value, config.group)}
        told = f"{config.group} out: {', '.join(sorted(chosen))}"
    else:
        assert config.test_share is not None
        chosen = deal(groups, config.test_share, config.seed, config.group)
        told = f"{config.test_share:.0%} of each label's {config.group}s out, seed {config.seed}"
    train, test = in_halves(rest) if config.rest == TIME_HALVES else (tuple(rest), ())
    train += tuple(row for name, rows in groups.items() if name not in chosen for row in rows)
    test += tuple(row for name, rows in groups.items() if name in chosen for row in rows)
    if not train:
        raise CatalogError(f"split.test: names every {config.group} of this catalog, so none is left to train on")
    return Split(
        train, test, protocol=told + (f", the rest in {TIME_HALVES}" if rest and config.rest != "train" else "")
    )


def by_fold(catalog: Catalog, config: SplitConfig) -> Split:
    """One of `folds` folds by group; a row without the group goes with the others of its recording.

    Raises:
        CatalogError: when no signal has the group, there are fewer groups than folds, or no such fold.
    """
    assert config.group is not None
    assert config.folds is not None
    groups, _ = checked_groups(catalog.rows, config.group)
    made = folds(catalog.rows, config.folds, config.group, config.seed)
    if len(made) < config.folds:
        raise CatalogError(
            f"split.folds: {config.folds} folds need as many {config.group}s, and there are {len(groups)}; "
            "take fewer, or another group"
        )
    train, test = made[fold_named(config, config.folds) - 1]
    told = f"fold {config.fold} of {config.folds} by {config.group}, seed {config.seed}"
    return Split(tuple(train), tuple(test), protocol=told)


def by_one(catalog: Catalog, config: SplitConfig) -> Split:
    """One group tests, all others train; rows without the group as `rest` says.

    Raises:
        CatalogError: when no signal has the group, there is only one, or no such fold.
    """
    group = config.leave_one_out
    names = names_out(catalog, config)
    value = names[fold_named(config, len(names)) - 1]
    one = config.model_copy(update={"leave_one_out": None, "fold": None, "group": group, "test": [value]})
    made = by_group(catalog, one)
    return Split(made.train, made.test, protocol=f"{made.protocol} ({config.fold} of {len(names)})")


def names_out(catalog: Catalog, config: SplitConfig) -> list[str]:
    """The groups that are left out in turn, in an order that no catalog's order changes.

    Raises:
        CatalogError: when no signal has the group, or all have the same.
    """
    group = config.leave_one_out
    assert group is not None
    groups, _ = checked_groups(catalog.rows, group)
    if len(groups) < 2:
        raise CatalogError(f"split.leave_one_out: needs two {group}s or more, and there is only '{next(iter(groups))}'")
    return sorted(groups, key=natural)


def fold_named(config: SplitConfig, count: int) -> int:
    """The fold a config means.

    Raises:
        CatalogError: when it means none, or one there is not.
    """
    what = f"folds: {config.folds}" if config.folds else f"leave_one_out: {config.leave_one_out}"
    if config.fold is None:
        raise CatalogError(f"split: {what} makes {count} splits; say which with fold: 1 to {count}")
    if config.fold > count:
        raise CatalogError(f"split.fold: {what} makes {count} splits, got fold: {config.fold}")
    return config.fold


def named(groups: dict[str, list[Row]], value: float | str, group: str) -> list[str]:
    """The group a value of the config means.

    Raises:
        CatalogError: when there is none, with those there are.
    """
    text = as_key(value)
    found = [name for name in groups if name == str(value)] or [name for name in groups if as_key(name) == text]
    if not found:
        hint = did_you_mean(text, groups) or ";"
        raise CatalogError(f"split.test: no {group} '{text}'{hint} there are {', '.join(groups)}")
    return found


def in_halves(rows: Sequence[Row]) -> tuple[tuple[Row, ...], tuple[Row, ...]]:
    """Every signal's first half, and every signal's second half."""
    halves = [time_halves(row) for row in rows]
    return tuple(row for train, _ in halves for row in train), tuple(row for _, test in halves for row in test)
