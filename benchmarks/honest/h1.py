"""H1: the published bearing-wise protocol of the CWRU data, 144 signals and 100 splits."""

from typing import Literal

from honest.protocol import Protocol, ProtocolSplit, cut, placed
from pipeline.catalog.corpora import load_corpus
from pipeline.catalog.splitting.split import Split, SplitConfig, configs_of, split
from pipeline.errors import CatalogError
from pipeline.models.intake import Intake
from pipeline.progress import Tick, unwatched
from pipeline.training.window_set import WindowSet
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


def h1(
    tuning: bool = False, n_splits: int | None = None, per_signal: int = PER_SIGNAL, tick: Tick = unwatched
) -> Protocol:
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
    # A healthy bearing is on one side only, so it takes both sides to hold all signals.
    both = [split(catalog, SplitConfig(protocol=PROTOCOL, seed=4, side=side)) for side in SIDES]
    rows = {row.signal: row for one in both for row in (*one.train, *one.test)}
    ordered = sorted(rows.values(), key=lambda row: row.source)
    intake = INTAKE.model_copy(update={"window": INTAKE.window.model_copy(update={"per_signal": per_signal})})
    windows, labels = cut(catalog, ordered, intake, "multilabel", tick)
    splits = tuple(h1_split(config, sides, windows) for config, sides in made)
    return Protocol(windows, labels, "multilabel", intake, splits, made[0][1])


def h1_split(config: SplitConfig, sides: Split, windows: WindowSet) -> ProtocolSplit:
    """A split as places.

    Raises:
        CatalogError: when it is not of the published size.
    """
    if (len(sides.train), len(sides.test)) != SIGNALS:
        raise CatalogError(
            f"H1 has {SIGNALS} signals that train and test, {sides.protocol} has {len(sides.train)}, "
            f"{len(sides.test)}; check the corpus"
        )
    which = f"tuning fold {config.fold}" if config.fold else f"seed {config.seed}"
    return placed(f"{which} side {config.side}", sides, windows)
