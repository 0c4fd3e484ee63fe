"""H5: all 144 signals of H1 train, and other machines test as they are: only their geometry and speed are given."""

from honest.hit_sm import ALL_WINDOWS
from honest.one_window_set import proven
from honest.protocol import Protocol, cut
from pipeline.catalog.catalog import Catalog
from pipeline.catalog.corpora import load_corpus
from pipeline.catalog.splitting.split import Split, SplitConfig, split
from pipeline.errors import CatalogError
from pipeline.models.intake import Intake
from pipeline.progress import Tick, unwatched

TARGETS = {"mfpt": "MFPT", "hit_sm": "HIT-SM"}
"""Corpus -> what its machine is called in tables."""
SOURCE_INTAKE: Intake = ALL_WINDOWS
"""All whole seconds; a signal of H1 holds ten of them, as the protocol takes."""


def cross_machine(per_signal: int | None = None, tick: Tick = unwatched) -> Protocol:
    """Open CWRU's signals and those of the other machines at hand, and make one split per machine.

    Args:
        per_signal: windows a signal gives at most; all whole seconds if absent.
        tick: told of progress.

    Returns:
        Splits named "MFPT" and "HIT-SM".

    Raises:
        CatalogError: when CWRU is not complete, or no other machine is there.
    """
    made = machines_out()
    catalog, sides = next(iter(made.values()))
    intake = SOURCE_INTAKE.model_copy(
        update={"window": SOURCE_INTAKE.window.model_copy(update={"per_signal": per_signal or 10})}
    )
    rows = {row.signal: row for _, one in made.values() for row in (*one.train, *one.test)}
    windows, labels = cut(catalog, list(rows.values()), intake, "multilabel", tick)
    splits = tuple(proven(TARGETS[name], one, windows, same_specimen=False) for name, (_, one) in made.items())
    return Protocol(windows, labels, "multilabel", intake, splits, sides)


def machines_out() -> dict[str, tuple[Catalog, Split]]:
    """Corpus -> both catalogs together, and the split that tests on it; machines that are not at hand are left out.

    Raises:
        CatalogError: when none is.
    """
    made, lacking = {}, []
    for name in TARGETS:
        try:
            other = load_corpus(name)
        except CatalogError as error:
            lacking.append(str(error))
            continue
        source = load_corpus("cwru")
        both = Catalog((*source.rows, *other.rows), source.root)
        made[name] = both, split(both, SplitConfig(protocol="cross_machine"))
    if not made:
        raise CatalogError("; ".join(lacking))
    return made
