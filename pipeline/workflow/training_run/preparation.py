"""Preparation: a run that can begin; what can be found wrong before recordings are read is found here."""

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.catalog.auditing.audit import Audit
from pipeline.catalog.catalog import Catalog, inferred_rates
from pipeline.catalog.row import Row
from pipeline.catalog.splitting.folds import folds
from pipeline.catalog.splitting.split import LEAKY, Split
from pipeline.config import RunConfig
from pipeline.errors import CatalogError, LeakError
from pipeline.models.picture_size import refuse_small_pictures
from pipeline.preprocessing.base import Setting
from pipeline.progress import Tick, unwatched
from pipeline.training.finetuning.devices import may_descend, refuse_without_meeting_place
from pipeline.training.finetuning.tensorboard import refuse_without_tensorboard
from pipeline.training.learn import Plan, Start, resolved_window
from pipeline.training.taken_over import learned_elsewhere, with_taken_over
from pipeline.training.trained_on import seen_in_training
from pipeline.training.window_set import labels_of, target_of
from pipeline.workflow.training_run.audited_split import audited
from pipeline.workflow.training_run.resolvability import refuse_unresolvable_run
from pipeline.workflow.training_run.signals import signals_of


def plan_of(config: RunConfig, sides: Split) -> Plan:
    """A config resolved on the training side: labels, and the window in samples."""
    rows = [*sides.train, *sides.test]
    window = resolved_window(config.window, config.rate_hz, rows)
    return Plan(
        name=config.name,
        task=config.task,
        labels=labels_of(sides.train, config.task),
        rate_hz=config.rate_hz,
        window=window,
        centre=config.centre,
        conditioning=config.conditioning,
        stages=config.stages,
        branches=with_taken_over(config.branches, config.stages, Setting(config.rate_hz, window.length())),
        fit=config.fit,
        seed=config.seed,
        stamps=sides.stamps,
        notes=inferred_rates(rows),
    )


@dataclass(frozen=True)
class Prepared:
    """A run that can begin: what can be found wrong before recordings are read was found right."""

    config: RunConfig
    catalog: Catalog
    sides: Split
    audit: Audit
    plan: Plan
    start: Start


def planned(config: RunConfig, *, samples: bool = False, tick: Tick = unwatched) -> Prepared:
    """Split, audit and plan, for a run that need not test; nothing is written.

    Args:
        config: what to do.
        samples: whether the audit walks through every signal.
        tick: told of progress.

    Raises:
        FaultprintError: when nothing could be learned, as far as that can be known before recordings are read.
    """
    catalog = signals_of(config)
    sides, audit = audited(catalog, config.split, samples, tick)
    plan = plan_of(config, sides)
    start = plan.start()
    refuse_small_pictures(start.classifier)
    refuse_unresolvable_run(start, [*sides.train, *sides.test])
    return Prepared(config, catalog, sides, audit, plan, start)


def prepared(config: RunConfig, tick: Tick = unwatched) -> Prepared:
    """As `planned`, of a run that tests; samples are audited, too.

    Args:
        config: what to do.
        tick: told of progress.

    Raises:
        FaultprintError: when the request cannot be done, as far as that can be known before recordings are read.
    """
    refuse_without_tensorboard(config.fit)
    run = planned(config, samples=True, tick=tick)
    sides = run.sides
    if not sides.test and not folds(sides.train, config.folds, seed=config.seed):
        raise CatalogError(
            "split: none gives figures on parts held out in turn, and all signals are of one part; "
            "add another specimen, or split by a condition with same_specimen: true"
        )
    refuse_nothing_to_score(sides.test, run.plan)
    if may_descend(run.plan.branches):
        refuse_without_meeting_place(run.plan.fit)
    refuse_known_to_bundles(run.plan, sides.test or sides.train)
    return run


def refuse_known_to_bundles(plan: Plan, rows: Sequence[Row]) -> None:
    """Nothing, where no branch was taken over from a model that learned from what tests here.

    Args:
        plan: what is trained.
        rows: signals that test, all together or in turn.

    Raises:
        LeakError: where one did, unless the run is stamped leaky.
    """
    for name, learned in learned_elsewhere(plan.branches).items():
        known = [row.signal for row in rows if seen_in_training(row, learned)]
        if known and LEAKY not in plan.stamps:
            raise LeakError(
                f"{known[0]} tests here ({len(known)} such signals), and {name} has learned from it or from its part; "
                "take over a model that has not, or leave this branch out"
            )


def refuse_nothing_to_score(rows: Sequence[Row], plan: Plan) -> None:
    """Nothing, where some signal of the test side has labels that training knows, or where there is none at all.

    Raises:
        CatalogError: where none has, with the first one's fault.
    """
    faults = []
    for row in rows:
        try:
            target_of(row, plan.labels, plan.task)
        except CatalogError as error:
            faults.append(str(error))
    if faults and len(faults) == len(rows):
        raise CatalogError(
            f"none of {len(rows)} signals of the test side could be scored: {faults[0]}; split otherwise"
        )
