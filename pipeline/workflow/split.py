"""Split: which signals of a config train and which test, with the proof that nothing leaks."""

from collections.abc import Iterator

from pipeline.catalog.auditing.audit import Audit
from pipeline.catalog.splitting.split import Split, configs_of
from pipeline.config import RunConfig
from pipeline.progress import Tick, unwatched
from pipeline.workflow.training_run.audited_split import audited
from pipeline.workflow.training_run.signals import signals_of


def audited_splits(
    config: RunConfig, *, every: bool = False, samples: bool = False, tick: Tick = unwatched
) -> Iterator[tuple[Split, Audit]]:
    """The split of a config, audited.

    Args:
        config: a run's.
        every: whether every fold, or all splits of a protocol; see `pipeline.catalog.splitting.split.splits`.
        samples: whether to walk through every signal for copies on both sides, and for shortcuts.
        tick: told of progress.

    Raises:
        CatalogError: when the signals are not there, or a split cannot be made.
        LeakError: when a specimen, or the same samples, are on both sides.
    """
    catalog = signals_of(config)
    wanted = configs_of(catalog, config.split) if every else [config.split]
    return (audited(catalog, one, samples, tick) for one in wanted)
