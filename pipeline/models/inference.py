"""Inference: windows to features and logits, in bounded chunks, features computed once and kept."""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from pipeline.models.branch import Branch
from pipeline.models.classifier import Classifier, Looked
from pipeline.models.features import FeatureCache, batch_key, model_key
from pipeline.preprocessing.augment.augmentation import augmentations
from pipeline.preprocessing.base import Batch
from pipeline.preprocessing.chain import Chain

CHUNK = 32
"""Windows pushed through the net at once: enough to fill two cores, small enough for any memory."""


def body_digest(branch: Branch) -> str:
    """Hash of a branch's backbone weights, whatever training did to them; "none" without a backbone."""
    if branch.backbone is None:
        return "none"
    digest = hashlib.sha256()
    for name, tensor in branch.backbone.state_dict().items():
        digest.update(name.encode())
        digest.update(tensor.detach().contiguous().numpy().tobytes())
    return digest.hexdigest()


def _specs_in_eval(chain: Chain) -> list[dict[str, Any]]:
    """Stages that do something in eval: how augmentations are set changes no feature that is kept."""
    return [spec for spec, stage in zip(chain.specs, chain.stages, strict=True) if not stage.augments]


class FeatureMaker:
    """Features and logits of windows through one classifier.

    Args:
        classifier: the net; set to eval.
        cache: where features are kept between runs; None computes them each time. Branches without a backbone
            are never kept: their features are the image itself, as large as the samples and quick to make.
        branches: those of the net whose features are wanted; logits need all, as there are by default.
    """

    def __init__(
        self, classifier: Classifier, cache: FeatureCache | None = None, branches: Sequence[Branch] | None = None
    ) -> None:
        self.classifier = classifier.eval()
        self.branches = classifier.branches if branches is None else branches
        keep = cache is not None and all(branch.backbone is not None for branch in self.branches)
        self.cache = cache if keep else None
        self._model_key = self._hash_of_everything_before_the_heads() if keep else ""

    def _hash_of_everything_before_the_heads(self) -> str:
        branches = [
            {"stages": _specs_in_eval(branch.chain), "pool": branch.config.pool, "body": body_digest(branch)}
            | ({"backbone": branch.backbone.name, "layer": branch.backbone.layer} if branch.backbone else {})
            for branch in self.branches
        ]
        setting = self.classifier.setting
        parts = {"shared": _specs_in_eval(self.classifier.shared), "branches": branches, "setting": list(setting)}
        return model_key({"model": json.dumps(parts, sort_keys=True), "dtype": "float32"})

    def features(self, batch: Batch) -> list[Tensor]:
        """Per wanted branch, (window, feature); random ones, while augmentations are awake, are never kept."""
        if self.cache is None or any(stage.training for stage in augmentations(self.classifier)):
            return self._computed(batch)
        key = model_key({"model": self._model_key, "windows": batch_key(batch)})
        kept = self.cache.get(key)
        if kept is None:
            kept = torch.cat(self._computed(batch), dim=1)
            self.cache.put(key, kept)
        sizes = [branch.head.n_features for branch in self.branches]
        return list(torch.split(kept, sizes, dim=1))

    @torch.inference_mode()
    def _computed(self, batch: Batch) -> list[Tensor]:
        chunks = []
        for start in range(0, len(batch.values), CHUNK):
            image = self.classifier.shared(batch.rows(slice(start, start + CHUNK)))
            chunks.append([branch.features(image) for branch in self.branches])
        return [torch.cat(parts) for parts in zip(*chunks, strict=True)]

    @torch.inference_mode()
    def logits(self, batch: Batch) -> Tensor:
        """(window, label)."""
        return self.looked(batch).logits

    @torch.inference_mode()
    def looked(self, batch: Batch) -> Looked:
        """Logits of windows, and the features that the looking branch's head saw."""
        return self.classifier.looked_of(self.features(batch))
