"""Branch: its own last stages, a backbone or none, and a head."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

import torch
from pydantic import Field, model_validator
from torch import Tensor, nn

from pipeline.errors import ConfigError
from pipeline.models.backbone import Backbone, recipe_of
from pipeline.models.first_convolution import FirstConvolution
from pipeline.models.head import Head
from pipeline.models.recipe import Recipe
from pipeline.preprocessing.base import Batch, Setting
from pipeline.preprocessing.chain import Chain, KnownStages, StageSpec
from pipeline.preprocessing.scaling.rivals import VIEWS, questions
from pipeline.strict import Strict

LayerSize = Annotated[int, Field(ge=1, le=8192)]
IMAGENET_STAGES: list[StageSpec] = ["resize", "to_imagenet"]


class BranchConfig(Strict):
    """What a branch is made of.

    A branch without a backbone is a head on the image itself: every pixel is a feature.
    """

    stages: KnownStages = Field(
        default_factory=lambda: list(IMAGENET_STAGES),
        description="what follows the shared stages on the way to this branch; resize and to_imagenet if absent",
        examples=[["resize", "to_imagenet"]],
    )
    backbone: str | None = Field(
        None,
        description="a net by name, such as squeezenet1_1 or timm:NAME; a head on the image itself if absent",
        examples=["squeezenet1_1"],
    )
    weights: str = Field(
        "imagenet", description="imagenet, random, or a weights file: its path from where the command is given"
    )
    weights_sha256: str | None = Field(
        None,
        description="what the weights file must hash to",
        examples=["0" * 64],
    )
    layer: str | None = Field(
        None, description="the block whose output is pooled; the backbone's last if absent", examples=["features.7"]
    )
    first_convolution: FirstConvolution | None = Field(
        None,
        description="for an image of any number of planes without to_imagenet: summed reads each as the grey of a "
        "picture, repeated as red, green, blue in turn; absent: a picture is needed",
    )
    pool: Literal["mean", "mean_max"] = Field("mean", description="how a feature map becomes a vector")
    planes: Literal["together", "shared"] = Field(
        "together",
        description="shared: one head asks every fault plane, is your fault there? needs the stage rivals",
    )
    hidden: tuple[LayerSize, ...] = Field(
        (), description="sizes of the head's hidden layers; none for a linear head", examples=[[64]]
    )

    @model_validator(mode="after")
    def _first_convolution_of_a_backbone(self) -> Self:
        if self.first_convolution and self.backbone is None:
            raise ValueError("first_convolution needs a backbone; a branch without one reads any planes")
        return self


def fitted_stages(specs: list[StageSpec], backbone: Recipe | None) -> list[StageSpec]:
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


def views_of(image: Tensor, place_of_label: Tensor) -> Tensor:
    """Every label's plane with its rivals, as `rivals` lays them out: (batch, label, view, row, column).

    Example:
        >>> views_of(torch.zeros(5, 2 * len(VIEWS), 8, 9), torch.tensor([1])).shape[:2]
        torch.Size([5, 1])
    """
    n_asked = image.shape[1] // len(VIEWS)
    return image.reshape(-1, n_asked, len(VIEWS), *image.shape[2:])[:, place_of_label]


class Branch(nn.Module):
    """Image in, one logit per label out.

    A branch with `planes: shared` asks of every fault plane whether its fault is there, with one and the same backbone
    and head; so every bearing teaches every fault.

    Args:
        config: stages, backbone, layer, pool, head.
        setting: rate and window length.
        labels: of the logits wanted.
        image_shape: (plane, row, column) handed on by the stages before; needed without a backbone, or where its
            first convolution is fitted to the planes.

    Raises:
        ConfigError: for shared planes where a label has no plane.
    """

    place_of_label: Tensor

    def __init__(
        self, config: BranchConfig, setting: Setting, labels: Sequence[str], image_shape: tuple[int, ...] | None = None
    ) -> None:
        super().__init__()
        self.config = config
        recipe = recipe_of(config.backbone) if config.backbone else None
        self.chain = Chain(fitted_stages(config.stages, recipe), setting)
        self.shared = config.planes == "shared"
        self.backbone = self._built(image_shape)
        places = _places_of(labels, questions(self.chain.axes())) if self.shared else []
        self.register_buffer("place_of_label", torch.tensor(places, dtype=torch.long), persistent=False)
        self.head = Head(self._n_features(image_shape), len(labels), config.hidden, shared=self.shared)

    def _n_features(self, image_shape: tuple[int, ...] | None) -> int:
        """Of a window; with shared planes of a label, its place told as well."""
        asked = len(questions(self.chain.axes())) if self.shared else 0
        if self.backbone is not None:
            return self.backbone.n_features * (2 if self.config.pool == "mean_max" else 1) + asked
        return self._blank(image_shape).numel() // max(asked, 1) + asked

    def _built(self, image_shape: tuple[int, ...] | None) -> Backbone | None:
        name, layer, how = self.config.backbone, self.config.layer, self.config.first_convolution
        if name is None or how is None:
            return Backbone(name, layer) if name else None
        n_planes = len(VIEWS) if self.shared else self._blank(image_shape).shape[1]
        return Backbone(name, layer, n_planes, how)

    def _blank(self, image_shape: tuple[int, ...] | None) -> Tensor:
        if image_shape is None:
            raise ConfigError("this branch needs the shape of the image it reads")
        return self.image(Batch.of(torch.zeros(1, *image_shape)))

    def image(self, batch: Batch) -> Tensor:
        """What the backbone sees, (batch, plane, row, column)."""
        image: Tensor = self.chain(batch).values
        return image

    def features(self, batch: Batch) -> Tensor:
        """What the head sees, (batch, feature)."""
        return self.features_of(self.image(batch))

    def features_of(self, image: Tensor) -> Tensor:
        """The same, of an image that is made already."""
        return self._of_every_label(image) if self.shared else self._of(image)

    def _of(self, image: Tensor) -> Tensor:
        return image.flatten(1) if self.backbone is None else pooled(self.backbone(image), self.config.pool)

    def _of_every_label(self, image: Tensor) -> Tensor:
        """Features of every label's plane, and which plane it is, label by label: (batch, label x feature)."""
        return self.placed(self._of(views_of(image, self.place_of_label).flatten(0, 1)), image.shape[0])

    def placed(self, found: Tensor, n_windows: int) -> Tensor:
        """With shared planes: features of every view, and which plane it is of.

        (batch x label, feature) to (batch, label x feature).
        """
        n_asked = self.head.n_asked - found.shape[1]
        which = torch.eye(n_asked, device=found.device)[self.place_of_label].repeat(n_windows, 1)
        return torch.cat([found, which], dim=1).reshape(n_windows, -1)

    def forward(self, batch: Batch) -> Tensor:
        """Logits, (batch, label)."""
        logits: Tensor = self.head(self.features(batch))
        return logits


def _places_of(labels: Sequence[str], planes: tuple[str, ...]) -> list[int]:
    """Which plane is asked for each label.

    Example:
        >>> _places_of(["ball", "outer_race"], ("outer_race", "inner_race", "ball"))
        [2, 0]
    """
    if not planes:
        raise ConfigError("planes: shared asks every plane beside its rivals; put fault_order and rivals before it")
    without = [label for label in labels if label not in planes]
    if without:
        raise ConfigError(
            f"planes: shared has a plane each for {', '.join(planes)}, and none for {', '.join(without)}; "
            "keep signals of those faults only (data.where: {labels: [...]}), or set planes: together; healthy is no "
            "label of task: multilabel"
        )
    return [planes.index(label) for label in labels]
