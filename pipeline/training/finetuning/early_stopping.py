"""Early stopping: which epoch was best on specimens that taught nothing, and when waiting for a better one is over."""

from collections.abc import Mapping, Sequence

from pipeline.training.regime import FitConfig

Row = Mapping[str, float]


def best_epoch(rows: Sequence[Row]) -> int | None:
    """Place of the epoch with the lowest validation loss, the first of equals; None where nothing was held out.

    Example:
        >>> best_epoch([{"validation_loss": 0.5}, {"validation_loss": 0.3}, {"validation_loss": 0.4}])
        1
        >>> best_epoch([{"loss": 0.5}])
    """
    if not rows or "validation_loss" not in rows[-1]:
        return None
    return min(range(len(rows)), key=lambda place: rows[place]["validation_loss"])


def is_over(rows: Sequence[Row], fit: FitConfig) -> bool:
    """Whether training ends after these epochs.

    Example:
        >>> rows = [{"validation_loss": 0.3}, {"validation_loss": 0.4}, {"validation_loss": 0.5}]
        >>> is_over(rows, FitConfig(epochs=9, patience=2)), is_over(rows, FitConfig(epochs=9, patience=3))
        (True, False)
    """
    best = best_epoch(rows)
    waited = 0 if best is None else len(rows) - 1 - best
    return len(rows) >= fit.epochs or (fit.patience is not None and waited >= fit.patience)
