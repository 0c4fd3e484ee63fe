"""Reasons: why files were put aside in a run, like ones together, for the person who began it."""

import re
from typing import NamedTuple

from pipeline.readers.places import Place, name_of

MOST = 10
"""So many reasons are told."""


class Like(NamedTuple):
    """Reasons that are alike: of how many files, and the first of them with its file."""

    files: int
    source: str
    reason: str


class Reasons:
    """Counts why files were put aside."""

    def __init__(self) -> None:
        self._alike: dict[str, Like] = {}

    def add(self, place: Place, source: str, reason: str) -> None:
        """One file more.

        Args:
            place: of the file.
            source: its path below the inbox.
            reason: why it was put aside; it may name the file.
        """
        said = reason.replace(str(place), source).removeprefix(f"{source}: ")
        key = re.sub(r"\d+", "0", said.replace(source, "").replace(name_of(place), ""))
        before = self._alike.get(key, Like(0, source, said))
        self._alike[key] = before._replace(files=before.files + 1)

    def lines(self, most: int = MOST) -> list[str]:
        """The commonest first, a line each with an example; the rest counted.

        Example:
            >>> reasons = Reasons()
            >>> for number in (3, 4):
            ...     url = f"s3://in/{number}.wav"
            ...     reasons.add(url, f"{number}.wav", f"{url}: holds {number} samples")
            >>> reasons.lines()
            ['2 quarantined, such as 3.wav: holds 3 samples']
        """
        found = sorted(self._alike.values(), key=lambda like: -like.files)
        told = [
            f"{like.files} quarantined{', such as' if like.files > 1 else ':'} {like.source}: {like.reason}"
            for like in found[:most]
        ]
        rest = sum(like.files for like in found[most:])
        return [*told, f"and {rest} more for {len(found) - most} other reasons"] if rest else told
