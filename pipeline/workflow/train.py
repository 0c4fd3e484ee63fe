"""Train and evaluate: from a config to a run folder with a model, and from a model to its figures."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.catalog.auditing.audit import Audit
from pipeline.catalog.catalog import Catalog, inferred_rates
from pipeline.catalog.opening import open_row
from pipeline.catalog.row import Row
from pipeline.catalog.scanning.lock import only_one
from pipeline.catalog.splitting.folds import folds
from pipeline.catalog.splitting.split import LEAKY, Split, write_split
from pipeline.config import RunConfig, dump_config
from pipeline.errors import CatalogError, LeakError, RequestError
from pipeline.evaluation.metrics import by_window_and_recording, pooled_by_signal
from pipeline.models.bundle import Model, save_bundle
from pipeline.models.features import FeatureCache
from pipeline.models.picture_size import refuse_small_pictures
from pipeline.preprocessing.base import Setting
from pipeline.progress import Tick, unwatched
from pipeline.readers.places import Place
from pipeline.reporting.figures_of_run import write_run_figures
from pipeline.signals.signal import Signal
from pipeline.training.finetuning.checkpoint import checkpoints_in
from pipeline.training.finetuning.devices import leads, may_descend, refuse_without_meeting_place, waiting_for
from pipeline.training.finetuning.tensorboard import refuse_without_tensorboard
from pipeline.training.idle_options import told_idle
from pipeline.training.learn import Plan, Start, learn, out_of_fold, resolved_window, seen_in_training, window_logits
from pipeline.training.run_folder import (
    claim_folder,
    environment,
    forget_beginnings,
    free_of_halves,
    reopen_folder,
    write_history,
    write_json,
)
from pipeline.training.taken_over import learned_elsewhere, with_taken_over
from pipeline.training.window_set import WindowSet, collect, labels_of, target_of
from pipeline.whole_file import write_text
from pipeline.workflow.audited import audited
from pipeline.workflow.chosen import signals_of
from pipeline.workflow.diagnose import load_model
from pipeline.workflow.resolvable import refuse_unresolvable_run
from pipeline.workflow.unscored import learned_from_nobody, untested


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
class _Run:
    """A run that can begin: what can be found wrong before recordings are read was found right."""

    config: RunConfig
    catalog: Catalog
    sides: Split
    audit: Audit
    plan: Plan
    start: Start


def _prepared(config: RunConfig, tick: Tick) -> _Run:
    refuse_without_tensorboard(config.fit)
    catalog = signals_of(config)
    sides, audit = audited(catalog, config.split, samples=True, tick=tick)
    if not sides.test and not folds(sides.train, config.folds, seed=config.seed):
        raise CatalogError(
            "split: none gives figures on parts held out in turn, and all signals are of one part; "
            "add another specimen, or split by a condition with same_specimen: true"
        )
    plan = plan_of(config, sides)
    refuse_nothing_to_score(sides.test, plan)
    if may_descend(plan.branches):
        refuse_without_meeting_place(plan.fit)
    start = plan.start()
    refuse_small_pictures(start.classifier)
    refuse_unresolvable_run(start, [*sides.train, *sides.test])
    refuse_known_to_bundles(plan, sides.test or sides.train)
    return _Run(config, catalog, sides, audit, plan, start)


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
        cache: features kept between runs.
        tick: told of progress.
        note: told what a user should know at once: that there was nothing left to do, or nothing to go on with.

    Returns:
        What `metrics.json` holds.

    Raises:
        LockedError: when another process trains into the same folder.
        FaultprintError: when the request cannot be done; nothing is written before split and audit
            passed and windows were found long enough for what they are to show.
    """
    started, out = time.perf_counter(), Path(out)
    if overwrite and resume:
        raise RequestError("--resume goes on with a run, and --overwrite begins it anew; give one of them")
    before = reopen_folder(out, dump_config(config)) if resume else None
    if before is not None:
        note(f"{out} is finished, so nothing was left to do; these are its figures")
        return before
    run = _prepared(config, tick)
    for line in waiting_for(config.fit) if may_descend(run.plan.branches) else ():
        note(line)
    with _run_folder(run, out, overwrite=overwrite, resume=resume, note=note) as folder:
        metrics = _trained_and_tested(run, folder, out / "checkpoints", cache, tick)
        metrics |= {"seconds": round(time.perf_counter() - started, 1)}
        # Last: a run that has its figures is finished.
        write_json(folder / "metrics.json", metrics)
    return metrics


