"""Pretraining: a CNN that learns to read fault-order pictures of simulated machines before it meets a real one.

It asks every fault plane whether its fault is there, as the ready model does, of machine after machine, none of which
comes twice. All its blocks learn at one rate and batch norms follow what they see: there is enough to learn from.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import torch
from torch import Tensor

from pipeline.errors import ConfigError
from pipeline.models.branch import Branch
from pipeline.models.classifier import Classifier
from pipeline.models.picture_size import refuse_small_pictures
from pipeline.models.weights import WeightsFile
from pipeline.preprocessing.base import Batch
from pipeline.preprocessing.chain import Chain, StageSpec
from pipeline.preprocessing.learned_stages import learned_stages
from pipeline.progress import Tick, unwatched
from pipeline.signals.simulation.endless.ranges import RANGES, Ranges
from pipeline.training.finetuning.learning_rates import optimiser_of
from pipeline.training.fit import start_weights
from pipeline.training.heads.solve import scale_of
from pipeline.training.loss import Balance, soft_loss
from pipeline.training.regime import FitConfig, TrainedBranchConfig
from pipeline.training.simulated.own_over_others import own_over_others
from pipeline.training.simulated.ready_model import LABELS, SETTING
from pipeline.training.simulated.stream import CHUNK, stream

N_SIGNALS = 12_000
N_SCALE = 4 * CHUNK
"""The first machines, which also tell what the head's features are standardised by."""
HISTORY = 20
"""Lines of history, each of as many machines."""
CLIP = 1.0
"""Longest gradient where the config names none. Without a bound the loss of a net without batch norms can jump above
chance at the peak of the rate (SqueezeNet from random weights, one run each, 2,560 machines: 0.99, with it 0.63)."""


@dataclass(frozen=True)
class Taught:
    """A net that simulated machines have taught.

    Attributes:
        classifier: with one branch, head included.
        file: the weights it started from; None for random ones.
        history: `epoch`, counting parts of the machines, and their mean `loss`.
    """

    classifier: Classifier
    file: WeightsFile | None
    history: list[dict[str, float]]


