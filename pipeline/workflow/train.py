"""Split, train and evaluate: from a config to a run folder with a model."""

import time
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from pipeline.catalog.auditing.audit import Audit
from pipeline.catalog.catalog import Catalog, inferred_rates
from pipeline.catalog.corpora import load_corpus
from pipeline.catalog.labellers import by_agreement
from pipeline.catalog.opening import open_row
from pipeline.catalog.row import Row
from pipeline.catalog.splitting.split import Split, write_split
from pipeline.config import RunConfig, dump_config
from pipeline.errors import ConfigError, RequestError, did_you_mean
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
from pipeline.workflow.diagnose import load_model

MAPPINGS = ("condition", "label_shares")
"""Fields of a row that hold several values by name; nothing can equal them."""


def signals_of(config: RunConfig) -> Catalog:
    """The catalog a config names, with its `where` applied.

    Raises:
        CatalogError: when the corpus or file is not there.
    """
    data = config.data
    catalog = corpora_of(data.corpora) if data.corpora else Catalog.read(data.catalog or "")
    for key in data.where:
        checked_key(key, catalog)
    kept = catalog.where(lambda row: all(_said(row, key) & set(wanted) for key, wanted in data.where.items()))
    return by_agreement(kept) if data.target == "agreement" else kept


def corpora_of(names: Sequence[str]) -> Catalog:
    """Public data sets as one catalog.

    Raises:
        CatalogError: when one of them is not there.
    """
    loaded = [load_corpus(name) for name in names]
    rows = tuple(row for catalog in loaded for row in catalog)
    notes = tuple(note for catalog in loaded for note in catalog.notes)
    return Catalog(rows, loaded[0].root, "+".join(names), notes)


def checked_key(key: str, catalog: Catalog) -> None:
    """Nothing, for a column or condition that some signal has.

    Raises:
        ConfigError: for any other; it would quietly leave nothing over.
    """
    known = dict.fromkeys(
        (
            *(field.name for field in fields(Row) if field.name not in MAPPINGS),
            *(name for row in catalog for name in row.condition),
        )
    )
    if key not in known:
        raise ConfigError(f"data.where.{key}: no signal has it{did_you_mean(key, known) or ''}")


def _said(row: Row, key: str) -> set[str | float | None]:
    """What a row says under a key: one value, or all of its labels."""
    value = row.condition[key] if key in row.condition else getattr(row, key, None)
    return set(value) if isinstance(value, tuple) else {value}


def split(config: RunConfig, samples: bool = False, tick: Tick = unwatched) -> tuple[Split, Audit]:
    """Which signals train and which test, and the proof that nothing leaks.

    Args:
        config: the run.
        samples: whether to walk through the samples too, for copies on both sides and for shortcuts.
        tick: told of progress.

    Raises:
        LeakError: when a specimen, or the same samples, are on both sides.
    """
    return audited(signals_of(config), config.split, samples, tick)


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
        FaultprintError: when the request cannot be done; nothing is written before split and audit passed.
    """
    started, out = time.perf_counter(), Path(out)
    catalog = signals_of(config)
    sides, audit = split(config, samples=True, tick=tick)
    plan = plan_of(config, sides)
    start = plan.start()
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
    plan = plan_of(config, split(config)[0])
    start = plan.start()
    windows = collect(catalog.rows, _Opener(catalog.root), start.intake, plan.labels, plan.task, tick)
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