@contextmanager
def _run_folder(run: _Run, out: Path, *, overwrite: bool, resume: bool, note: Callable[[str], None]) -> Iterator[Path]:
    """The folder to write into, ours alone; of a process that only helps to train, one that is thrown away."""
    if not leads(run.config.fit):
        with tempfile.TemporaryDirectory() as folder:
            yield Path(folder)
        return
    # The lock lies beside the folder, which may be replaced; a process that was killed holds nothing.
    with only_one(out.parent / f".{out.name}.lock", f"training into {out}"):
        begun = out.is_dir() and any(out.iterdir())
        if resume:
            for line in _lost(out):
                note(line)
        if resume and begun:
            free_of_halves(out)
            _refuse_another_split(run.sides, out / "split.csv")
            _open_run_folder(out, run)
            yield out
        else:
            with _new_folder(out, overwrite):
                _open_run_folder(out, run)
                yield out


def _lost(out: Path) -> Iterator[str]:
    """What a run that goes on cannot go on from, and what is done instead."""
    checkpoints = checkpoints_in(out)
    if not checkpoints:
        yield f"{out} holds no checkpoint to go on from, so this run begins at the start"
    for path, whole in checkpoints.items():
        if not whole:
            yield f"{path} is damaged, so what it kept is lost, and this branch is trained again from its start"


@contextmanager
def _new_folder(out: Path, overwrite: bool) -> Iterator[None]:
    """A run's folder, claimed; a run that fails before it has learned anything leaves none."""
    there = out.exists()
    claim_folder(out, overwrite)
    try:
        yield
    except BaseException:
        forget_beginnings(out, keep=there)
        raise


def _refuse_another_split(sides: Split, begun: Path) -> None:
    """Nothing, where the catalog still gives the sides that a run was begun with.

    Raises:
        RequestError: where it gives others.
    """
    with tempfile.TemporaryDirectory() as folder:
        now = Path(folder) / "split.csv"
        write_split(sides, now)
        if begun.is_file() and begun.read_bytes() != now.read_bytes():
            raise RequestError(
                f"{begun} was written from another catalog than there is now, so the run cannot go on as it was begun; "
                "start it again with --overwrite"
            )


def _open_run_folder(out: Path, run: _Run) -> None:
    """What is known before training: the complete config, who is on which side, and the proof."""
    write_text(out / "config.yaml", dump_config(run.config))
    write_split(run.sides, out / "split.csv")
    write_json(out / "audit.json", run.audit.to_dict())


