"""Figure names: a file name of its own for every figure of a run, whatever recordings and channels are called."""

import re


def free_name(name: str, taken: set[str], ending: str = ".png") -> str:
    """A file name that no other figure of this run has; it is taken from then on.

    Args:
        name: of recording and channel, which may hold anything.
        taken: names given away before.
        ending: of the file.

    Example:
        >>> free_name("../pump 1.wav", {".._pump_1.wav.png"})
        '.._pump_1.wav-2.png'
    """
    safe = re.sub(r"[^\w.\-]+", "_", name, flags=re.ASCII)[:120]
    free, k = f"{safe}{ending}", 2
    while free in taken:
        free, k = f"{safe}-{k}{ending}", k + 1
    taken.add(free)
    return free
