"""Bundle: a trained model as a folder, no pickle: `model.yaml` and `weights.safetensors`."""

import hashlib
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file

from pipeline.errors import BundleError
from pipeline.models.branch import BranchConfig
from pipeline.models.classifier import Classifier
from pipeline.models.intake import Intake
from pipeline.preprocessing.base import Setting
from pipeline.preprocessing.chain import StageSpec
from pipeline.strict import Strict

FORMAT = 1
CARD, WEIGHTS = "model.yaml", "weights.safetensors"

Task = Literal["multiclass", "multilabel"]


class ModelCard(Strict):
    """All of a model but its numbers; what `model.yaml` holds.

    Attributes:
        weights_sha256: what `weights.safetensors` hashes to; None before the model is saved.
        stamps, notes: what qualifies the model's figures, and what a reader must know of the data it learned from.
        trained_on: the conditions seen in training: `specimens`, `rates_hz`, `speeds_rpm` (lowest, highest).
        provenance: where the weights came from (file, SHA-256), regimes, stamps, versions, date.
    """

    format: int = FORMAT
    name: str
    task: Task
    labels: tuple[str, ...]
    stages: list[StageSpec]
    branches: list[BranchConfig]
    intake: Intake
    weights_sha256: str | None = None
    stamps: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    trained_on: dict[str, Any] = Field(default_factory=dict)
    provenance: dict[str, Any] = Field(default_factory=dict)

    @property
    def setting(self) -> Setting:
        """Rate and window length, for building the net."""
        return Setting(self.intake.rate_hz, self.intake.window.length())


@dataclass
class Model:
    """A classifier with everything needed to use it on a signal.

    Attributes:
        card: labels, task, intake, provenance.
        classifier: the net.
        fingerprint: hash of the bundle it was loaded from, None before it is saved.
    """

    card: ModelCard
    classifier: Classifier
    fingerprint: str | None = field(default=None)


def _saved(name: str) -> bool:
    """Stages hold constants that follow from the card; only what was learned or loaded is stored."""
    return not name.startswith("shared.") and ".chain." not in name


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _fingerprint(folder: Path) -> str:
    digest = hashlib.sha256()
    for name in (CARD, WEIGHTS, "reference.safetensors", "model.onnx"):
        path = folder / name
        if path.is_file():
            digest.update(f"{name} {_sha256(path)};".encode())
    return f"sha256:{digest.hexdigest()}"


def save_bundle(model: Model, folder: Path) -> Model:
    """Write a model to a new folder, whole or not at all.

    Returns:
        The model with its fingerprint.

    Raises:
        BundleError: when the folder exists, or the disk is full or not writable; nothing is left half-written.
    """
    if folder.exists():
        raise BundleError(f"{folder} exists, and a bundle never changes; name another folder")
    tensors = {name: value.contiguous() for name, value in model.classifier.state_dict().items() if _saved(name)}
    unfinished = None
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
        unfinished.chmod(0o755)
        save_file(tensors, unfinished / WEIGHTS)
        card = model.card.model_copy(update={"weights_sha256": _sha256(unfinished / WEIGHTS)})
        text = yaml.safe_dump(card.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
        (unfinished / CARD).write_text(text, encoding="utf-8")
        unfinished.replace(folder)
    except (OSError, SafetensorError) as error:
        if unfinished is not None:
            shutil.rmtree(unfinished, ignore_errors=True)
        raise BundleError(f"cannot save the model to {folder}: {error}; nothing was written") from None
    return Model(card, model.classifier, _fingerprint(folder))


def _read_card(folder: Path) -> ModelCard:
    if not (folder / CARD).is_file():
        raise BundleError(f"{folder} is not a model: it has no {CARD}; give the model/ folder that training wrote")
    try:
        raw = yaml.safe_load((folder / CARD).read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        said = " ".join(str(error).split())[:160]
        raise BundleError(f"{folder / CARD} cannot be read: {said}; copy the bundle again") from None
    if not isinstance(raw, dict):
        raise BundleError(f"{folder / CARD} is damaged: it holds no keys and values; copy the bundle again")
    version = raw.get("format")
    if version != FORMAT:
        raise BundleError(f"{folder} has format {version}; this Faultprint reads format {FORMAT}; upgrade faultprint")
    return ModelCard.parse(raw, str(folder / CARD), BundleError)


def load_bundle(folder: Path) -> Model:
    """Read a model back.

    Raises:
        BundleError: when the folder is no bundle, is damaged, or was written by another format.
    """
    card = _read_card(folder)
    try:
        if _sha256(folder / WEIGHTS) != card.weights_sha256:
            raise BundleError(f"{folder / WEIGHTS} is damaged: it is not the file that {CARD} names; copy it again")
        tensors = load_file(folder / WEIGHTS)
    except (OSError, SafetensorError) as error:
        raise BundleError(f"{folder / WEIGHTS} cannot be read: {error}; copy the bundle again") from None
    classifier = Classifier(card.stages, card.branches, card.setting, len(card.labels), card.intake.n_channels)
    expected = {name for name in classifier.state_dict() if _saved(name)}
    if expected != tensors.keys():
        odd = ", ".join(sorted(expected ^ tensors.keys())[:3])
        raise BundleError(f"{folder / WEIGHTS} does not belong to its {CARD}: differs in {odd}")
    try:
        classifier.load_state_dict(tensors, strict=False)
    except RuntimeError as error:
        said = str(error).splitlines()[-1].strip()
        raise BundleError(f"{folder / WEIGHTS} does not fit its {CARD}: {said}") from None
    return Model(card, classifier.eval(), _fingerprint(folder))
