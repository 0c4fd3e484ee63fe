"""Asked: what scripts on CWRU windows take from the command line besides the flags of every script."""

import argparse
from collections.abc import Callable, Iterable
from functools import cache, partial
from typing import Any

from ledger import count

from honest.h1 import PER_SIGNAL
from honest.methods import Made, Method
from honest.protocol import Protocol
from honest.resumable import Resumable
from honest.resumable import flag as resume
from pipeline.errors import FaultprintError

N_SPLITS = 20
QUICK_SPLITS, QUICK_WINDOWS = 4, 2


def flags(parser: argparse.ArgumentParser) -> None:
    """Which methods, how many threads, and whether to resume."""
    parser.add_argument("--threads", type=count, default=2)
    parser.add_argument("--only", default="", help="rows whose image and method hold this, such as 'stft pixels'")
    resume(parser)


def h1_flags(parser: argparse.ArgumentParser) -> None:
    """The same, and how many of H1's 100 splits."""
    flags(parser)
    parser.add_argument("--splits", type=count, help=f"the first so many of the 100; {N_SPLITS} if absent")


def n_splits(options: argparse.Namespace) -> int:
    """How many of H1's splits."""
    return int(options.splits or (QUICK_SPLITS if options.quick else N_SPLITS))


def per_signal(options: argparse.Namespace) -> int:
    """Windows a signal gives."""
    return QUICK_WINDOWS if options.quick else PER_SIGNAL


def chosen(options: argparse.Namespace, methods: Iterable[Method]) -> list[Method]:
    """The methods asked for.

    Raises:
        SystemExit: when there is none, with those there are.
    """
    kept = {method: f"{method.image} {method.name}" for method in methods if method.quick or not options.quick}
    found = [method for method, named in kept.items() if options.only in named]
    if not found:
        among = " that --quick takes" if options.quick else ""
        raise SystemExit(f"--only '{options.only}' is in no row{among}; there are: {'; '.join(kept.values())}")
    return found


Named = tuple[dict[str, Any], Callable[[Callable[[], Made]], dict[str, Any]]]
"""Columns that tell a row from others, and what computes the rest from a method, which is made on the first call."""


def add_rows(ledger: Resumable, setting: Protocol, method: Method, rows: Iterable[Named]) -> None:
    """All rows of one method; its features are made once, and only where a row is not there yet.

    Args:
        ledger: takes the rows; a method that cannot be had becomes a note.
        setting: the windows it is made for.
        method: which.
        rows: columns that name a row, and what computes the others.
    """
    made = cache(lambda: method.make(setting))
    for name, compute in rows:
        try:
            told = {"method": method.name, "image": method.image, **name}
            ledger.once(told, partial(compute, made))
        except FaultprintError as error:
            ledger.note(f"no row: {method.image}, {method.name}: {error}")
            return
