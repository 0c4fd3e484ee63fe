"""Split: which signals train and which test, decided before any window is cut."""

import csv
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from pipeline.catalog.auditing.leaks import shared_parts
from pipeline.catalog.catalog import Catalog
from pipeline.catalog.row import Row
from pipeline.catalog.splitting.cuts import equal_parts, time_halves
from pipeline.catalog.splitting.deal import deal
from pipeline.catalog.splitting.folds import folds
from pipeline.catalog.splitting.groups import as_key, checked_groups
from pipeline.catalog.splitting.protocols import PROTOCOLS
from pipeline.errors import CatalogError, did_you_mean

__all__ = ["LEAKY", "SAME_PART", "Split", "SplitConfig", "folds", "split", "write_split"]

SAME_PART = "same part"
LEAKY = "leaky"
TIME_HALVES = "time_halves"
LEAKY_SHARE = 1 / 3


class SplitConfig(BaseModel):
    """How a catalog is split: by a published protocol, by group, or (for the leak pair only) at random.

    Example:
        >>> SplitConfig(group="load", test=[50], same_specimen=True).test
        [50.0]
        >>> SplitConfig(protocol="cwru_bearingwise", seed=4, side="DE").seed
        4
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    protocol: str | None = Field(None, description="a published split by name")
    seed: int = Field(0, ge=0, description="which of the protocol's splits, or which groups go to test")
    side: Literal["DE", "FE"] | None = Field(None, description="protocols on CWRU: the healthy end that trains")
    fold: int | None = Field(None, ge=1, description="protocols with tuning folds: this one, in place of a seed")
    group: str | None = Field(
        None, description="specimen, machine, recording, condition, a condition's name such as load, or time_halves"
    )
    test: list[float | str] | None = Field(None, min_length=1, description="values of the group that test")
    test_share: float | None = Field(None, gt=0, lt=1, description="share of the groups that test, label by label")
    rest: Literal["time_halves", "train"] = Field("train", description="signals without the group: cut, or all train")
    same_specimen: bool = Field(False, description="declare that one part may be on both sides")
    leaky: bool = Field(False, description="random parts of every recording, to show what a leak is worth")
    parts: int = Field(10, ge=2, description="leaky: how many parts a recording is cut into")

    @field_validator("protocol")
    @classmethod
    def _known(cls, protocol: str | None) -> str | None:
        if protocol is not None and protocol not in PROTOCOLS:
            known = ", ".join(PROTOCOLS)
            raise ValueError(f"unknown protocol '{protocol}'{did_you_mean(protocol, PROTOCOLS) or ';'} known: {known}")
        return protocol

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = [name for name in ("protocol", "group") if getattr(self, name) is not None]
        if len(ways) > 1 or not (ways or self.leaky):
            raise ValueError(f"give one of protocol, group, leaky; got {' and '.join(ways) or 'none'}")
        if self.protocol is None and (self.side or self.fold):
            raise ValueError("side and fold belong to a protocol")
        if self.leaky and self.group:
            raise ValueError("leaky deals random parts of every recording; it takes no group")
        return self

    @model_validator(mode="after")
    def _one_choice(self) -> Self:
        choices = [name for name in ("test", "test_share") if getattr(self, name) is not None]
        if self.group in (None, TIME_HALVES):
            if self.test is not None or (choices and not self.leaky):
                raise ValueError(f"{' and '.join(choices)} belong to a group")
        elif len(choices) != 1:
            raise ValueError(
                f"group: {self.group} needs one of test and test_share; got {' and '.join(choices) or 'none'}"
            )
        return self


@dataclass(frozen=True)
class Split:
    """Which signals train, which test, and which are left out.

    Attributes:
        train, test: signals or parts of signals; parts of one keep its id.
        unused: what takes no part (unlabelled signals, and what a protocol leaves out).
        protocol: how it was made, in one line.
        stamps: "same part" where one part is on both sides, "leaky" for random parts.
        root: where relative sources start.
    """

    train: tuple[Row, ...]
    test: tuple[Row, ...]
    unused: tuple[Row, ...] = ()
    protocol: str = ""
    stamps: tuple[str, ...] = ()
    root: Path = Path()

    @property
    def sides(self) -> tuple[tuple[str, tuple[Row, ...]], ...]:
        """Each side with its name."""
        return ("train", self.train), ("test", self.test), ("unused", self.unused)


def split(catalog: Catalog, config: SplitConfig | None) -> Split:
    """Split a catalog; unlabelled signals are never used.

    Whether it leaks is for `pipeline.catalog.auditing.audit.audit` to say.

    Args:
        catalog: the signals.
        config: how; None trains on everything.

    Raises:
        CatalogError: when a value, a group or a signal that the config needs is not in the catalog.

    Example:
        >>> rows = [Row(f"{n}", f"{n}.wav", labels=("ball",), condition={"load": n}) for n in (0, 50)]
        >>> made = split(Catalog(tuple(rows), Path()), SplitConfig(group="load", test=[50], same_specimen=True))
        >>> [row.signal for row in made.train], [row.signal for row in made.test], made.stamps
        (['0'], ['50'], ('same part',))
    """
    labelled = catalog.where(lambda row: bool(row.labels))
    made = by_config(labelled, config)
    used = {row.signal for row in (*made.train, *made.test)}
    return Split(
        train=made.train,
        test=made.test,
        unused=tuple(row for row in catalog if row.signal not in used),
        protocol=made.protocol,
        stamps=stamps_of(made, leaky=config is not None and config.leaky),
        root=catalog.root,
    )


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
    if config.group == TIME_HALVES:
        return Split(*in_halves(catalog.rows), protocol="first half of every recording trains, second half tests")
    return by_group(catalog, config)


def by_group(catalog: Catalog, config: SplitConfig) -> Split:
    """Some groups test, the others train; rows without the group as `rest` says."""
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


def at_random(rows: Sequence[Row], config: SplitConfig, where: str = "") -> Split:
    """Every recording in equal parts that are dealt at random: the field's usual split, and a leak."""
    chance = random.Random(config.seed)
    share = config.test_share or LEAKY_SHARE
    train: list[Row] = []
    test: list[Row] = []
    for row in rows:
        parts = equal_parts(row, config.parts)
        count = min(max(1, round(share * len(parts))), len(parts) - 1)
        tested = set(chance.sample(range(len(parts)), count))
        test += [part for index, part in enumerate(parts) if index in tested]
        train += [part for index, part in enumerate(parts) if index not in tested]
    told = f"random parts{where}: {config.parts} per recording, {share:.0%} test, seed {config.seed}"
    return Split(tuple(train), tuple(test), protocol=told)


def write_split(made: Split, path: Path) -> None:
    """Write `split.csv`: one line per signal or part, with its side."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file, lineterminator="\n")
        table.writerow(("signal", "specimen", "labels", "side", "start", "stop"))
        for side, rows in made.sides:
            for row in rows:
                stop = row.stop if row.stop is not None else row.n_samples
                table.writerow(
                    (row.signal, row.specimen, "|".join(row.labels), side, row.start, "" if stop is None else stop)
                )
