"""Held out: specimens of the training side that teach nothing, so that their loss tells when to stop.

Never the test side: what stops training has been looked at.
"""

from collections import Counter

from pipeline.catalog.row import Row
from pipeline.catalog.splitting.deal import deal, labels_of
from pipeline.catalog.splitting.groups import part_of
from pipeline.errors import CatalogError, ConfigError
from pipeline.training.regime import FitConfig
from pipeline.training.window_set import WindowSet

USUAL_SHARE = 0.2
ENOUGH_SPECIMENS = 10
"""Of every label, before a share is held out unasked: a fifth is then two specimens a label or more. The loss of a
single one says more about which it was than about the epoch, and costs a fifth of what there is to learn from."""


def held_out(windows: WindowSet, fit: FitConfig, seed: int) -> tuple[list[int], list[int]]:
    """Which signals teach, and which only watch: whole specimens, about the same share of every label.

    Args:
        windows: the training side.
        fit: `validation`, the share; without one a fifth, where `patience` asks for it or there are specimens enough.
        seed: which specimens.

    Returns:
        Places of signals, both in order; none watch where nothing is held out.

    Raises:
        ConfigError: when a share is asked for and no label has two specimens.
    """
    groups = specimens_of(windows.rows)
    share = fit.validation
    if share is None:
        share = USUAL_SHARE if fit.patience is not None or plenty(groups) else 0.0
    if not share:
        return list(range(len(windows.rows))), []
    try:
        chosen = deal(groups, share, seed, "specimen")
    except CatalogError:
        raise ConfigError(
            f"fit.validation: {share:g} of the specimens are to be held out of training, and no label has two; "
            "add specimens, or set fit.validation: 0 and leave fit.patience out"
        ) from None
    watching = {id(row) for name in chosen for row in groups[name]}
    places = range(len(windows.rows))
    return (
        [place for place in places if id(windows.rows[place]) not in watching],
        [place for place in places if id(windows.rows[place]) in watching],
    )


def specimens_of(rows: tuple[Row, ...]) -> dict[str, list[Row]]:
    """Rows by the part they listen to; a row whose part nobody named goes with the others of its recording.

    Example:
        >>> list(specimens_of((Row("a", "a.wav", specimen="pump"), Row("b", "b.wav"))))
        ['specimen pump', 'recording b.wav']
    """
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(" ".join(part_of(row)), []).append(row)
    return groups


def plenty(groups: dict[str, list[Row]]) -> bool:
    """Whether every label has specimens enough to spare some unasked.

    Example:
        >>> plenty({"a": [Row("a", "a.wav", labels=("ball",))]})
        False
    """
    count = Counter(label for rows in groups.values() for label in labels_of(rows))
    return bool(count) and min(count.values()) >= ENOUGH_SPECIMENS