def taught_by_simulation(
    stages: Sequence[StageSpec],
    config: TrainedBranchConfig,
    fit: FitConfig,
    n_signals: int = N_SIGNALS,
    *,
    seed: int = 0,
    ranges: Ranges = RANGES,
    tick: Tick = unwatched,
) -> Taught:
    """Train a net on simulated machines.

    Args:
        stages: before the branch: `fault_order`.
        config: the branch, with a backbone and `planes: shared`.
        fit: of it the rate and its warm-up, the decay of weights and the clip of gradients (1 if absent); batches are
            of 64 machines.
        n_signals: machines, a window each.
        seed: of machines, random weights and what augmentations draw; the global random state stays as it is.
        ranges: how machines differ.
        tick: told of progress.

    Raises:
        ConfigError: for a branch that cannot be built on these stages, and when the loss becomes no number.
        WeightsError: when the weights to start from cannot be had.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        classifier = Classifier(stages, [config.architecture], SETTING, LABELS)
        refuse_small_pictures(classifier)
        (branch,) = classifier.branches
        file = start_weights(branch, config, seed)
        _get_ready(classifier, branch, seed, min(n_signals, N_SCALE), ranges)
        losses = _losses(classifier, branch, fit, n_signals, seed, ranges, tick)
    classifier.eval()
    return Taught(classifier, file, _history(losses))


def _get_ready(classifier: Classifier, branch: Branch, seed: int, n_signals: int, ranges: Ranges) -> None:
    """What stages learn from a training side, and the scale of what the head sees."""
    images = [image for image, _ in _pictures(classifier, seed, n_signals, ranges)]
    stages = learned_stages(branch.chain.specs, classifier.shared.after, lambda: images)
    if stages != branch.chain.specs:
        branch.chain = Chain(stages, classifier.shared.after)
    branch.train()
    with torch.no_grad():
        features = torch.cat([branch.features(image) for image in images])
    branch.head.scale(*scale_of(branch.head.asked(features)))
    # In a solved head features are clipped; here that would stop gradients.
    branch.head.clip.fill_(torch.inf)


def _pictures(classifier: Classifier, seed: int, n_signals: int, ranges: Ranges) -> Iterator[tuple[Batch, Tensor]]:
    """What the branch reads of machines, and what is wrong with them, batch by batch."""
    for one in stream(seed, n_signals, LABELS, ranges):
        with torch.no_grad():
            image: Batch = classifier.shared(one.batch)
        yield image, one.targets


def _losses(
    classifier: Classifier, branch: Branch, fit: FitConfig, n_signals: int, seed: int, ranges: Ranges, tick: Tick
) -> list[float]:
    n_steps = -(-n_signals // CHUNK)
    parameters = list(branch.parameters())
    optimiser, schedule = optimiser_of([{"params": parameters, "lr": fit.learning_rate}], fit, n_steps)
    share = ranges.faulty / len(LABELS)
    balance = Balance(torch.full((1,), 0.5 / share), torch.full((1,), 0.5 / (1 - share)))
    losses: list[float] = []
    for image, targets in _pictures(classifier, seed, n_signals, ranges):
        tick("learning from simulated machines", len(losses) * CHUNK, n_signals)
        loss = soft_loss(branch(image), targets, balance, multiclass=False)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(parameters, fit.gradient_clip or CLIP)
        optimiser.step()
        schedule.step()
        losses.append(_a_number(float(loss.detach()), fit))
    with torch.no_grad():  # what the last step made of the net
        _a_number(float(soft_loss(branch(image), targets, balance, multiclass=False)), fit)
    tick("learning from simulated machines", n_signals, n_signals)
    return losses


def _a_number(loss: float, fit: FitConfig) -> float:
    if not loss < float("inf"):
        raise ConfigError(
            f"learning from simulated machines: the loss became {loss} at a learning rate of {fit.learning_rate:g}; "
            "lower fit.learning_rate"
        )
    return loss


def _history(losses: Sequence[float]) -> list[dict[str, float]]:
    """Means of as many machines each.

    Example:
        >>> _history([3.0, 1.0])
        [{'epoch': 1, 'loss': 3.0}, {'epoch': 2, 'loss': 1.0}]
    """
    n_lines = min(HISTORY, len(losses))
    edges = [place * len(losses) // n_lines for place in range(n_lines + 1)]
    parts = [losses[start:stop] for start, stop in pairwise(edges)]
    return [{"epoch": number, "loss": sum(part) / len(part)} for number, part in enumerate(parts, start=1)]


@dataclass(frozen=True)
class Answers:
    """What is said of machines, each (machine, label).

    Attributes:
        logits: by a net.
        untrained: by the picture alone, see `own_over_others`.
        truth: 0 or 1.
    """

    logits: Tensor
    untrained: Tensor
    truth: Tensor


@torch.inference_mode()
def answers_on_simulation(
    classifier: Classifier, n_signals: int, *, seed: int, ranges: Ranges = RANGES, tick: Tick = unwatched
) -> Answers:
    """What a net that simulated machines have taught says of others, labels in the order of `LABELS`.

    Args:
        classifier: with one branch.
        n_signals, seed, ranges: which machines; another seed than the one it learned from makes others.
        tick: told of progress.
    """
    (branch,), axes = classifier.eval().branches, classifier.shared.axes()
    assert axes is not None
    logits: list[Tensor] = []
    untrained: list[Tensor] = []
    truth: list[Tensor] = []
    for image, targets in _pictures(classifier, seed, n_signals, ranges):
        tick("asking about others", len(truth) * CHUNK, n_signals)
        logits.append(branch(image))
        untrained.append(own_over_others(image.values, axes.planes, LABELS))
        truth.append(targets)
    tick("asking about others", n_signals, n_signals)
    return Answers(torch.cat(logits), torch.cat(untrained), torch.cat(truth))
