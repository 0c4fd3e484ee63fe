"""Checkpoint: how far a branch has come, left after every epoch, whole or not at all."""

import hashlib
import io
import json
import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from pipeline.errors import RequestError
from pipeline.models.branch import Branch
from pipeline.models.classifier import Classifier
from pipeline.models.features import batch_key
from pipeline.models.inference import body_digest
from pipeline.training.regime import FitConfig, TrainedBranchConfig
from pipeline.training.window_set import WindowSet
from pipeline.whole_file import write_whole

State = dict[str, Any]

SUFFIX = ".ckpt"
PARTS = frozenset({"mark", "finished", "rows", "best", "learned"})
"""What every checkpoint holds."""


def learned(branch: Branch) -> nn.ModuleList:
    """The parts of a branch that learn, batch norms' statistics included: blocks that are not frozen, and the head.

    Example:
        >>> from pipeline.models.branch import BranchConfig
        >>> from pipeline.preprocessing.base import Setting
        >>> branch = Branch(BranchConfig(backbone="small"), Setting(None, 64), ["a"])
        >>> _ = branch.backbone.freeze(last=1)
        >>> len(learned(branch))
        2
    """
    assert branch.backbone is not None
    return nn.ModuleList([*branch.backbone.blocks[branch.backbone.n_frozen :], branch.head])


@dataclass(frozen=True)
class Checkpoint:
    """A file that says how far a branch has come, and of what it is.

    Attributes:
        path: of the file; None keeps nothing.
        mark: hash of everything that decides what the branch learns.
    """

    path: Path | None
    mark: str

    def read(self) -> State | None:
        """What was left, None where nothing was, or half of it: the branch then starts anew, to the same end.

        Raises:
            RequestError: when it was left by training on other data, or with other options.
        """
        state = left_in(self.path) if self.path is not None else None
        if state is not None and state["mark"] != self.mark:
            raise RequestError(
                f"{self.path} was left by training on other recordings, from other weights or with other options; "
                "train into another folder, or start again with --overwrite"
            )
        return state

    def write(self, state: Mapping[str, Any]) -> None:
        """Leave how far the branch has come.

        Raises:
            RequestError: when the disk is full or not writable; the one before is left as it was.
        """
        if self.path is None:
            return
        content = io.BytesIO()
        torch.save({**state, "mark": self.mark}, content)
        write_whole(self.path, [content.getbuffer()])  # type: ignore[list-item]


def left_in(path: Path) -> State | None:
    """What a checkpoint holds; None where there is none, or half of one.

    Example:
        >>> left_in(Path("nowhere.ckpt"))
    """
    try:
        # Tensors and plain values only: nothing in the file can run.
        state: State = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, EOFError, KeyError, TypeError, ValueError, pickle.UnpicklingError):
        return None
    return state if isinstance(state, dict) and state.keys() >= PARTS else None


def checkpoints_in(folder: Path) -> dict[Path, bool]:
    """Every checkpoint of a run's folder, and whether it is whole."""
    return {path: left_in(path) is not None for path in sorted(folder.rglob(f"*{SUFFIX}"))}


def mark_of(
    classifier: Classifier,
    branch: Branch,
    config: TrainedBranchConfig,
    fit: FitConfig,
    sides: tuple[WindowSet, WindowSet | None],
    multiclass: bool,
    seed: int,
) -> str:
    """Hash of everything that decides what a branch learns: windows and truth, options, seed, start weights.

    Args:
        classifier, branch: the net and the branch of it that learns, as they start.
        config, fit: regime and how fine-tuning goes.
        sides: what it learns from, and what was held out, whose loss picks the epoch that is kept.
        multiclass: whether labels exclude one another.
        seed: of what chance decides.
    """
    digest = hashlib.sha256()
    stages = [*classifier.shared.specs, *branch.chain.specs]
    options = [config.model_dump(mode="json"), fit.model_dump(mode="json"), stages, multiclass, seed]
    digest.update(json.dumps(options, sort_keys=True).encode())
    digest.update(body_digest(branch).encode())
    for side in sides:
        digest.update(_digest_of(side))
    return digest.hexdigest()


def _digest_of(side: WindowSet | None) -> bytes:
    """Hash of windows and their truth."""
    digest = hashlib.sha256()
    if side is not None:
        digest.update(side.targets.contiguous().numpy().tobytes())
        for batch in side.batches:
            digest.update(batch_key(batch).encode())
    return digest.digest()
