"""Progress: how long work tells whoever watches how far it is."""

from collections.abc import Callable

Tick = Callable[[str, int, int], None]
"""What is being done, how many are done, of how many."""


def unwatched(what: str, done: int, total: int) -> None:
    """The tick of work that nobody watches.

    Example:
        >>> unwatched("reading", 1, 2)
    """
