"""Channels: those of a file that a user asks for; all of them, where nobody asks."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from pipeline.signals.recording import pick_channel


def wanted_channels(names: Sequence[str], wanted: str | None, source: str) -> list[str]:
    """The channels that fit a name, a glob or a part of a name; all where nothing is asked for.

    Raises:
        FactError: when none fits, with the candidates.

    Example:
        >>> wanted_channels(["X105_DE_time", "X105_FE_time", "i"], "*_time", "105.mat")
        ['X105_DE_time', 'X105_FE_time']
    """
    if wanted is None or wanted in names:
        return list(names) if wanted is None else [wanted]
    found = [name for name in names if fnmatchcase(name, wanted)] or [name for name in names if wanted in name]
    return found or [pick_channel(names, wanted, source)]
