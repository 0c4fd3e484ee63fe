"""H1's windows, cut once, and its splits as places among them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.corpora import load_corpus
from pipeline.catalog.opening import open_row
from pipeline.catalog.row import Row
from pipeline.catalog.splitting.split import Split, SplitConfig, configs_of, split
from pipeline.errors import CatalogError
from pipeline.models.intake import Intake
from pipeline.progress import Tick, unwatched
from pipeline.training.window_set import WindowSet, collect, labels_of
from pipeline.windows import WindowConfig

PROTOCOL = "cwru_bearingwise"
TUNING_FOLDS = (1, 2, 3)
SIGNALS = (72, 36)
"""Signals that train and that test, in every split."""
SIDES: tuple[Literal["DE", "FE"], ...] = ("DE", "FE")
PER_SIGNAL = 10
INTAKE = Intake(
    rate_hz=12000.0,
    window=WindowConfig(samples=12000, per_signal=PER_SIGNAL),
    needs=("orders", "rate_hz", "speed_hz"),
)
"""What the protocol asks of every signal, for any image."""


@dataclass(frozen=True)
class H1Split:
    """One split of the protocol.

    Attributes:
        config: which one it is.
        train, test: places of its signals among those of `H1.windows`, ascending.
        specimens: how many parts train.
    """

    config: SplitConfig
    train: Tensor
    test: Tensor
    specimens: int

    def told(self) -> str:
        """Its name, such as "seed 4 side DE"."""
        which = f"tuning fold {self.config.fold}" if self.config.fold else f"seed {self.config.seed}"
        return f"{which} side {self.config.side}"


@dataclass(frozen=True)
class H1:
    """All windows of the protocol, and the splits to score.

    Attributes:
        windows: of the 144 signals, at their nominal speeds.
        labels: names of the columns of every score.
        splits: as many as were asked for.
        sides: the first of them as the package makes it; a config is resolved on it.
    """

    windows: WindowSet
    labels: tuple[str, ...]
    splits: tuple[H1Split, ...]
    sides: Split

    def places(self, signals: Tensor) -> Tensor:
        """Places of these signals' windows among all windows, ascending."""
        return torch.isin(self.windows.signal_of_window, signals).nonzero().flatten()

    def told(self) -> str:
        """The sizes and speeds found; one line, as every split must have the same."""
        sizes = {(one.specimens, *(len(self.places(side)) for side in (one.train, one.test))) for one in self.splits}
        speeds = sorted({row.speed_rpm for row in self.windows.rows if row.speed_rpm is not None}, reverse=True)
        counted = "; or ".join(
            f"{SIGNALS[0]} signals ({train} windows) of {specimens} specimens train, {SIGNALS[1]} ({test}) test"
            for specimens, train, test in sorted(sizes)
        )
        return f"every split: {counted}; nominal speeds {', '.join(f'{speed:g}' for speed in speeds)} rpm"


def h1(tuning: bool = False, n_splits: int | None = None, per_signal: int = PER_SIGNAL, tick: Tick = unwatched) -> H1:
    """Open the 144 signals, cut their windows, and make the splits.

    Args:
        tuning: the three tuning folds on both sides, instead of the 100 reported splits.
        n_splits: the first so many; all if absent.
        per_signal: windows a signal gives; the protocol has 10.
        tick: told of progress.

    Raises:
        CatalogError: when recordings are missing or cannot be used, or a split is not of the published size.
    """
    catalog = load_corpus("cwru")
    named = [{"fold": fold} for fold in TUNING_FOLDS] if tuning else [{}]
    wanted = [one for name in named for one in configs_of(catalog, SplitConfig(protocol=PROTOCOL, **name)) if one]
    made = [(config, split(catalog, config)) for config in wanted[:n_splits]]
    windows, labels = cut(catalog, per_signal, tick)
    place = {row.signal: index for index, row in enumerate(windows.rows)}
    return H1(windows, labels, tuple(placed(config, sides, place) for config, sides in made), made[0][1])


def cut(catalog: Catalog, per_signal: int, tick: Tick) -> tuple[WindowSet, tuple[str, ...]]:
    """The windows of all signals that any split uses, and the labels."""
    # A healthy bearing is on one side only, so it takes both sides to hold all signals.
    both = [split(catalog, SplitConfig(protocol=PROTOCOL, seed=4, side=side)) for side in SIDES]
    rows = {row.signal: row for one in both for row in (*one.train, *one.test)}
    labels = labels_of(rows.values(), "multilabel")
    intake = INTAKE.model_copy(update={"window": INTAKE.window.model_copy(update={"per_signal": per_signal})})
    ordered = sorted(rows.values(), key=lambda row: row.source)
    windows = collect(ordered, lambda row: open_row(row, catalog.root), intake, labels, "multilabel", tick)
    if windows.skipped:
        row, reason = windows.skipped[0]
        raise CatalogError(f"H1 needs all its signals; {len(windows.skipped)} cannot be used, {row.signal}: {reason}")
    return windows, labels


def placed(config: SplitConfig, sides: Split, place: Mapping[str, int]) -> H1Split:
    """A split as places.

    Raises:
        CatalogError: when it is not of the published size.
    """
    if (len(sides.train), len(sides.test)) != SIGNALS:
        raise CatalogError(
            f"H1 has {SIGNALS} signals that train and test, {sides.protocol} has {len(sides.train)}, "
            f"{len(sides.test)}; check the corpus"
        )
    train, test = (torch.tensor(sorted(place[row.signal] for row in side)) for side in (sides.train, sides.test))
    return H1Split(config, train, test, len({specimen(row) for row in sides.train}))


def specimen(row: Row) -> str:
    """The part a signal listens to."""
    return row.specimen or row.signal
