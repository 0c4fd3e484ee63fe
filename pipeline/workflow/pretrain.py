"""Pretrain: a backbone's weights from recordings that nobody labelled, or from simulated machines and no recording.

They become a file that configs name under `weights`.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.torch import save_file

from pipeline.catalog.opening import open_row
from pipeline.catalog.row import Row
from pipeline.catalog.scanning.lock import only_one
from pipeline.config import RunConfig, dump_config
from pipeline.errors import CatalogError, ConfigError, RequestError, did_you_mean
from pipeline.evaluation.metrics import figures
from pipeline.models.backbone import TIMM, Backbone
from pipeline.models.bundle_files import sha256_of
from pipeline.models.classifier import Classifier
from pipeline.models.intake_of import intake_of
from pipeline.models.picture_size import refuse_small_pictures
from pipeline.preprocessing.base import Setting
from pipeline.progress import Tick, unwatched
from pipeline.training.autoencoder.fitting import fit_autoencoder
from pipeline.training.autoencoder.pictures import held_out_signals, pictures_of
from pipeline.training.fit import start_weights
from pipeline.training.learn import _learn_stages, resolved_window
from pipeline.training.run_folder import claim_folder, environment, superseded, write_history, write_json
from pipeline.training.simulated.pretrain import N_SIGNALS, answers_on_simulation, taught_by_simulation
from pipeline.training.simulated.ready_model import LABELS
from pipeline.training.window_set import WindowSet, collect
from pipeline.whole_file import write_text
from pipeline.workflow.as_simulated import refuse_unlike_simulated
from pipeline.workflow.audited import audited
from pipeline.workflow.chosen import signals_of

MARK = ".faultprint-pretrained"
"""Tells a folder of such results from one of the user's own."""

MOST_SIGNALS = 100_000_000
"""Half a year of simulating; more is a slip of the hand."""

UNASKED = "unasked"
"""In the place of labels, which are not looked at."""

HELD_OUT = 0.2
"""Share of the parts that only judge."""

N_FRESH = 1000
"""Simulated machines of a seed of their own, that only judge; no more of them than taught."""


@dataclass(frozen=True)
class Pretrained:
    """What a way of pretraining leaves behind.

    Attributes:
        backbone: trained.
        history: `epoch` and `loss`.
        figures: what tells whether it was worth it.
        hashes: data -> SHA-256.
    """

    backbone: Backbone
    history: list[dict[str, float]]
    figures: dict[str, Any]
    hashes: Mapping[str, str]


Way = Callable[[RunConfig, int, int | None, Tick], Pretrained]
"""A run's config, the place of the branch whose backbone is trained, how many machines to simulate where that was said,
and whom to tell of progress."""


def pretrain(
    config: RunConfig,
    out: Path | str,
    *,
    branch: int = 0,
    method: str = "autoencoder",
    signals: int | None = None,
    overwrite: bool = False,
    tick: Tick = unwatched,
) -> dict[str, Any]:
    """Train a backbone without labels, and leave a folder with its weights.

    Args:
        config: an ordinary run's: data, windows, stages, a branch with a backbone, and `fit`. Where it splits, only
            signals that train are used, and those without a label that share no part with signals that test. The
            method simulation looks at no data at all.
        out: the folder; must be new or empty, unless `overwrite`.
        branch: place of the branch, from 0.
        method: one of `WAYS`.
        signals: for the method simulation, how many machines.
        tick: told of progress.

    Returns:
        `weights` (the file, to be named as a branch's `weights`), `sha256`, `backbone`, `method`, `branch`, and the
        method's figures.

    Raises:
        FaultprintError: when the request cannot be done.
    """
    if method not in WAYS:
        raise RequestError(f"unknown method '{method}'{did_you_mean(method, WAYS) or ';'} known: {', '.join(WAYS)}")
    _refuse_branch(config, branch)
    out = Path(out)
    with only_one(out.parent / f".{out.name}.lock", f"pretraining into {out}"):
        if out.exists() and not overwrite:
            claim_folder(out, overwrite, MARK)  # says what stands in the way before anything takes long
        made = WAYS[method](config, branch, signals, tick)
        told = _left(config, claim_folder(out, overwrite, MARK), branch, method, made)
        superseded(out)
    return told


def _left(config: RunConfig, out: Path, branch: int, method: str, made: Pretrained) -> dict[str, Any]:
    """What there is to know of a pretraining, written into its folder and handed back."""
    path = save_backbone(made.backbone, out)
    told = {
        "weights": str(path), "sha256": sha256_of(path), "backbone": made.backbone.name, "method": method,
        "branch": branch, **made.figures,
    }  # fmt: skip
    write_text(out / "config.yaml", dump_config(config))
    write_history(out / "history.csv", [{"branch": branch, **row} for row in made.history])
    write_json(out / "environment.json", environment(made.hashes))
    write_json(out / "pretrained.json", told)
    return told


def _refuse_branch(config: RunConfig, place: int) -> None:
    """Nothing, for a branch whose backbone can be pretrained."""
    count = len(config.branches)
    if not 0 <= place < count:
        there = "one branch, 0" if count == 1 else f"{count} branches, 0 to {count - 1}"
        raise RequestError(f"there is no branch {place}: {config.name} has {there}; name one with --branch")
    branch = config.branches[place]
    if branch.backbone is None:
        raise ConfigError(f"{config.name}: branch {place} has no backbone to pretrain; give one, such as small")
    if branch.first_convolution is not None:
        raise ConfigError(
            f"{config.name}: branch {place} fits its first convolution ({branch.first_convolution}) to weights for "
            "colours, and pretrained ones would be fitted once more by the run they start; use to_imagenet instead"
        )


