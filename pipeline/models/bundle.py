"""Bundle: a trained model as a folder, no pickle: `model.yaml` and `weights.safetensors`, and what was exported."""

import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor

from pipeline.errors import BundleError
from pipeline.models.branch import BranchConfig
from pipeline.models.bundle_files import CARD, FORMAT, REFERENCE, WEIGHTS, fingerprint_of, raw_card, sha256_of
from pipeline.models.calibration_card import CalibrationCard
from pipeline.models.classifier import Classifier
from pipeline.models.intake import Intake
from pipeline.preprocessing.base import Setting
from pipeline.preprocessing.chain import StageSpec
from pipeline.strict import Strict

Task = Literal["multiclass", "multilabel"]


class ExportCard(Strict):
    """One exported form of a model, beside it in its bundle.

    Attributes:
        file: what a runtime opens.
        sha256: of that file.
        beside: further files that belong to it -> SHA-256.
        opset: version of ONNX's operators.
        inputs: what the graph takes: samples, and speed_hz and orders where the model needs them.
        parity: how near its logits came to torch's when it was exported.
        versions: of the libraries that made it.
    """

    file: str
    sha256: str
    beside: dict[str, str] = Field(default_factory=dict)
    opset: int
    inputs: tuple[str, ...]
    parity: dict[str, Any] = Field(default_factory=dict)
    versions: dict[str, str] = Field(default_factory=dict)

    @property
    def files(self) -> dict[str, str]:
        """All its files -> SHA-256, `file` first."""
        return {self.file: self.sha256, **self.beside}


class ModelCard(Strict):
    """All of a model but its numbers; what `model.yaml` holds.

    A card of an older Faultprint lacks the newer keys and is read with their defaults. One of a newer Faultprint is
    refused by an older one, which names the key that it does not know.

    Attributes:
        weights_sha256: what `weights.safetensors` hashes to; None before the model is saved.
        reference_sha256: the same of `reference.safetensors`; None where the model keeps none.
        stamps, notes: what qualifies the model's figures, and what a reader must know of the data it learned from.
        trained_on: the conditions seen in training: `specimens`, `rates_hz`, `speeds_rpm` (lowest, highest).
        provenance: where the weights came from (file, SHA-256), regimes, stamps, versions, date.
        exports: forms for other engines, by format.
        calibration: how its scores become probabilities; None where too few parts trained it to say.
    """

    format: int = FORMAT
    name: str
    task: Task
    labels: tuple[str, ...]
    stages: list[StageSpec]
    branches: list[BranchConfig]
    intake: Intake
    weights_sha256: str | None = None
    reference_sha256: str | None = None
    stamps: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    trained_on: dict[str, Any] = Field(default_factory=dict)
    provenance: dict[str, Any] = Field(default_factory=dict)
    exports: dict[str, ExportCard] = Field(default_factory=dict)
    calibration: CalibrationCard | None = None

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
        folder: of that bundle.
        reference: what it keeps of its training side, features by name and no samples, and what its calibration rests
            on; empty where it keeps nothing.
    """

    card: ModelCard
    classifier: Classifier
    fingerprint: str | None = field(default=None)
    folder: Path | None = field(default=None)
    reference: dict[str, Tensor] = field(default_factory=dict, repr=False)


def _saved(name: str) -> bool:
    """Stages hold constants that follow from the card; only what was learned or loaded is stored."""
    return not name.startswith("shared.") and ".chain." not in name


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
        # What was exported stays with the bundle it was exported from.
        changes: dict[str, Any] = {"weights_sha256": sha256_of(unfinished / WEIGHTS), "exports": {}}
        changes["reference_sha256"] = None
        if model.reference:
            save_file({name: part.contiguous() for name, part in model.reference.items()}, unfinished / REFERENCE)
            changes["reference_sha256"] = sha256_of(unfinished / REFERENCE)
        card = model.card.model_copy(update=changes)
        (unfinished / CARD).write_text(text_of(card), encoding="utf-8")
        # safetensors lets only the owner read what it writes; who may read the card may read the weights.
        for name in (WEIGHTS, REFERENCE) if model.reference else (WEIGHTS,):
            shutil.copymode(unfinished / CARD, unfinished / name)
        unfinished.replace(folder)
    except (OSError, SafetensorError) as error:
        if unfinished is not None:
            shutil.rmtree(unfinished, ignore_errors=True)
        raise BundleError(f"cannot save the model to {folder}: {error}; nothing was written") from None
    return Model(card, model.classifier, fingerprint_of(folder), folder, model.reference)


def text_of(card: ModelCard) -> str:
    """A card as its file has it."""
    return str(yaml.safe_dump(card.model_dump(mode="json"), sort_keys=False, allow_unicode=True))


def saved_in(model: Model) -> Path:
    """The folder of a model's bundle.

    Raises:
        BundleError: for a model that was never saved.
    """
    if model.folder is None:
        raise BundleError(f"{model.card.name} was never saved; save it with save_bundle first")
    return model.folder


def card_in(folder: Path) -> ModelCard:
    """The card of a bundle's folder; BundleError for one that is none, or damaged."""
    return ModelCard.parse(raw_card(folder), str(folder / CARD), BundleError)


def load_bundle(folder: Path) -> Model:
    """Read a model back.

    Raises:
        BundleError: when the folder is no bundle, is damaged, or was written by another format.
    """
    card = card_in(folder)
    tensors = _tensors(folder / WEIGHTS, card.weights_sha256)
    reference = _tensors(folder / REFERENCE, card.reference_sha256) if card.reference_sha256 else {}
    classifier = Classifier(card.stages, card.branches, card.setting, card.labels, card.intake.n_channels)
    expected = {name for name in classifier.state_dict() if _saved(name)}
    if expected != tensors.keys():
        odd = ", ".join(sorted(expected ^ tensors.keys())[:3])
        raise BundleError(f"{folder / WEIGHTS} does not belong to its {CARD}: differs in {odd}")
    try:
        classifier.load_state_dict(tensors, strict=False)
    except RuntimeError as error:
        said = str(error).splitlines()[-1].strip()
        raise BundleError(f"{folder / WEIGHTS} does not fit its {CARD}: {said}") from None
    return Model(card, classifier.eval(), fingerprint_of(folder), folder, reference)


def _tensors(path: Path, sha256: str | None) -> dict[str, Tensor]:
    """Named tensors of a file that must hash to what the card says."""
    try:
        if sha256_of(path) != sha256:
            raise BundleError(f"{path} is damaged: it is not the file that {CARD} names; copy it again")
        return load_file(path)
    except (OSError, SafetensorError) as error:
        raise BundleError(f"{path} cannot be read: {error}; copy the bundle again") from None
