"""Table: the images and methods that every protocol on CWRU is scored with, each under a name of its own.

H1's own table, with its targets, is `honest.h1_table`.
"""

from collections.abc import Mapping
from typing import Any

from honest.finetuned import finetuned
from honest.h1_table import CELLS, FOREST, ORDERS, RANDOM, SAME_NET, SIDE_BANDS, STFT
from honest.methods import Made, Make, Method, chance, classic, level, trained, untrained
from honest.protocol import Protocol
from honest.scorers import summed
from honest.unchanged import ready

LOGISTIC_PIXELS = "branches.0={stages: [{resize: {rows: 32, columns: 8}}], head: logistic}"
WITH_LEVEL = "stages=[{stft: {n_fft: 256, hop: 64}}, decibels]"
PER_LABEL = "branches.0={stages: [carrier_mean], head: logistic}"
SHARED = "branches.0={stages: [carrier_mean, rivals], planes: shared, head: logistic}"
"""One head for all fault planes, "is the fault of this plane there?"; the penalty is the package's default."""

MAJORITY = Method("majority: always the same answer", None, chance, quick=True)
LEVEL = Method("level alone, ridge", None, level)
CLASSIC = Method(FOREST, None, classic, quick=True)
STFT_PIXELS = Method("pixels, logistic", "stft", trained(STFT, WITH_LEVEL, LOGISTIC_PIXELS), quick=True)
STFT_LEVEL_FREE = Method("pixels, level-free, logistic", "stft", trained(STFT, LOGISTIC_PIXELS))
STFT_NET = Method("frozen SqueezeNet, ridge", "stft", trained(STFT, *SAME_NET))
STFT_RANDOM = Method("frozen random SqueezeNet, ridge", "stft", trained(STFT, *SAME_NET, RANDOM))
UNTRAINED = Method("no training: own plane over the best other", "fault_order", untrained(ORDERS, CELLS), quick=True)
CELLS_RIDGE = Method("cells, ridge", "fault_order", trained(ORDERS, CELLS))
CELLS_LOGISTIC = Method("logistic per label", "fault_order", trained(ORDERS, SIDE_BANDS, PER_LABEL))
SHARED_HEAD = Method("shared head, logistic", "fault_order", trained(ORDERS, SIDE_BANDS, SHARED), quick=True)
CELLS_NET = Method("frozen SqueezeNet, ridge", "fault_order", trained(ORDERS), quick=True)
READY = Method("ready model, no real label", "fault_order", ready, quick=True)
CELLS_RANDOM = Method("frozen random SqueezeNet, ridge", "fault_order", trained(ORDERS, RANDOM))


def together(*parts: Method) -> Make:
    """Several methods summed, each scaled by what it scores on the windows that train; the columns of the first."""

    def make(setting: Protocol) -> Made:
        made = [part.make(setting) for part in parts]
        # A shared head has one scale for all labels; so have classes, which would otherwise shift.
        one_scale = [setting.multiclass or part in (SHARED_HEAD, READY) for part in parts]
        return Made(made[0].columns, summed([part.scorer for part in made], one_scale))

    return make


SUM = Method("frozen SqueezeNet + shared head", "fault_order", together(CELLS_NET, SHARED_HEAD))
SUM_READY = Method("frozen SqueezeNet + ready model", "fault_order", together(CELLS_NET, READY))
METHODS = (
    *(MAJORITY, LEVEL, CLASSIC),
    *(STFT_PIXELS, STFT_LEVEL_FREE, STFT_NET, STFT_RANDOM),
    *(UNTRAINED, CELLS_RIDGE, CELLS_LOGISTIC, SHARED_HEAD, CELLS_NET, CELLS_RANDOM, SUM),
    *(READY, SUM_READY),
)

REGIMES = {"last two blocks": "{last_blocks: 2}", "whole net": "full", "from scratch": "scratch"}
LONG = tuple(
    Method(f"SqueezeNet, {told}", image, finetuned(file, *net, f"branches.0.regime={regime}"))
    for image, file, net in (("fault_order", ORDERS, ()), ("stft", STFT, SAME_NET))
    for told, regime in REGIMES.items()
)
"""Trained by gradient descent on the very images that the frozen nets read."""

DRAWN = (CLASSIC, STFT_PIXELS, STFT_NET, UNTRAINED, SHARED_HEAD, CELLS_NET, CELLS_RANDOM, SUM, READY, SUM_READY, *LONG)
"""Those whose curves are drawn; the others are in the table."""


def drawn(row: Mapping[str, Any]) -> bool:
    """Whether a row's curve is drawn."""
    return any((method.name, method.image) == (row["method"], row["image"]) for method in DRAWN)
