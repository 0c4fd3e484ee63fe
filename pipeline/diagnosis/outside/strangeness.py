"""Strangeness: three measures of how unlike the training side a signal is, and their common p-value."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from pipeline.diagnosis.calibration.conformal import Known, known, p_value
from pipeline.diagnosis.outside.makeup import NAMES
from pipeline.diagnosis.outside.nearness import Neighbourhood, neighbourhood
from pipeline.models.reference import taken, unfit

FLOAT = torch.float32
MEASURES = ("features", "makeup", "energy")
WORDS = {
    "features": "the image is unlike those trained on",
    "makeup": "the signal is made otherwise than those trained on",
    "energy": "no answer of the model is near",
}
TO_DEVIATIONS = 1.4826
"""Of a median of absolute differences, for normal numbers."""

LEAST_SPREAD = 1e-3
LEAST_DISTANCE = 1e-6


def energy(logits: Tensor, multiclass: bool) -> Tensor:
    """How little a model commits itself: (signal, label) -> (signal,); higher is stranger.

    Multiclass: -log sum exp of the logits. Multilabel: that of each label's yes and no, z / 2 and -z / 2, summed.

    Source: Liu, Wang, Owens, Li (2020), Energy-based out-of-distribution detection.

    Example:
        >>> energy(torch.tensor([[0.0, 0.0], [-9.0, 9.0]]), multiclass=False)
        tensor([-1.3863, -9.0002])
    """
    if multiclass:
        return -torch.logsumexp(logits, dim=1)
    return -torch.logaddexp(logits / 2, -logits / 2).sum(dim=1)


@dataclass(frozen=True)
class Heard:
    """What is compared of some signals: means over their windows.

    Attributes:
        features: of the first branch with a backbone, standardised, (signal, feature).
        makeup: (signal, descriptor).
        logits: (signal, label).
    """

    features: Tensor
    makeup: Tensor
    logits: Tensor

    def some(self, chosen: Tensor) -> "Heard":
        """Those of some signals."""
        return Heard(self.features[chosen], self.makeup[chosen], self.logits[chosen])


@dataclass(frozen=True)
class Spaces:
    """Where the training side lies, in features and in make-up."""

    features: Neighbourhood
    makeup: Neighbourhood

    @classmethod
    def of(cls, heard: Heard, n_axes: int) -> "Spaces":
        """Those of a training side; of folds with as many axes as of the whole, see `axes_for`."""
        return cls(neighbourhood(heard.features, n_axes), neighbourhood(heard.makeup, n_axes))

    def measured(self, heard: Heard, multiclass: bool) -> Tensor:
        """(signal, measure): logarithms of distances, and the energy; higher is stranger."""
        distances = [self.features.distance(heard.features), self.makeup.distance(heard.makeup)]
        logs = [distance.clamp_min(LEAST_DISTANCE).log() for distance in distances]
        return torch.stack([*logs, energy(heard.logits, multiclass)], dim=1)


@dataclass(frozen=True)
class Outside:
    """Tells how strange a signal is, against signals of parts that the model had not met.

    Attributes:
        spaces: of the whole training side.
        middle, spread: of each measure on signals that were left out of training, (measure,).
        scores: their strangeness, (recording,).
        part: which part each is of, (recording,).
        multiclass: whether labels exclude one another.
    """

    spaces: Spaces
    middle: Tensor
    spread: Tensor
    scores: Tensor
    part: Tensor
    multiclass: bool

    @classmethod
    def of(cls, spaces: Spaces, left_out: Tensor, part: Tensor, multiclass: bool) -> "Outside":
        """From the training side as it is, and measures of signals that were left out of it, (signal, measure)."""
        middle = left_out.median(dim=0).values
        spread = (TO_DEVIATIONS * (left_out - middle).abs().median(dim=0).values).clamp_min(LEAST_SPREAD)
        scores = ((left_out - middle) / spread).max(dim=1).values
        return cls(spaces, middle, spread, scores, part, multiclass)

    @cached_property
    def known(self) -> Known:
        """What new signals are compared to."""
        return known(self.scores.double().numpy(), self.part.numpy())

    def deviations(self, heard: Heard) -> Tensor:
        """(signal, measure): how many deviations each measure lies above its middle."""
        return (self.spaces.measured(heard, self.multiclass) - self.middle) / self.spread

    def why(self, heard: Heard) -> str:
        """Of one signal, in words: in what it is as strange as its p-value says."""
        p, deviations = self.p_value(heard), self.deviations(heard)[0].tolist()
        told = {name: WORDS[name] for name, each in zip(MEASURES, deviations, strict=True) if self._p(each) <= p}
        if "makeup" in told:
            told["makeup"] += f", most of all in {NAMES[int(self.spaces.makeup.furthest(heard.makeup)[0])]}"
        return "; ".join(told.values())

    def _p(self, deviation: float) -> float:
        return p_value(deviation, self.known)

    def p_value(self, heard: Heard) -> float:
        """Of one signal: how often one like those trained on is as strange."""
        return self._p(float(self.deviations(heard)[0].max()))

    def tensors(self) -> dict[str, Tensor]:
        """By name, as a bundle keeps them."""
        spaces = {
            f"outside.{space}.{name}": part
            for space in ("features", "makeup")
            for name, part in getattr(self.spaces, space).tensors().items()
        }
        own = {f"outside.{name}": getattr(self, name) for name in ("middle", "spread", "scores", "part")}
        return spaces | own

    @classmethod
    def of_tensors(cls, named: Mapping[str, Tensor], multiclass: bool) -> "Outside":
        """As `tensors` wrote it.

        Raises:
            BundleError: when the numbers are not such.
        """
        spaces = Spaces(_space(named, "features"), _space(named, "makeup"))
        middle, spread = (taken(named, f"outside.{name}", (len(MEASURES),), FLOAT) for name in ("middle", "spread"))
        scores = taken(named, "outside.scores", (None,), FLOAT)
        part = taken(named, "outside.part", (len(scores),), torch.int64)
        if not (spread > 0).all():
            raise unfit("outside.spread needs numbers above 0")
        return cls(spaces, middle, spread, scores, part, multiclass)


def _space(named: Mapping[str, Tensor], space: str) -> Neighbourhood:
    centre = taken(named, f"outside.{space}.centre", (None,), FLOAT)
    spread = taken(named, f"outside.{space}.spread", (len(centre),), FLOAT)
    axes = taken(named, f"outside.{space}.axes", (len(centre), None), FLOAT)
    if not (spread > 0).all():
        raise unfit(f"outside.{space}.spread needs numbers above 0")
    return Neighbourhood(centre, spread, axes, taken(named, f"outside.{space}.points", (None, axes.shape[1]), FLOAT))


def means_by_signal(values: Tensor, owner: npt.NDArray[np.integer], n_signals: int) -> Tensor:
    """Mean over the windows of each signal, (window, number) -> (signal, number).

    Example:
        >>> means_by_signal(torch.tensor([[1.0], [3.0], [5.0]]), np.array([0, 0, 1]), 2)
        tensor([[2.],
                [5.]])
    """
    place = torch.as_tensor(owner, dtype=torch.long)
    total = torch.zeros(n_signals, values.shape[1]).index_add_(0, place, values)
    return total / torch.bincount(place, minlength=n_signals)[:, None]