def save_backbone(backbone: Backbone, folder: Path) -> Path:
    """Weights as a file whose name says what they are, so that `weights: FILE`, or the folder, finds and checks them.

    Returns:
        `BACKBONE-HASH.safetensors`.
    """
    unnamed = folder / "unnamed.safetensors"
    save_file({name: part.contiguous() for name, part in backbone.net.state_dict().items()}, unnamed)
    unnamed.chmod(0o644)
    return unnamed.rename(folder / f"{backbone.name.removeprefix(TIMM)}-{sha256_of(unnamed)[:16]}.safetensors")


def by_autoencoder(config: RunConfig, place: int, signals: int | None, tick: Tick) -> Pretrained:
    """By drawing again what it was shown, see `training.autoencoder`."""
    if signals is not None:
        raise RequestError(f"--signals {signals} is how many machines to simulate; add --method simulation")
    rows, root = _unlabelled(config)
    chosen = config.branches[place]
    setting = Setting(config.rate_hz, resolved_window(config.window, config.rate_hz, rows).length())
    # A picture is a picture, whether a head will look at planes together or one by one.
    architecture = chosen.architecture.model_copy(update={"planes": "together"})
    net = Classifier(config.stages, [architecture], setting, [UNASKED])
    refuse_small_pictures(net)
    (branch,) = net.branches
    file = start_weights(branch, chosen, config.seed)
    window = resolved_window(config.window, config.rate_hz, rows)
    intake = intake_of(net, window, config.centre, config.conditioning)
    unasked = [row.changed(labels=(UNASKED,)) for row in rows]
    windows = collect(unasked, lambda row: open_row(row, root), intake, [UNASKED], "multilabel", tick)
    training, judging = _sides(windows, config.seed)
    _learn_stages(net, config.stages, setting, training)
    seen, unseen = (pictures_of(net, branch, side) for side in (training, judging))
    assert branch.backbone is not None
    fitted = fit_autoencoder(branch.backbone, seen, unseen, config.fit, config.seed, tick)
    told = {
        "signals": {"train": len(training.rows), "held_out": len(judging.rows)},
        "pictures": {"train": len(seen), "held_out": len(unseen)},
        "error": fitted.error,
        "mean_image_error": fitted.mean_image_error,
        "explained": fitted.explained,
        "started_from": file.path.name if file else "random",
        "skipped": [{"signal": row.signal, "reason": reason} for row, reason in windows.skipped],
    }
    hashes = {row.source: row.sha256 for row in windows.rows if row.sha256}
    return Pretrained(branch.backbone, fitted.history, told, hashes)


def by_simulation(config: RunConfig, place: int, signals: int | None, tick: Tick) -> Pretrained:
    """By telling the faults of simulated machines, see `training.simulated.pretrain`; no recording is looked at."""
    n_signals = N_SIGNALS if signals is None else signals
    if not 1 <= n_signals <= MOST_SIGNALS:
        raise RequestError(f"--signals {n_signals}: needs 1 to {MOST_SIGNALS:,} machines to learn from")
    refuse_unlike_simulated(config, place)
    taught = taught_by_simulation(
        config.stages, config.branches[place], config.fit, n_signals, seed=config.seed, tick=tick
    )
    n_fresh, seed = min(n_signals, N_FRESH), config.seed + 1
    answers = answers_on_simulation(taught.classifier, n_fresh, seed=seed, tick=tick)
    scored, untrained = (
        figures(scores.numpy(), answers.truth.numpy(), LABELS, multiclass=False)
        for scores in (answers.logits, answers.untrained)
    )
    told = {
        "machines": {"train": n_signals, "held_out": n_fresh},
        "macro_auroc": scored["macro_auroc"],
        "auroc": scored["auroc"],
        "untrained_macro_auroc": untrained["macro_auroc"],
        "notes": list(_learned_nothing(scored["macro_auroc"], untrained["macro_auroc"])),
        "started_from": taught.file.path.name if taught.file else "random",
    }
    backbone = taught.classifier.branches[0].backbone
    assert backbone is not None
    return Pretrained(backbone, taught.history, told, hashes={})


def _learned_nothing(taught: float | None, untrained: float | None) -> Iterator[str]:
    """A note, where the picture alone says as much as the net that was taught."""
    if taught is None or untrained is None:
        yield "too few machines to tell whether anything was learned; simulate more with --signals"
    elif taught <= untrained:
        yield (
            f"macro AUROC {taught:.1f} on machines it never met, and the picture alone has {untrained:.1f}: it learned "
            "nothing yet; simulate more with --signals, thousands at least"
        )


WAYS: Mapping[str, Way] = {"autoencoder": by_autoencoder, "simulation": by_simulation}


def _unlabelled(config: RunConfig) -> tuple[list[Row], Any]:
    """Signals that may train, with labels or without, and where their files are."""
    catalog = signals_of(config)
    if not catalog.rows:
        raise CatalogError(f"{config.name}: the data hold no signal to pretrain on; scan a folder with recordings, or "
                           "see data.where")  # fmt: skip
    if config.split is None:
        return list(catalog.rows), catalog.root
    sides, _ = audited(catalog, config.split)
    # A part that nobody named goes by its recording: another channel of what tests is no stranger.
    tested = {part for row in sides.test for part in (row.specimen, row.recording) if part}
    others = [row for row in catalog if not row.labels and not tested & {row.specimen, row.recording}]
    return [*sides.train, *others], catalog.root


def _sides(windows: WindowSet, seed: int) -> tuple[WindowSet, WindowSet]:
    held = held_out_signals(windows.rows, HELD_OUT, seed)
    if not held:
        raise CatalogError("all signals are of one part, and nothing would tell what was learned; add another specimen")
    return windows.some([place for place in range(len(windows.rows)) if place not in held]), windows.some(held)
