"""Model: which one a batch asks, and its diagnoser, made in whatever process needs it."""

from dataclasses import dataclass, field
from pathlib import Path

from pipeline.batch.answer import Diagnose, ModelFacts
from pipeline.batch.keep_evidence import KeepEvidence
from pipeline.errors import BundleError
from pipeline.models.bundle_files import fingerprint_of, raw_card
from pipeline.models.ready import bundle_folder
from pipeline.readers.places import Place, place_of
from pipeline.workflow.inbox.statements import Stated


def facts_of(model: Path | str) -> ModelFacts:
    """Which model a bundle is, from its card and the hashes of its files alone.

    Raises:
        BundleError: when the folder is no bundle, or its card is damaged.
    """
    folder = bundle_folder(model)
    card = raw_card(folder)
    missing = [key for key in ("name", "task", "labels") if not card.get(key)]
    if missing:
        raise BundleError(f"{folder}: its card does not say {missing[0]}; copy the bundle again")
    return ModelFacts(str(card["name"]), fingerprint_of(folder), str(card["task"]), tuple(map(str, card["labels"])))


@dataclass(frozen=True)
class Loads:
    """Makes the diagnoser of a batch, in whatever process needs it.

    Attributes:
        model: a bundle's folder.
        fingerprint: of the model that the run began with.
        inbox: as the user named it; a URL's credentials go with it.
        stated: what the user says of the files.
        engine: what runs the model.
        keep: of which diagnoses pictures are kept.
    """

    model: Path | str
    fingerprint: str
    inbox: Place
    stated: Stated = field(default_factory=Stated)
    engine: str = "torch"
    keep: KeepEvidence = KeepEvidence.FAULTS

    def __call__(self) -> Diagnose:
        """Load the model and the catalog.

        Raises:
            BundleError: when the model cannot be loaded, or has been replaced since the run began.
        """
        # Loaded here, because a run that finds nothing new needs none of it.
        from pipeline.diagnosis.diagnoser import Diagnoser
        from pipeline.workflow.inbox.answers import Answering
        from pipeline.workflow.request.model import load_model

        place_of(self.inbox)
        loaded = load_model(self.model)
        if loaded.fingerprint != self.fingerprint:
            raise BundleError(f"{self.model}: was replaced by another model while this run began; start it again")
        diagnoser = Diagnoser(loaded, engine=self.engine)
        return Answering(diagnoser, self.stated.facts, self.stated.rows(), self.stated.pattern, self.keep)
