"""Samples audit: what only the samples tell of a split: copies on both sides, and shortcuts."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from pipeline.catalog.auditing.anchored import Anchored, anchored
from pipeline.catalog.auditing.copies import Copy, copies
from pipeline.catalog.auditing.cues import Walk, cues_of
from pipeline.catalog.auditing.exact import exact
from pipeline.catalog.auditing.shortcuts import Heard, Shortcut, shortcuts
from pipeline.catalog.row import Row
from pipeline.catalog.splitting.sides import Split
from pipeline.errors import FaultprintError, LeakError
from pipeline.progress import Tick, unwatched
from pipeline.signals.signal import Signal


@dataclass(frozen=True)
class SampleAudit:
    """What the samples of both sides tell.

    Attributes:
        duplicates: pairs of signals, one on each side, that hold the same samples; in leaky splits only.
        shortcuts: one per cue of the recordings that varies, told or not.
        skipped: signals that could not be opened, each with the reason.
    """

    duplicates: tuple[Copy, ...] = ()
    shortcuts: tuple[Shortcut, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a user must know, one line each."""
        told = (*(copy.told for copy in self.duplicates), *(one.told for one in self.shortcuts if one.told))
        count = len(self.skipped)
        if not count:
            return told
        signal, reason = self.skipped[0]
        which = f"{signal}: {reason}" if count == 1 else f"the first is {signal}: {reason}"
        return (*told, f"{count} signal{'s' * (count > 1)} could not be opened for the audit; {which}")

    def to_dict(self) -> dict[str, Any]:
        """As plain values, ready for JSON.

        Example:
            >>> SampleAudit().to_dict()
            {'duplicates': [], 'shortcuts': [], 'unread': []}
        """
        return {
            "duplicates": [asdict(copy) for copy in self.duplicates],
            "shortcuts": [asdict(one) for one in self.shortcuts],
            "unread": [{"signal": signal, "reason": reason} for signal, reason in self.skipped],
        }


def audit_samples(
    split: Split, open_signal: Callable[[Row], Signal], leaky: bool = False, tick: Tick = unwatched
) -> SampleAudit:
    """Walk once through every signal of both sides; one is held at a time, and its hashes are kept.

    Args:
        split: the sides.
        open_signal: from a row to its signal.
        leaky: whether the config declares that samples may be on both sides.
        tick: told of progress.

    Raises:
        LeakError: naming two signals that hold the same samples on both sides, unless `leaky`.

    Example:
        >>> import numpy as np
        >>> noise = np.random.default_rng(0).standard_normal(20000)
        >>> heard = {"a.wav": Signal(noise), "b.wav": Signal(1 - 2 * noise)}
        >>> a, b = (Row(name, f"{name}.wav", specimen=name, labels=("ball",)) for name in "ab")
        >>> audit_samples(Split((a,), (b,)), lambda row: heard[row.source])
        Traceback (most recent call last):
        ...
        pipeline.errors.LeakError: at least 100 % of 'b', which tests, is a copy of samples of 'a', which trains; ...
    """
    found: dict[str, list[tuple[Row, Anchored]]] = {"train": [], "test": []}
    heard: list[Heard] = []
    skipped: list[tuple[str, str]] = []
    rows = [(side, row) for side, rows in split.sides if side in found for row in rows]
    for done, (side, row) in enumerate(rows):
        tick("auditing samples", done, len(rows))
        try:
            signal = open_signal(row)
            walk = Walk()
            hashes = anchored(walk.watching(signal.blocks()))
            found[side].append((row, hashes if hashes.n_anchors else exact(signal)))
            cues = cues_of(row, signal, walk)
        except FaultprintError as error:
            skipped.append((row.signal, str(error)))
            continue
        heard += [Heard(row, side, cues)] if cues else []
    tick("auditing samples", len(rows), len(rows))
    shared = copies(found["train"], found["test"])
    if shared and not leaky:
        raise LeakError(f"{shared[0].told}{more(len(shared))}; leave one of them out")
    return SampleAudit(shared, shortcuts(heard) if split.test else (), tuple(skipped))


def more(count: int) -> str:
    """How many pairs there are besides the first.

    Example:
        >>> more(1), more(3)
        ('', ' (and 2 more pairs)')
    """
    return f" (and {count - 1} more pair{'s' * (count > 2)})" if count > 1 else ""
