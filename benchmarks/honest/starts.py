"""Starts: what a net begins with before it meets a real label: ImageNet or chance, as it is or taught by simulation."""

import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import torch

from honest.finetuned import finetuned
from honest.h1_table import ORDERS
from honest.methods import CONFIGS, Made, Make, columns, trained
from honest.protocol import Protocol
from honest.scorers import fixed
from honest.unchanged import in_order
from pipeline.config import RunConfig, load_config
from pipeline.evaluation.metrics import figures
from pipeline.models.classifier import Classifier
from pipeline.models.inference import FeatureMaker
from pipeline.training.simulated.pretrain import answers_on_simulation, taught_by_simulation
from pipeline.training.simulated.ready_model import LABELS
from pipeline.workflow.pretraining.pretrained import save_backbone

NET = (
    "branches.0={stages: [rivals, {resize: {rows: 64, columns: 64}}, {to_imagenet: {low: 0, high: 4}}], "
    "planes: shared, backbone: squeezenet1_1, layer: features.7, pool: mean_max, head: ridge}"
)
"""A picture for every fault plane, 64 x 64 pixels of 12 x 5 cells, and one head for all."""

SEED, FRESH_SEED = 31, 21_000
"""Of machines that teach, and of machines that only ask."""


class Start(NamedTuple):
    """What a net begins with.

    Attributes:
        name: what it is called.
        weights: `imagenet` or `random`.
        simulated: whether simulated machines teach it before real ones do.
    """

    name: str
    weights: str
    simulated: bool = False

    @property
    def told(self) -> str:
        """The column `weights`.

        Example:
            >>> Start("random, then simulation", "random", simulated=True).told
            'random, simulated'
        """
        return f"{self.weights}, simulated" if self.simulated else self.weights


STARTS = (
    Start("ImageNet", "imagenet"),
    Start("random", "random"),
    Start("ImageNet, then simulation", "imagenet", simulated=True),
    Start("random, then simulation", "random", simulated=True),
)


class Learned(NamedTuple):
    """What simulated machines made of a net.

    Attributes:
        classifier: with the head that they taught.
        file: the backbone's weights.
        loss: of the first and of the last twentieth of the machines.
        seconds: that it took.
    """

    classifier: Classifier
    file: Path
    loss: tuple[float, float]
    seconds: float


School = Callable[[Start], Learned]
"""A start that begins with simulation to what came of it; the second time it is asked for at no cost."""


def school(n_signals: int, folder: Path) -> School:
    """Nets that so many simulated machines teach, the same ones all of them.

    Args:
        n_signals: machines.
        folder: for weights.
    """

    @cache
    def learned(start: Start) -> Learned:
        config, started = config_of(start), time.perf_counter()
        taught = taught_by_simulation(config.stages, config.branches[0], config.fit, n_signals, seed=SEED)
        backbone = taught.classifier.branches[0].backbone
        assert backbone is not None
        losses = (taught.history[0]["loss"], taught.history[-1]["loss"])
        return Learned(taught.classifier, save_backbone(backbone, folder), losses, time.perf_counter() - started)

    return learned


def config_of(start: Start, *overrides: str) -> RunConfig:
    """The run's config of a start, before simulation."""
    return load_config(CONFIGS / ORDERS, (NET, f"branches.0.weights={start.weights}", *overrides))


def on_simulation(learned: Learned, n_signals: int) -> dict[str, Any]:
    """What a net says of machines of another seed: the columns of a row."""
    answers = answers_on_simulation(learned.classifier, n_signals, seed=FRESH_SEED)
    said, untrained = (
        figures(scores.numpy(), answers.truth.numpy(), LABELS, multiclass=False)
        for scores in (answers.logits, answers.untrained)
    )
    labels = {name: round(value, 1) for name, value in said["auroc"].items() if value is not None}
    return {
        "macro_auroc": said["macro_auroc"],
        **labels,
        "untrained_auroc": untrained["macro_auroc"],
        "first_loss": round(learned.loss[0], 3),
        "last_loss": round(learned.loss[1], 3),
        "machines": n_signals,
        "seconds": round(learned.seconds, 1),
    }


def as_taught(start: Start, learn: School) -> Make:
    """A net as simulation left it, its own head answering: no real label."""

    def make(setting: Protocol) -> Made:
        maker = FeatureMaker(learn(start).classifier)
        scores = torch.cat([maker.logits(batch) for batch in setting.windows.batches])
        told = columns(config_of(start), regime=None) | {"weights": start.told}
        return Made(told, fixed(in_order(scores, LABELS, setting.labels)))

    return make


def frozen(start: Start, learn: School) -> Make:
    """A net as it started, its head solved on real labels."""
    return _started(start, learn, trained)


def whole(start: Start, learn: School) -> Make:
    """A net that learns from real labels as a whole; one that starts at random learns at full rate, from scratch."""
    regime = "scratch" if start == STARTS[1] else "full"
    return _started(start, learn, finetuned, f"branches.0.regime={regime}")


def _started(start: Start, learn: School, method: Callable[..., Make], *overrides: str) -> Make:
    def make(setting: Protocol) -> Made:
        weights = learn(start).file if start.simulated else start.weights
        made = method(ORDERS, NET, f"branches.0.weights={weights}", *overrides)(setting)
        return made._replace(columns=made.columns | {"weights": start.told})

    return make
