"""By autoencoder: pretraining on recordings that nobody labelled."""

from typing import Any

from pipeline.catalog.opening import open_row
from pipeline.catalog.row import Row
from pipeline.config import RunConfig
from pipeline.errors import CatalogError, RequestError
from pipeline.models.classifier import Classifier
from pipeline.models.intake_of import intake_of
from pipeline.models.picture_size import refuse_small_pictures
from pipeline.preprocessing.base import Setting
from pipeline.progress import Tick
from pipeline.training.autoencoder.fitting import fit_autoencoder
from pipeline.training.autoencoder.pictures import held_out_signals, pictures_of
from pipeline.training.fit import start_weights
from pipeline.training.learn import learn_stages, resolved_window
from pipeline.training.window_set import WindowSet, collect
from pipeline.workflow.pretraining.pretrained import Pretrained
from pipeline.workflow.training_run.audited_split import audited
from pipeline.workflow.training_run.signals import signals_of

UNASKED = "unasked"
"""In the place of labels, which are not looked at."""

HELD_OUT = 0.2
"""Share of the parts that only judge."""


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
    learn_stages(net, config.stages, setting, training)
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
