"""Names: what a file's own words say against its name, and channels that do not belong together."""

import re
from collections.abc import Sequence
from pathlib import PurePath

from pipeline.signals.quality.finding import Finding

NUMBERED_FILE = re.compile(r"[A-Za-z]{0,2}_?0*(\d+)")
NUMBERED_NAME = re.compile(r"[A-Za-z]{0,2}0*(\d{2,})_?[A-Za-z].*")
"""A record's number at the front of a variable, as in `X173_DE_time`; one digit alone counts channels (`a1`)."""


def foreign_names(source: str, names: Sequence[str]) -> Finding | None:
    """Variables that carry another record's number than the file: a wrong export, or a renamed file.

    Args:
        source: the file.
        names: of its channels.

    Example:
        >>> foreign_names("174.mat", ["X173_DE_time", "X173_FE_time"]).message
        'the number in the variable names (173: X173_DE_time) is not the number in the file name (174)'
        >>> foreign_names("97.mat", ["X097_DE_time"]) is None
        True
    """
    named = NUMBERED_FILE.fullmatch(PurePath(source).name.partition(".")[0])
    numbers = {match[1]: name for name in reversed(names) if (match := NUMBERED_NAME.fullmatch(name))}
    if not named or len(numbers) != 1 or named[1] in numbers:
        return None
    ((number, example),) = numbers.items()
    told = f"the number in the variable names ({number}: {example}) is not the number in the file name ({named[1]})"
    return Finding("foreign_names", told, numbers={"names": int(number), "file": int(named[1])})


def unlike_lengths(lengths: Sequence[tuple[str, int]]) -> Finding | None:
    """Channels of unlike length: not all of them were recorded together, and some may be no signal at all.

    Args:
        lengths: name and number of samples of each channel.

    Example:
        >>> unlike_lengths([("i", 10000), ("DE", 121351), ("FE", 121351)]).message
        'channels of unlike length: i has 10000 samples, others 121351; name the one meant with --channel'
    """
    counts = [count for _, count in lengths]
    # Of equally frequent lengths the longest is the recording.
    usual = max(set(counts), key=lambda count: (counts.count(count), count), default=0)
    odd = [f"{name} has {count} samples" for name, count in lengths if count != usual]
    if not odd:
        return None
    few = ", ".join(odd[:3]) + (f" and {len(odd) - 3} more" if len(odd) > 3 else "")
    told = f"channels of unlike length: {few}, others {usual}; name the one meant with --channel"
    return Finding("unlike_lengths", told, numbers={"odd": len(odd), "usual": usual})
