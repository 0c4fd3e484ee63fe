"""Patience: work on a far server that is given up when it shows no sign of life."""

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from typing import TypeVar

T = TypeVar("T")


def patiently(work: Callable[[], T], patience_s: float, sign: Callable[[], int] = lambda: 0) -> T:
    """What `work` returns or raises.

    Args:
        work: runs in a thread of its own, which is left alone when patience ends and dies with the process.
        patience_s: how long to wait without a sign of life.
        sign: a number that changes as long as the work gets on.

    Raises:
        TimeoutError: when patience ended.

    Example:
        >>> patiently(lambda: 7, patience_s=5)
        7
    """
    outcome: Future[T] = Future()
    threading.Thread(target=_run, args=(work, outcome), daemon=True, name="faultprint-fetch").start()
    seen = sign()
    while not wait([outcome], patience_s).done:
        if sign() == seen:
            raise TimeoutError(f"no answer within {patience_s:g} s")
        seen = sign()
    return outcome.result()


def _run(work: Callable[[], T], outcome: "Future[T]") -> None:
    try:
        outcome.set_result(work())
    except BaseException as error:
        outcome.set_exception(error)