def _trained_and_tested(
    run: _Run, folder: Path, checkpoints: Path, cache: FeatureCache | None, tick: Tick
) -> dict[str, Any]:
    """From recordings to a model, its figures and what a rerun needs to know; the figures are not yet written."""
    sides, start, opener = run.sides, run.start, _Opener(run.catalog.root)
    training = collect(sides.train, opener, start.intake, run.plan.labels, run.plan.task, tick)
    refuse_nothing_to_tell(training, run.plan)
    plan = run.plan.settled(training)
    model, history = learn(plan, training, start=start, cache=cache, checkpoints=checkpoints, tick=tick)
    model = save_bundle(model, folder / "model")
    if sides.test:
        tested = collect(sides.test, opener, start.intake, plan.labels, plan.task, tick)
        refuse_known_to_bundles(plan, tested.rows)
        scores = window_logits(model, tested, cache).numpy()
        found: dict[str, Any] = {"test": _figures(plan, tested, scores)}
        notes = untested(plan.labels, tested)
    else:
        tested, k = training, run.config.folds
        into = checkpoints.parent / "folds"
        scores = out_of_fold(plan, training, k, cache=cache, checkpoints=into, tick=tick).numpy()
        found = {"test": None, "folds": _figures(plan, tested, scores) | {"k": k}}
        notes = learned_from_nobody(plan.labels, tested)
    skipped = training.skipped + (tested.skipped if sides.test else ())
    pooled = pooled_by_signal(scores, tested.signal_of_window.numpy(), len(tested.rows))
    write_run_figures(folder / "figures", plan.labels, pooled, tested.targets.numpy(), history, sides.stamps)
    write_history(folder / "history.csv", history, sides.stamps)
    write_json(folder / "environment.json", environment(opener.hashes) | {"stamps": list(sides.stamps)})
    return {
        "name": run.config.name,
        "protocol": sides.protocol,
        "stamps": list(sides.stamps),
        "notes": [*run.catalog.notes, *notes, *told_idle(plan.branches, run.config.fit)],
        "specimens": {"train": run.audit.specimens_train, "test": run.audit.specimens_test},
        "regimes": [branch.regime for branch in plan.branches],
        "regime_reasons": list(plan.reasons),
        **found,
        "skipped": [{"signal": row.signal, "reason": reason} for row, reason in skipped],
        "audit_warnings": list(run.audit.warnings),
        "warnings": opener.warnings,
    }


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
    catalog = signals_of(config)
    sides, _ = audited(catalog, config.split)
    plan = plan_of(config, sides)
    start = plan.start()
    refuse_small_pictures(start.classifier)
    refuse_unresolvable_run(start, sides.train)
    windows = collect(sides.train, _Opener(catalog.root), start.intake, plan.labels, plan.task, tick)
    return learn(plan, windows, start=start, cache=cache, tick=tick)[0]


class _Opener:
    """Opens rows, and remembers the hashes and warnings of what it opened."""

    def __init__(self, root: Place) -> None:
        self.root = root
        self.hashes: dict[str, str] = {}
        self.warnings: list[str] = []

    def __call__(self, row: Row) -> Signal:
        signal = open_row(row, self.root)
        if signal.sha256:
            self.hashes[row.source] = signal.sha256
        self.warnings += [f"{row.signal}: {line}" for line in signal.warnings]
        return signal


def _figures(plan: Plan, windows: WindowSet, scores: Any) -> dict[str, Any]:
    targets, owner = windows.targets.numpy(), windows.signal_of_window.numpy()
    return by_window_and_recording(scores, targets, owner, plan.labels, plan.multiclass)


def evaluate(
    model: Path | str | Model,
    catalog: Catalog | Path | str,
    *,
    cache: FeatureCache | None = None,
    tick: Tick = unwatched,
) -> dict[str, Any]:
    """A model's figures on the signals of a labelled catalog that it was not trained on.

    Recordings it learned from, and others of the same parts, are left out and counted.

    Returns:
        `windows` and `recordings` as in `metrics.json`, the model's `stamps`, `left_out` (how many signals training
        had seen), and what was `skipped`.

    Raises:
        RequestError: when training had seen every signal.
    """
    model = load_model(model)
    catalog = catalog if isinstance(catalog, Catalog) else Catalog.read(catalog)
    card = model.card
    everything = collect(catalog.rows, _Opener(catalog.root), card.intake, card.labels, card.task, tick)
    unseen = [place for place, row in enumerate(everything.rows) if not seen_in_training(row, card.trained_on)]
    if not unseen:
        raise RequestError(
            f"the model was trained on all {len(everything.rows)} signals of this catalog, or on the same parts; "
            "give a catalog of parts it never saw"
        )
    windows = everything.some(unseen)
    scores = window_logits(model, windows, cache).numpy()
    targets, owner = windows.targets.numpy(), windows.signal_of_window.numpy()
    return {
        "model": card.name,
        "stamps": list(card.stamps),
        "notes": list(catalog.notes),
        **by_window_and_recording(scores, targets, owner, card.labels, card.task == "multiclass"),
        "left_out": len(everything.rows) - len(unseen),
        "skipped": [{"signal": row.signal, "reason": reason} for row, reason in everything.skipped],
    }
