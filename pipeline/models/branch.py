"""Branch: its own last stages, a backbone or none, and a head."""

from typing import Any, Literal

import torch
from pydantic import Field
from torch import Tensor, nn

from pipeline.errors import ConfigError
from pipeline.models.backbone import Backbone
from pipeline.models.head import LinearHead
from pipeline.preprocessing.base import Batch, Setting
from pipeline.preprocessing.chain import Chain, StageSpec
from pipeline.strict import Strict

IMAGENET_STAGES: list[StageSpec] = ["resize", "to_imagenet"]


class BranchConfig(Strict):
    """What a branch is made of.

    A branch without a backbone is a head on the image itself: every pixel is a feature.
    """

    stages: list[StageSpec] = Field(default_factory=lambda: list(IMAGENET_STAGES))
    backbone: str | None = None
    weights: str = Field("imagenet", description="imagenet, random, or the path of a weights file")
    weights_sha256: str | None = Field(None, description="what the weights file must hash to")
    layer: str | None = Field(None, description="the block whose output is pooled; the backbone's last if absent")
    pool: Literal["mean", "mean_max"] = Field("mean", description="how a feature map becomes a vector")


def fitted_stages(specs: list[StageSpec], backbone: Backbone | None) -> list[StageSpec]:
    """Stages with the backbone's own picture size, mean and deviation where the config leaves them open.

    Example:
        >>> fitted_stages(["decibels"], None)
        ['decibels']
    """
    if backbone is None:
        return specs
    defaults: dict[str, dict[str, Any]] = {
        "resize": {"rows": backbone.input_size, "columns": backbone.input_size},
        "to_imagenet": {"mean": list(backbone.mean), "std": list(backbone.std)},
    }
    fitted: list[StageSpec] = []
    for spec in specs:
        name, options = (spec, None) if isinstance(spec, str) else next(iter(spec.items()))
        fitted.append({name: defaults[name] | (options or {})} if name in defaults else spec)
    return fitted


def pooled(feature_map: Tensor, pool: str) -> Tensor:
    """Feature map (batch, channel, row, column) to one vector per image.

    Example:
        >>> pooled(torch.tensor([[[[1.0, 3.0]]]]), "mean_max")
        tensor([[2., 3.]])
    """
    mean = feature_map.mean(dim=(-2, -1))
    if pool == "mean":
        return mean
    return torch.cat([mean, feature_map.amax(dim=(-2, -1))], dim=1)


class Branch(nn.Module):
    """Image in, one logit per label out.

    Args:
        config: stages, backbone, layer, pool.
        setting: rate and window length.
        n_labels: logits wanted.
        image_shape: (plane, row, column) handed on by the stages before; needed without a backbone only.
    """

    def __init__(
        self, config: BranchConfig, setting: Setting, n_labels: int, image_shape: tuple[int, ...] | None = None
    ) -> None:
        super().__init__()
        self.config = config
        self.backbone = Backbone(config.backbone, config.layer) if config.backbone else None
        self.chain = Chain(fitted_stages(config.stages, self.backbone), setting)
        self.head = LinearHead(self._n_features(image_shape), n_labels)

    def _n_features(self, image_shape: tuple[int, ...] | None) -> int:
        if self.backbone is not None:
            return self.backbone.n_features * (2 if self.config.pool == "mean_max" else 1)
        if image_shape is None:
            raise ConfigError("a branch without a backbone needs the shape of the image it reads")
        image: Tensor = self.chain(Batch.of(torch.zeros(1, *image_shape))).values
        return image.numel()

    def image(self, batch: Batch) -> Tensor:
        """What the backbone sees, (batch, plane, row, column)."""
        image: Tensor = self.chain(batch).values
        return image

    def features(self, batch: Batch) -> Tensor:
        """What the head sees, (batch, feature)."""
        return self.features_of(self.image(batch))

    def features_of(self, image: Tensor) -> Tensor:
        """The same, of an image that is made already."""
        return image.flatten(1) if self.backbone is None else pooled(self.backbone(image), self.config.pool)

    def forward(self, batch: Batch) -> Tensor:
        """Logits, (batch, label)."""
        logits: Tensor = self.head(self.features(batch))
        return logits
