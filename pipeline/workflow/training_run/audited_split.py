"""Audited split: one with the proof that nothing leaks, from its rows and, on request, from its samples."""

from functools import partial

from pipeline.catalog.auditing.audit import Audit, audit
from pipeline.catalog.auditing.samples import audit_samples
from pipeline.catalog.catalog import Catalog
from pipeline.catalog.opening import open_row
from pipeline.catalog.splitting.split import Split, SplitConfig, split
from pipeline.progress import Tick, unwatched


def audited(
    catalog: Catalog, config: SplitConfig | None, samples: bool = False, tick: Tick = unwatched
) -> tuple[Split, Audit]:
    """Which signals train and which test, and the proof that nothing leaks.

    Args:
        catalog: the signals.
        config: how to split; None trains on everything.
        samples: whether to walk through every signal for copies on both sides, and for shortcuts.
        tick: told of progress.

    Raises:
        CatalogError: when the split cannot be made.
        LeakError: when a specimen, or the same samples, are on both sides.
    """
    sides = split(catalog, config)
    same, leaky = (config.same_specimen, config.leaky) if config else (False, False)
    found = audit(sides, same_specimen=same, leaky=leaky)
    if samples:
        found = found.with_samples(audit_samples(sides, partial(open_row, root=sides.root), leaky, tick))
    return sides, found
