"""Summary: what a run did, counted."""

from dataclasses import dataclass


@dataclass
class Summary:
    """What a run did, in files; and of how many alarms it told.

    Attributes:
        diagnosed: with at least one signal that could be used.
        quarantined: put aside, with the reason in their rows.
        copies: of a file that was diagnosed already.
        unchanged: known as they are, and not read.
        left: for the next run: still being written, changed while they were read, or not come to.
        unfit: that no store can keep, by their names.
        listed: in the inbox altogether, whichever the run is for.
        told: alarms of which everybody was told who is to be told.
        untold: alarms of which somebody was not; the next run tells them again.
        older: changed before the time asked for.
    """

    diagnosed: int = 0
    quarantined: int = 0
    copies: int = 0
    unchanged: int = 0
    left: int = 0
    unfit: int = 0
    listed: int = 0
    told: int = 0
    untold: int = 0
    older: int = 0
