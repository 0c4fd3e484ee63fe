"""Rebuild ready: the shipped model made anew, from a seed and simulated machines; asked for by `make ready-model`."""

from pathlib import Path

import numpy as np

from pipeline.diagnosis.calibration.fitting import calibrated
from pipeline.evaluation.metrics import figures
from pipeline.models.bundle import Model, save_bundle
from pipeline.progress import Tick, unwatched
from pipeline.training.simulated.ready_model import LABELS, N_SIGNALS, SEED, simulated_logits, train_ready

N_CALIBRATION = 2000
KEPT_OUT = "simulated machines kept out of training"

N_HELD_OUT = 1000
"""Machines of a seed of their own, that the model is scored on; no more of them than it learned from."""


def rebuild(
    out: Path, n_signals: int = N_SIGNALS, seed: int = SEED, *, workers: int = 1, tick: Tick = unwatched
) -> Model:
    """Train the ready model and save its bundle.

    Args:
        out: a new folder.
        n_signals, seed: machines it learns from; the same two give the same weights.
        workers: processes that simulate; they change nothing but the time.
        tick: told of progress.

    Returns:
        The model, with what it scored on machines of another seed in its card.

    Raises:
        BundleError: when the folder exists, or cannot be written.
    """
    model = train_ready(n_signals, seed, workers=workers, tick=tick)
    tested = min(n_signals, N_HELD_OUT)
    logits, truth = simulated_logits(model.classifier, seed=seed + 1, n_signals=tested, workers=workers)
    found = figures(logits.numpy(), truth.numpy(), LABELS, multiclass=False)
    told = {
        "simulated_machines": tested,
        "seed": seed + 1,
        "macro_auroc": found["macro_auroc"],
        "auroc": found["auroc"],
    }
    provenance = model.card.provenance | {"held_out": told}
    model = Model(model.card.model_copy(update={"provenance": provenance}), model.classifier)
    return save_bundle(calibrated_on_simulation(model, seed + 2, min(n_signals, N_CALIBRATION), workers), out)


def calibrated_on_simulation(model: Model, seed: int, n_signals: int = N_CALIBRATION, workers: int = 1) -> Model:
    """The model, calibrated on simulated machines kept out of its training; not saved yet.

    It says OUTSIDE of nothing: simulated samples are made otherwise than any recording, so that all would be outside.

    Args:
        model: the ready model.
        seed: whose machines; another one than it learned from.
        n_signals: machines, one window each.
        workers: processes that simulate.
    """
    logits, truth = simulated_logits(model.classifier, seed=seed, n_signals=n_signals, workers=workers)
    each = np.arange(n_signals)
    found = calibrated(
        logits.double().numpy(), each, truth.numpy() > 0.5, each, LABELS, multiclass=False, basis=KEPT_OUT
    )
    card = model.card.model_copy(update={"calibration": found.card})
    return Model(card, model.classifier, reference=found.tensors())
