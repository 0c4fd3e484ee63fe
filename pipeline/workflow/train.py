"""Train: from a config to a run folder with a model and its figures."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from torch import Tensor

from pipeline.config import RunConfig, dump_config
from pipeline.errors import CatalogError, RequestError
from pipeline.evaluation.metrics import by_window_and_recording, pooled_by_signal
from pipeline.evaluation.ranking import Scores
from pipeline.models.bundle import Model, save_bundle
from pipeline.models.features import FeatureCache
from pipeline.progress import Tick, unwatched
from pipeline.reporting.figures_of_run import write_run_figures
from pipeline.training.finetuning.devices import may_descend, waiting_for
from pipeline.training.idle_options import told_idle
from pipeline.training.learn import Plan, learn
from pipeline.training.out_of_fold import out_of_fold, window_logits
from pipeline.training.run_folder import (
    environment,
    reopen_folder,
    write_history,
    write_json,
)
from pipeline.training.window_set import WindowSet, collect
from pipeline.workflow.training_run.audited_split import audited
from pipeline.workflow.training_run.blind_spots import learned_from_nobody, lost, untested
from pipeline.workflow.training_run.calibration import FoldWatch, why_not, with_calibration
from pipeline.workflow.training_run.folder import refuse_another_split, run_folder
from pipeline.workflow.training_run.preparation import Prepared, planned, prepared, refuse_known_to_bundles
from pipeline.workflow.training_run.row_opener import RowOpener
from pipeline.workflow.training_run.signals import signals_of


def train(
    config: RunConfig,
    out: Path | str,
    *,
    overwrite: bool = False,
    resume: bool = False,
    cache: FeatureCache | None = None,
    tick: Tick = unwatched,
    note: Callable[[str], None] = lambda _: None,
) -> dict[str, Any]:
    """Split, audit, train, test, and leave a run folder with the bundle in `model/`.

    Of processes that a launcher started to train together, one leaves the run folder; the others only help.

    Args:
        config: what to do.
        out: the run folder; must be new or empty, unless `overwrite` or `resume`.
        overwrite: whether an earlier run in it is replaced.
        resume: whether a run that was ended before its time goes on, to the figures of an unbroken one.
        cache: features kept between runs; without one they are kept for this run alone.
        tick: told of progress.
        note: told what a user should know at once: that there was nothing left to do, or nothing to go on with.

    Returns:
        What `metrics.json` holds.

    Raises:
        LockedError: when another process trains into the same folder.
        FaultprintError: when the request cannot be done; nothing is written before split and audit
            passed and windows were found long enough for what they are to show.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> from pipeline.catalog.export import write_signals
        >>> from pipeline.catalog.scanning.scan import scan
        >>> from pipeline.signals.simulation.simulated_machine import random_machine
        >>> from pipeline.signals.simulation.synthetic import simulate
        >>> machines = [simulate(random_machine(seed), [["healthy", "ball"][seed % 2]]) for seed in range(8)]
        >>> with TemporaryDirectory() as folder:
        ...     _ = write_signals(machines, Path(folder) / "recordings")
        ...     scan(Path(folder) / "recordings").write(Path(folder) / "pumps.csv")
        ...     config = RunConfig(
        ...         name="pumps", data={"catalog": str(Path(folder) / "pumps.csv")}, rate_hz=12000,
        ...         window={"seconds": 0.5}, task="multilabel", split={"group": "specimen", "test_share": 0.5},
        ...         stages=["fault_order"], branches=[{"head": "ridge"}],
        ...     )
        ...     found = train(config, Path(folder) / "run")
        >>> found["specimens"], found["test"]["windows"]["macro_auroc"] > 90
        ({'train': 4, 'test': 4}, True)
    """
    started, out = time.perf_counter(), Path(out)
    if overwrite and resume:
        raise RequestError("--resume goes on with a run, and --overwrite begins it anew; give one of them")
    before = reopen_folder(out, dump_config(config, out)) if resume else None
    if before is not None:
        refuse_another_split(audited(signals_of(config), config.split)[0], out)
        note(f"{out} is finished, so nothing was left to do; these are its figures")
        return before
    run = prepared(config, tick)
    for line in waiting_for(config.fit) if may_descend(run.plan.branches) else ():
        note(line)
    with (
        run_folder(run, out, overwrite=overwrite, resume=resume, note=note) as folder,
        _at_least_for_now(cache) as kept,
    ):
        metrics = _trained_and_tested(run, folder, out / "checkpoints", kept, tick)
        metrics |= {"seconds": round(time.perf_counter() - started, 1)}
        # Last: a run that has its figures is finished.
        write_json(folder / "metrics.json", metrics)
    return metrics


@contextmanager
def _at_least_for_now(cache: FeatureCache | None) -> Iterator[FeatureCache]:
    """The cache, or one that is gone after the run: its folds share windows, and need not compute them again."""
    if cache is not None:
        yield cache
        return
    with TemporaryDirectory() as folder:
        yield FeatureCache(Path(folder))


class _Scored(NamedTuple):
    """Windows and their scores, logits of shape (window, label)."""

    windows: WindowSet
    scores: Tensor

    def by_signal(self) -> Scores:
        """Scores of signals, shape (signal, label)."""
        return pooled_by_signal(self.scores.numpy(), self.windows.signal_of_window.numpy(), len(self.windows.rows))


def _trained_and_tested(
    run: Prepared, folder: Path, checkpoints: Path, cache: FeatureCache, tick: Tick
) -> dict[str, Any]:
    """From recordings to a model, its figures and what a rerun needs to know; the figures are not yet written."""
    sides, opener = run.sides, RowOpener(run.catalog.root)
    training = collect(sides.train, opener, run.start.intake, run.plan.labels, run.plan.task, tick)
    refuse_nothing_to_tell(training, run.plan)
    plan = run.plan.settled(training)
    learned = _learned(run, plan, training, checkpoints, cache, tick)
    model = save_bundle(learned.model, folder / "model")
    if sides.test:
        scored, figures, notes = _tested(run, plan, model, opener, cache, tick)
    else:
        assert learned.out_of_fold is not None
        scored = _Scored(training, learned.out_of_fold)
        figures = {"test": None, "folds": _figures(plan, scored) | {"k": run.config.folds}}
        notes = list(learned_from_nobody(plan.labels, training))
    skipped = training.skipped + (scored.windows.skipped if sides.test else ())
    pooled, truth = scored.by_signal(), scored.windows.targets.numpy()
    write_run_figures(folder / "figures", plan.labels, pooled, truth, learned.history, sides.stamps)
    write_history(folder / "history.csv", learned.history, sides.stamps)
    write_json(folder / "environment.json", environment(opener.hashes) | {"stamps": list(sides.stamps)})
    return {
        "name": run.config.name,
        "protocol": sides.protocol,
        "stamps": list(sides.stamps),
        "notes": [*run.catalog.notes, *notes, *told_idle(plan.branches, run.config.fit)],
        "specimens": {"train": run.audit.specimens_train, "test": run.audit.specimens_test},
        "regimes": [branch.regime for branch in plan.branches],
        "regime_reasons": list(plan.reasons),
        **figures,
        "calibration": {"calibrated": learned.uncalibrated is None, "reason": learned.uncalibrated},
        "skipped": [{"signal": row.signal, "reason": reason} for row, reason in skipped],
        "audit_warnings": list(run.audit.warnings),
        "warnings": list(dict.fromkeys(opener.warnings)),  # parts of one recording share theirs
    }


class _Learned(NamedTuple):
    """A model, what its training side says of it, and why it is not calibrated where it is not."""

    model: Model
    history: list[dict[str, float]]
    out_of_fold: Tensor | None
    uncalibrated: str | None


def _learned(
    run: Prepared, plan: Plan, training: WindowSet, checkpoints: Path, cache: FeatureCache, tick: Tick
) -> _Learned:
    """The model, calibrated where there are specimens enough; folds where something asks for them."""
    model, history = learn(plan, training, start=run.start, cache=cache, checkpoints=checkpoints, tick=tick)
    uncalibrated = why_not(run.config.calibration, training.rows)
    if uncalibrated is not None and run.sides.test:
        return _Learned(model, history, None, uncalibrated)
    watch, folds = FoldWatch(training, plan.multiclass, cache), checkpoints.parent / "folds"
    scored = out_of_fold(plan, training, run.config.folds, cache=cache, checkpoints=folds, watch=watch, tick=tick)
    if uncalibrated is None and run.config.calibration is not None:
        model = with_calibration(model, training, scored, watch, run.config.calibration)
    return _Learned(model, history, scored, uncalibrated)


def _tested(
    run: Prepared, plan: Plan, model: Model, opener: RowOpener, cache: FeatureCache, tick: Tick
) -> tuple[_Scored, dict[str, Any], list[str]]:
    """The model on the signals kept out of training: their scores, figures, and what these say nothing of."""
    windows = collect(run.sides.test, opener, run.start.intake, plan.labels, plan.task, tick)
    refuse_known_to_bundles(plan, windows.rows)
    scored = _Scored(windows, window_logits(model, windows, cache))
    notes = [*lost(run.sides.test, windows.skipped), *untested(plan.labels, windows)]
    return scored, {"test": _figures(plan, scored)}, notes


def refuse_nothing_to_tell(training: WindowSet, plan: Plan) -> None:
    """Nothing, where every label has a usable signal, and some label a signal without it.

    Raises:
        CatalogError: where a label has none, with why one of its signals cannot be used; and where all have the same.
    """
    there = training.targets.sum(dim=0) > 0
    empty = [label for label, has in zip(plan.labels, there, strict=True) if not has]
    if empty:
        lost = next((f": {row.signal}: {why}" for row, why in training.skipped if empty[0] in row.labels), "")
        raise CatalogError(
            f"label {empty[0]} has no signal on the training side that could be used{lost}; mend it, add one, or leave "
            "the label out"
        )
    if bool((training.targets.min(dim=0).values > 0).all()):
        raise CatalogError(
            f"all {len(training.rows)} signals that could be used for training are {', '.join(plan.labels)}, so there "
            "is nothing to tell apart; add signals without it"
        )


def learn_all(config: RunConfig, *, cache: FeatureCache | None = None, tick: Tick = unwatched) -> Model:
    """Train on the training side and keep the model in memory only: no test, no run folder."""
    run = planned(config, tick=tick)
    opener, plan = RowOpener(run.catalog.root), run.plan
    windows = collect(run.sides.train, opener, run.start.intake, plan.labels, plan.task, tick)
    return learn(plan, windows, start=run.start, cache=cache, tick=tick)[0]


def _figures(plan: Plan, scored: _Scored) -> dict[str, Any]:
    targets, owner = scored.windows.targets.numpy(), scored.windows.signal_of_window.numpy()
    return by_window_and_recording(scored.scores.numpy(), targets, owner, plan.labels, plan.multiclass)
