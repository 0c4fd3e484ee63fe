"""Cuts: one recording divided in time, in samples of its file."""

from itertools import pairwise

from pipeline.catalog.row import Row


def equal_parts(row: Row, count: int) -> list[Row]:
    """A signal in parts of (nearly) equal length that follow one another and leave nothing out.

    Args:
        row: the signal; its length must be known.
        count: how many parts; fewer where it has fewer samples.

    Raises:
        CatalogError: when the length is not known.

    Example:
        >>> [part.span for part in equal_parts(Row("a", "a.wav", n_samples=10), 3)]
        [(0, 3), (3, 6), (6, 10)]
    """
    start, stop = row.span
    count = min(count, stop - start)
    edges = [start + (stop - start) * index // count for index in range(count + 1)]
    return [row.part(first, last) for first, last in pairwise(edges)]


def time_halves(row: Row) -> tuple[list[Row], list[Row]]:
    """The first and the second half of a signal, as (train, test); a single sample goes to train.

    Example:
        >>> train, test = time_halves(Row("a", "a.wav", n_samples=10))
        >>> train[0].span, test[0].span
        ((0, 5), (5, 10))
    """
    parts = equal_parts(row, 2)
    return parts[:1], parts[1:]
