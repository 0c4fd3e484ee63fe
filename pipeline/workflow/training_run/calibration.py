"""Calibration: a trained model, and answers on the parts that its folds left out, to a model whose verdicts promise."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from pipeline.catalog.row import Row
from pipeline.catalog.splitting.groups import part_of
from pipeline.config import CalibrationConfig
from pipeline.diagnosis.calibration.fitting import FEWEST_PARTS, calibrated
from pipeline.diagnosis.outside.makeup import makeup
from pipeline.diagnosis.outside.nearness import axes_for
from pipeline.diagnosis.outside.strangeness import Heard, Outside, Spaces, means_by_signal
from pipeline.models.bundle import Model
from pipeline.models.features import FeatureCache
from pipeline.models.inference import FeatureMaker
from pipeline.training.window_set import WindowSet


def why_not(config: CalibrationConfig | None, rows: Sequence[Row]) -> str | None:
    """Why a model of these signals cannot be calibrated; None where it can."""
    if config is None:
        return "calibration: none was asked for"
    n_parts = len({part_of(row) for row in rows})
    if n_parts < FEWEST_PARTS:
        return f"{n_parts} specimens trained it, and calibration needs {FEWEST_PARTS}"
    return None


@dataclass
class FoldWatch:
    """Measures how strange each fold's model finds the signals that it did not learn from.

    Attributes:
        windows: all of the training side.
        multiclass: whether labels exclude one another.
        cache: features kept between runs.
        left_out: what was found, by the signal's place, each (measure,).
    """

    windows: WindowSet
    multiclass: bool
    cache: FeatureCache | None
    left_out: dict[int, Tensor] = field(default_factory=dict)

    def __call__(self, model: Model, known: WindowSet, held: Sequence[int]) -> None:
        """Called by `out_of_fold`."""
        spaces = Spaces.of(heard_in(model, known, self.cache), axes_for(len(self.windows.rows)))
        found = spaces.measured(heard_in(model, self.windows.some(held), self.cache), self.multiclass)
        self.left_out |= dict(zip(held, found, strict=True))


def heard_in(model: Model, windows: WindowSet, cache: FeatureCache | None = None) -> Heard:
    """What a model hears in every signal of a set."""
    maker = FeatureMaker(model.classifier, cache)
    looked = [maker.looked(batch) for batch in windows.batches]
    owner, count = windows.signal_of_window.numpy(), len(windows.rows)
    features = torch.cat([each.features for each in looked if each.features is not None])
    made = torch.cat([makeup(batch.values).mean(dim=1) for batch in windows.batches])
    logits = torch.cat([each.logits for each in looked])
    return Heard(*(means_by_signal(part, owner, count) for part in (features, made, logits)))


def with_calibration(
    model: Model, windows: WindowSet, scores: Tensor, watch: FoldWatch, config: CalibrationConfig
) -> Model:
    """The model with its calibration, not saved yet.

    Args:
        model: trained on all of the windows.
        windows: its training side.
        scores: of each window by a model that had not met its part, (window, label).
        watch: what the folds found strange.
        config: levels.
    """
    part = numbers_of([part_of(row) for row in windows.rows])
    found = calibrated(
        scores.double().numpy(),
        windows.signal_of_window.numpy(),
        windows.targets.numpy() > 0.5,
        part,
        model.card.labels,
        multiclass=watch.multiclass,
        level=config.level,
        outside_level=config.outside_level,
    )
    left_out = torch.stack([watch.left_out[place] for place in range(len(windows.rows))])
    spaces = Spaces.of(heard_in(model, windows, watch.cache), axes_for(len(windows.rows)))
    outside = Outside.of(spaces, left_out, torch.from_numpy(part), watch.multiclass)
    card = model.card.model_copy(update={"calibration": found.card})
    return Model(card, model.classifier, reference=model.reference | found.tensors() | outside.tensors())


def numbers_of(parts: Sequence[object]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Parts by number, in the order in which they come.

    Example:
        >>> numbers_of(["b", "a", "b"])
        array([0, 1, 0])
    """
    places = {name: place for place, name in enumerate(dict.fromkeys(parts))}
    return np.array([places[name] for name in parts], dtype=np.int64)
