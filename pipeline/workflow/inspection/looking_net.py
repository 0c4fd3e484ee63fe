"""Looking net: what looks at a signal, the net of a trained model or of a config that nobody trained yet."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import torch

from pipeline.config import RunConfig, load_config
from pipeline.diagnosis.seen import seen_by
from pipeline.errors import ConfigError, UnusableError
from pipeline.models.bundle_files import CARD
from pipeline.models.classifier import Classifier
from pipeline.models.intake import Intake
from pipeline.models.intake_of import intake_of
from pipeline.preprocessing.base import Batch, Setting
from pipeline.preprocessing.images.fault_order import BEARING_PLANES
from pipeline.preprocessing.unlearned import unlearned
from pipeline.signals.signal import Signal
from pipeline.workflow.request.model import load_model


@dataclass(frozen=True)
class LookingNet:
    """A net that looks, its name, and the intake that cuts its windows."""

    name: str
    classifier: Classifier
    intake: Intake


def looking_nets(image: Path | str) -> Callable[[Signal], LookingNet]:
    """The net that looks at a signal, of a trained model or of a run's config.

    Raises:
        BundleError: for a folder that is no bundle.
        ConfigError: for a file that is no config.
    """
    path = Path(image)
    if path.is_dir() or (path.name == CARD and path.is_file()):
        model = load_model(path if path.is_dir() else path.parent)
        trained = LookingNet(model.card.name, model.classifier, model.card.intake)
        return lambda _: trained
    config = load_config(path)
    _refuse_unlearned(config, path)
    built = lru_cache(maxsize=4)(lambda n_samples: untrained(config, n_samples))
    if config.window.turns is None:
        built(config.window.length(config.rate_hz))  # what is wrong with a config is told once, not per signal
    return lambda signal: built(_length(config, signal))


def _length(config: RunConfig, signal: Signal) -> int:
    if config.window.turns is not None and signal.speed_rpm is None:
        raise UnusableError("the config's window is in shaft turns, and nothing states the speed; give --speed-rpm")
    return config.window.length(config.rate_hz, signal.speed_rpm)


def _refuse_unlearned(config: RunConfig, path: Path) -> None:
    every = (config.stages, *(branch.stages for branch in config.branches))
    waiting = [name for stages in every for name in unlearned(stages)]
    if waiting:
        raise ConfigError(
            f"{path}: {waiting[0]} has to learn from the training side first; train it, and give --image RUN/model"
        )


def untrained(config: RunConfig, n_samples: int) -> LookingNet:
    """The net of a config before training, which sees what it will see after: no weights are read.

    Raises:
        FaultprintError: for stages that cannot follow each other, or an unknown backbone.
    """
    setting = Setting(config.rate_hz, n_samples)
    # Nobody asks this net for an answer; of the labels it could have, one that has a plane.
    labels = [BEARING_PLANES[0]]
    classifier = Classifier(config.stages, [branch.architecture for branch in config.branches], setting, labels)
    # What a config has wrong is told before any file is read.
    seen_by(classifier, Batch.of(torch.zeros(1, 1, n_samples), config.rate_hz or 1.0, 1.0, (1.0,) * 4))
    window = config.window.model_copy(update={"samples": n_samples, "seconds": None, "turns": None})
    return LookingNet(config.name, classifier, intake_of(classifier, window, config.centre, config.conditioning))
