"""Parity: whether an exported model gives torch's logits, on windows unlike each other."""

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from pipeline.errors import BundleError
from pipeline.models.bundle import Model, Task
from pipeline.models.engines.engine import Engine
from pipeline.models.inference import FeatureMaker
from pipeline.preprocessing.base import Batch

TOLERANCE = 1e-4
"""Largest difference of logits: so much while no logit is above 1 in size, and this share of the largest one beyond."""

SEED = 11
BATCHES = (1, 5)
"""Windows at once: one, and a number that nothing in a graph is likely to be by chance."""

KINDS = ("noise", "knocks", "tone", "quiet")
TURNS = (1.0, 1.7, 4.0)
"""Speeds, as multiples of the slowest that a model takes."""

USUAL_TURNS = 10.0
"""Turns in a window, for models that take any."""

BEARINGS = ((3.585, 5.415, 4.714, 0.398), (3.245, 4.755, 5.11, 0.406), (6.41, 8.59, math.nan, 0.427))
"""Outer, inner, ball, cage: of two common bearings, and of one whose ball order nobody knows."""

GEARS = ((1.0, 0.4, math.nan, math.nan), (1.0, 0.31, 0.31, 0.12), (1.0, 2.5, math.nan, math.nan))


class Parity(NamedTuple):
    """How near an engine's logits come to torch's.

    Attributes:
        largest_difference: of any two logits.
        largest_logit: of torch's, without its sign.
        labels_equal: whether every window gets exactly the same labels.
        near_edge: windows whose labels differ, or that lie no further than the tolerance from an edge between labels.
        clearly_other: windows whose labels differ although torch's logits lie further than that from the edge.
        windows: how many were compared.

    An edge is a logit of 0 where a window may have several labels, and two largest logits alike where it has one.
    """

    largest_difference: float
    largest_logit: float
    labels_equal: bool
    near_edge: int
    clearly_other: int
    windows: int

    @property
    def relative(self) -> float:
        """The difference as a share of the largest logit, of 1 where all are smaller; what `TOLERANCE` is held to."""
        return self.largest_difference / max(1.0, self.largest_logit)

    @property
    def holds(self) -> bool:
        """Whether the engine may stand in for torch: near logits, and no other label but where torch's is a toss-up."""
        return self.clearly_other == 0 and self.relative <= TOLERANCE


def probes(model: Model) -> list[Batch]:
    """Windows of every kind at several speeds and orders, the same each time, in batches of `BATCHES`.

    Example:
        >>> from pipeline.models.parity import KINDS, TURNS
        >>> len(KINDS) * len(TURNS)
        12
    """
    intake = model.card.intake
    length, rate_hz = intake.window.length(), intake.rate_hz or math.nan
    draw = torch.Generator().manual_seed(SEED)
    turns = max(intake.fewest_turns, USUAL_TURNS) * torch.tensor(TURNS)
    speeds_hz = turns * (intake.rate_hz or length) / length
    families = BEARINGS if intake.orders_of == "bearing" else GEARS
    cases = [
        (_window(kind, intake.n_channels, length, draw), speed_hz, orders)
        for kind in KINDS
        for speed_hz, orders in zip(speeds_hz.tolist(), families, strict=True)
    ]
    windows, speeds, orders = zip(*cases, strict=True)
    every = Batch(torch.stack(windows), torch.full((len(cases),), rate_hz), torch.tensor(speeds), torch.tensor(orders))
    places = list(range(len(cases)))
    cut = [places[:1], *(places[begin : begin + BATCHES[1]] for begin in range(1, len(cases), BATCHES[1]))]
    return [every.rows(torch.tensor(rows)) for rows in cut]


def _window(kind: str, n_channels: int, length: int, draw: torch.Generator) -> Tensor:
    noise = torch.randn(n_channels, length, generator=draw)
    if kind == "quiet":
        return 1e-4 * noise
    if kind == "tone":
        return 0.1 * noise + 3.0 * torch.sin(2 * torch.pi * 0.0317 * torch.arange(length))
    if kind == "knocks":
        ring = torch.exp(-0.05 * torch.arange(length)) * torch.sin(1.3 * torch.arange(length))
        since = torch.arange(length) % max(8, length // 37)
        return 0.3 * noise + 8.0 * ring[since]
    return noise


def parity(model: Model, engine: Engine) -> Parity:
    """An engine held against torch."""
    torchs = FeatureMaker(model.classifier)
    batches = probes(model)
    ours = torch.cat([torchs.logits(batch) for batch in batches])
    theirs = torch.cat([engine.logits(batch) for batch in batches])
    if theirs.shape != ours.shape:
        raise BundleError(f"the exported model gives {tuple(theirs.shape)} logits for {tuple(ours.shape)}")
    return compared(ours, theirs, model.card.task)


def compared(ours: Tensor, theirs: Tensor, task: Task) -> Parity:
    """Two engines' logits of the same windows.

    Args:
        ours: torch's, (window, label).
        theirs: another engine's.
        task: what they are logits of.

    Example:
        >>> compared(torch.tensor([[2.0, 1e-5]]), torch.tensor([[2.0, -1e-5]]), "multilabel").holds
        True
        >>> compared(torch.tensor([[2.0, 1.0]]), torch.tensor([[1.0, 2.0]]), "multiclass").clearly_other
        1
    """
    largest = float(ours.abs().max())
    near = TOLERANCE * max(1.0, largest)
    # What is no number differs by infinitely much, whichever of the two it is.
    difference = float((ours - theirs).abs().nan_to_num(math.inf).max())
    other = _labels(ours, task) != _labels(theirs, task)
    margins = _margins(ours, task)
    return Parity(
        largest_difference=difference,
        largest_logit=largest,
        labels_equal=not bool(other.any()),
        near_edge=int((other | (margins <= near)).any(dim=1).sum()),
        clearly_other=int((other & (margins > near)).any(dim=1).sum()),
        windows=len(ours),
    )


def _labels(logits: Tensor, task: Task) -> Tensor:
    """Which labels a window gets, (window, label)."""
    return logits > 0 if task == "multilabel" else one_hot(logits.argmax(dim=1), logits.shape[1]).bool()


def _margins(logits: Tensor, task: Task) -> Tensor:
    """How far every logit lies from where its label would change, (window, label)."""
    if task == "multilabel":
        return logits.abs()
    chosen = _labels(logits, task)
    behind = (logits.amax(dim=1, keepdim=True) - logits).masked_fill(chosen, math.inf)
    return torch.where(chosen, behind.amin(dim=1, keepdim=True), behind)
