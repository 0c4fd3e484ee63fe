"""The ready model: a small net that asks every fault plane whether its fault is there, taught by simulation alone."""

from collections.abc import Sequence
from dataclasses import asdict

import torch
from torch import Tensor

from pipeline.models.branch import BranchConfig
from pipeline.models.bundle import Model, ModelCard
from pipeline.models.classifier import Classifier
from pipeline.models.intake_of import intake_of
from pipeline.preprocessing.base import Setting
from pipeline.preprocessing.chain import StageSpec
from pipeline.progress import Tick, unwatched
from pipeline.signals.simulation.endless.ranges import RANGES, Ranges
from pipeline.signals.simulation.endless.simulated_window import N_SAMPLES, RATE_HZ
from pipeline.training.heads import HeadConfig, solve_head
from pipeline.training.learn import versions
from pipeline.training.simulated.features import simulated_features
from pipeline.windows import WindowConfig

NAME = "ready"
LABELS = ("ball", "inner_race", "outer_race")
STAGES: Sequence[StageSpec] = ({"fault_order": {"sidebands": ["shaft", "cage"]}},)
BRANCH = BranchConfig(stages=["carrier_mean", "rivals"], planes="shared", hidden=(256, 128))
HEAD = HeadConfig(method="mlp", epochs=6, batch=512, noise=1.0)
"""Noise as strong as what it is added to: no simulation is a real machine. On H1's tuning splits 0.8 to 1.2 are alike,
and 0.3 is half a point worse."""
N_NETS = 2
"""Nets of unlike starts, whose logits are averaged."""

N_SIGNALS, SEED = 120_000, 12
NOTE = "simulated machines only; no real recording was learned from, so look at the evidence before acting"
CONSTANTS = "the image's constants were chosen on the tuning folds of H1 (CWRU); simulated ranges, noise too, in part"
SETTING = Setting(RATE_HZ, N_SAMPLES)


def ready_net() -> Classifier:
    """The net, not trained."""
    return Classifier(STAGES, [BRANCH] * N_NETS, SETTING, LABELS)


def train_ready(
    n_signals: int = N_SIGNALS,
    seed: int = SEED,
    *,
    ranges: Ranges = RANGES,
    workers: int = 1,
    tick: Tick = unwatched,
) -> Model:
    """Simulate machines, and train on them.

    Args:
        n_signals: machines, one window each.
        seed: of machines and nets; the same seed gives the same weights on one machine and version of torch.
        ranges: how machines differ.
        workers: processes that simulate; they change nothing but the time.
        tick: told of progress.

    Returns:
        The model, not saved yet.
    """
    features, truth = simulated_features(
        list(STAGES), BRANCH, SETTING, LABELS, seed=seed, n_signals=n_signals, ranges=ranges, workers=workers, tick=tick
    )
    classifier = ready_net()
    for place, branch in enumerate(classifier.branches):
        tick("training nets", place, N_NETS)
        solve_head(branch.head, features, truth, HEAD, multiclass=False, seed=seed + place)
    tick("training nets", N_NETS, N_NETS)
    # The mean of logits stays a logit, which sums on a common scale would not.
    classifier.branch_spread.fill_(float(N_NETS))
    return Model(_card(classifier, n_signals, seed, ranges, truth), classifier.eval())


def _card(classifier: Classifier, n_signals: int, seed: int, ranges: Ranges, truth: Tensor) -> ModelCard:
    shares = {label: round(float(share), 3) for label, share in zip(LABELS, truth.mean(dim=0), strict=True)}
    rpm = [60.0 * hz for hz in ranges.shaft_hz]
    return ModelCard(
        name=NAME,
        task="multilabel",
        labels=LABELS,
        stages=classifier.shared.specs,
        branches=[branch.config.model_copy(update={"stages": branch.chain.specs}) for branch in classifier.branches],
        intake=intake_of(classifier, WindowConfig(samples=N_SAMPLES)),
        notes=(NOTE,),
        trained_on={"signals": n_signals, "windows": n_signals, "specimens": n_signals, "speeds_rpm": rpm},
        provenance={
            "trained_on": "simulated machines alone",
            "constants": CONSTANTS,
            "seed": seed,
            "shares": shares,
            "head": HEAD.model_dump(mode="json"),
            "ranges": {name: _plain(value) for name, value in asdict(ranges).items()},
            "versions": versions(),
        },
    )


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


@torch.inference_mode()
def simulated_logits(
    classifier: Classifier, *, seed: int, n_signals: int, ranges: Ranges = RANGES, workers: int = 1
) -> tuple[Tensor, Tensor]:
    """What the ready net says of machines, and what is wrong with them: both (signal, label)."""
    features, truth = simulated_features(
        list(STAGES), BRANCH, SETTING, LABELS, seed=seed, n_signals=n_signals, ranges=ranges, workers=workers
    )
    return classifier.summed([branch.head(features) for branch in classifier.branches]), truth
