"""Limit: how long one file may take; a reader that never ends must not hold up all nights to come."""

from collections.abc import Callable
from typing import NamedTuple

TIMEOUT_S = 600.0


class Limit(NamedTuple):
    """How long one file may take, and what may be done about it.

    Attributes:
        seconds: from the first byte read to the answer; loading the model does not count.
        tell: told a line where the process that tells it can do nothing else.
        may_end: whether this process may be ended over a file that it reads itself. A command line's may, since the
            next run goes on; a notebook's may not.
    """

    seconds: float = TIMEOUT_S
    tell: Callable[[str], None] = lambda _: None
    may_end: bool = False


NO_HURRY = Limit()
