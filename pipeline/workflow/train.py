"""Train and evaluate: from a config to a run folder with a model, and from a model to its figures."""

import time
from pathlib import Path
from typing import Any

from pipeline.catalog.auditing.audit import Audit
from pipeline.catalog.catalog import Catalog, inferred_rates
from pipeline.catalog.opening import open_row
from pipeline.catalog.row import Row
from pipeline.catalog.splitting.folds import folds
from pipeline.catalog.splitting.split import Split, write_split
from pipeline.config import RunConfig, dump_config
from pipeline.errors import CatalogError, RequestError
from pipeline.evaluation.metrics import by_window_and_recording, pooled_by_signal
from pipeline.models.bundle import Model, save_bundle
from pipeline.models.features import FeatureCache
from pipeline.progress import Tick, unwatched
from pipeline.readers.places import Place
from pipeline.reporting.figures_of_run import write_run_figures
from pipeline.signals.signal import Signal
from pipeline.training.learn import Plan, learn, out_of_fold, resolved_window, seen_in_training, window_logits
from pipeline.training.run_folder import claim_folder, environment, write_history, write_json
from pipeline.training.window_set import WindowSet, collect, labels_of
from pipeline.whole_file import write_text
from pipeline.workflow.audited import audited
from pipeline.workflow.chosen import signals_of
from pipeline.workflow.diagnose import load_model
from pipeline.workflow.resolvable import refuse_unresolvable_run


def plan_of(config: RunConfig, sides: Split) -> Plan:
    """A config resolved on the training side: labels, and the window in samples."""
    rows = [*sides.train, *sides.test]
    return Plan(
        name=config.name,
        task=config.task,
        labels=labels_of(sides.train, config.task),
        rate_hz=config.rate_hz,
        window=resolved_window(config.window, config.rate_hz, rows),
        centre=config.centre,
        conditioning=config.conditioning,
        stages=config.stages,
        branches=config.branches,
        fit=config.fit,
        seed=config.seed,
        stamps=sides.stamps,
        notes=inferred_rates(rows),
    )


def train(
    config: RunConfig,
    out: Path | str,
    *,
    overwrite: bool = False,
    cache: FeatureCache | None = None,
    tick: Tick = unwatched,
) -> dict[str, Any]:
    """Split, audit, train, test, and leave a run folder with the bundle in `model/`.

    Args:
        config: what to do.
        out: the run folder; must be new or empty, unless `overwrite`.
        cache: features kept between runs.
        tick: told of progress.

    Returns:
        What `metrics.json` holds.

    Raises:
        FaultprintError: when the request cannot be done; nothing is written before split and audit
            passed and windows were found long enough for what they are to show.
    """
    started, out = time.perf_counter(), Path(out)
    catalog = signals_of(config)
    sides, audit = audited(catalog, config.split, samples=True, tick=tick)
    if not sides.test and not folds(sides.train, config.folds, seed=config.seed):
        raise CatalogError(
            "split: none gives figures on parts held out in turn, and all signals are of one part; "
            "add another specimen, or split by a condition with same_specimen: true"
        )
    plan = plan_of(config, sides)
    start = plan.start()
    refuse_unresolvable_run(start, [*sides.train, *sides.test])
    _open_run_folder(claim_folder(out, overwrite), config, sides, audit)

    opener = _Opener(catalog.root)
    training = collect(sides.train, opener, start.intake, plan.labels, plan.task, tick)
    model, history = learn(plan, training, start=start, cache=cache, checkpoints=out / "checkpoints", tick=tick)
    model = save_bundle(model, out / "model")
    if sides.test:
        tested = collect(sides.test, opener, start.intake, plan.labels, plan.task, tick)
        scores = window_logits(model, tested, cache).numpy()
        found: dict[str, Any] = {"test": _figures(plan, tested, scores)}
    else:
        tested = training
        scores = out_of_fold(plan, training, config.folds, cache=cache, tick=tick).numpy()
        found = {"test": None, "folds": _figures(plan, tested, scores) | {"k": config.folds}}
    skipped = training.skipped + (tested.skipped if sides.test else ())
    metrics = {
        "name": config.name,
        "protocol": sides.protocol,
        "stamps": list(sides.stamps),
        "notes": list(catalog.notes),
        "specimens": {"train": audit.specimens_train, "test": audit.specimens_test},
        "regimes": [branch.regime for branch in config.branches],
        **found,
        "skipped": [{"signal": row.signal, "reason": reason} for row, reason in skipped],
        "audit_warnings": list(audit.warnings),
        "warnings": opener.warnings,
        "seconds": round(time.perf_counter() - started, 1),
    }
    pooled = pooled_by_signal(scores, tested.signal_of_window.numpy(), len(tested.rows))
    write_run_figures(out / "figures", plan.labels, pooled, tested.targets.numpy(), history, sides.stamps)
    write_history(out / "history.csv", history, sides.stamps)
    write_json(out / "environment.json", environment(opener.hashes) | {"stamps": list(sides.stamps)})
    write_json(out / "metrics.json", metrics)
    return metrics


def _open_run_folder(out: Path, config: RunConfig, sides: Split, audit: Audit) -> None:
    """What is known before training: the complete config, who is on which side, and the proof."""
    write_text(out / "config.yaml", dump_config(config))
    write_split(sides, out / "split.csv")
    write_json(out / "audit.json", audit.to_dict())


def learn_all(config: RunConfig, *, cache: FeatureCache | None = None, tick: Tick = unwatched) -> Model:
    """Train on the training side and keep the model in memory only: no test, no run folder."""
    catalog = signals_of(config)
    sides, _ = audited(catalog, config.split)
    plan = plan_of(config, sides)
    start = plan.start()
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
