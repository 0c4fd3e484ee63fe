"""Regime: how much of a pretrained net is trained."""

import os
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from pipeline.models.branch import BranchConfig
from pipeline.strict import Strict
from pipeline.training.heads.config import HeadConfig

Regime = Literal["head", "last_blocks", "full", "scratch", "auto", "as_is"]
"""`auto` is replaced by one of the others before training, see `pipeline.training.auto`; `as_is` trains nothing."""


MOST_WINDOWS = 2**20
"""Windows of a step: no machine holds the images of more."""

Precision = Literal["64-true", "32-true", "16-mixed", "bf16-mixed"]


class FitConfig(Strict):
    """How fine-tuning goes; the regime `head` looks at `augmented_copies` alone.

    Example:
        >>> FitConfig(patience=3, validation=0)
        Traceback (most recent call last):
        ...
        pydantic_core._pydantic_core.ValidationError: ... patience waits for the validation loss, and validation: 0 ...
    """

    epochs: int = Field(8, ge=1, description="how often every window is seen")
    batch_windows: int = Field(32, ge=1, le=MOST_WINDOWS, description="windows per step, of all processes together")
    learning_rate: float = Field(1e-3, gt=0, description="peak, for the head and for nets from scratch")
    body_factor: float = Field(0.1, gt=0, le=1, description="pretrained blocks learn this much slower than the head")
    layer_decay: float = Field(
        1.0, gt=0, le=1, description="each pretrained block learns this much slower than the one after it; 1: all alike"
    )
    weight_decay: float = Field(1e-2, ge=0, description="of AdamW")
    warm_up: float = Field(0.2, gt=0, lt=1, description="share of the steps in which rates rise; then one cosine")
    gradient_clip: float | None = Field(
        None, gt=0, description="longest gradient, by its norm; none by default", examples=[1.0]
    )
    balance: Literal["weights", "sampling", "none"] = Field(
        "weights", description="classes have the same say by weights in the loss, by how often they are drawn, or not"
    )
    label_smoothing: float = Field(0.0, ge=0, lt=1, description="share of the truth that is left to chance")
    validation: float | None = Field(
        None,
        ge=0,
        lt=1,
        description="share of the training specimens held out, whose loss picks the best epoch; 0 holds out none; "
        "if absent 0.2 where patience is given or every label has 10 specimens, else none",
        examples=[0.2],
    )
    patience: int | None = Field(
        None,
        ge=1,
        description="epochs without a lower validation loss after which training stops; none: never",
        examples=[3],
    )
    accelerator: str = Field("auto", description="handed to Lightning: auto, cpu, gpu")
    devices: int | list[int] | Literal["auto"] = Field(1, description="handed to Lightning: how many, which, or auto")
    nodes: int = Field(1, ge=1, description="machines that train together; the command is started on each")
    strategy: str = Field("auto", description="handed to Lightning: auto, ddp, ddp_spawn and the like")
    precision: Precision = Field("32-true", description="handed to Lightning")
    tensorboard: bool = Field(False, description="also write RUN/tensorboard; needs the extra track")
    augmented_copies: int | None = Field(
        None,
        ge=0,
        le=100,
        description="heads are solved on the windows and so many changed copies; 1 if a stage augments",
        examples=[2],
    )
    mixup: float = Field(
        0.0,
        ge=0,
        le=10,
        description="images and truth mixed by Beta(mixup, mixup) in fine-tuning, 0.2 say; 0 mixes nothing",
    )

    @field_validator("devices")
    @classmethod
    def _some_devices(cls, value: int | list[int] | str) -> int | list[int] | str:
        if value in (0, []) or (isinstance(value, int) and value < 0):
            raise ValueError(f"needs at least one device, got {value}; give a number, a list of numbers, or auto")
        if isinstance(value, list) and len(set(value)) < len(value):
            raise ValueError(f"names each device once, got {value}")
        return value

    @model_validator(mode="after")
    def _as_many_processors(self) -> "FitConfig":
        """A process each: more of them than processors bring a machine to its knees."""
        there = os.cpu_count() or 1
        if self.accelerator == "cpu" and isinstance(self.devices, int) and self.devices > there:
            raise ValueError(f"devices: {self.devices} processes are asked for, and there are {there} processors")
        return self

    @model_validator(mode="after")
    def _patience_has_something_to_watch(self) -> "FitConfig":
        if self.patience is not None and self.validation == 0:
            raise ValueError("patience waits for the validation loss, and validation: 0 holds nothing out; give 0.2")
        return self


class TrainedBranchConfig(BranchConfig):
    """A branch, and how it is trained.

    Example:
        >>> TrainedBranchConfig(backbone="squeezenet1_1", head="ridge").head.method
        'ridge'
        >>> TrainedBranchConfig(backbone="squeezenet1_1", regime={"last_blocks": 3}).last_blocks
        3
    """

    regime: Regime = Field(
        "head", description="how much of the net is trained; last_blocks takes a number, {last_blocks: 3}; auto chooses"
    )
    last_blocks: int = Field(2, ge=1, description="for the regime last_blocks: how many of the last blocks learn")
    head: HeadConfig = Field(
        HeadConfig(), description="how the head is found: a method, or its options", examples=["ridge"]
    )
    bundle: str | None = Field(
        None,
        description="a trained model, ready or a folder (from where the command runs): its branches stay as they are",
        examples=["ready"],
    )
    bundle_branch: int | None = Field(
        None, ge=0, description="which of its branches, from 0; all if absent", examples=[0]
    )

    @field_validator("head", mode="before")
    @classmethod
    def _head_by_name(cls, value: Any) -> Any:
        return {"method": value} if isinstance(value, str) else value

    @model_validator(mode="before")
    @classmethod
    def _regime_with_its_number(cls, value: Any) -> Any:
        """Accept `regime: {last_blocks: 2}`."""
        regime = value.get("regime") if isinstance(value, dict) else None
        if isinstance(regime, dict) and list(regime) == ["last_blocks"]:
            return value | {"regime": "last_blocks", "last_blocks": regime["last_blocks"]}
        return value

    @model_validator(mode="before")
    @classmethod
    def _taken_over_as_it_is(cls, value: Any) -> Any:
        if isinstance(value, dict) and value.get("bundle") is not None:
            return value | {"regime": value.get("regime", "as_is")}
        return value

    @model_validator(mode="after")
    def _brings_everything(self) -> "TrainedBranchConfig":
        if self.bundle is None and self.bundle_branch is not None:
            raise ValueError("bundle_branch picks a branch of a bundle; name that with bundle")
        if (self.bundle is not None) != (self.regime == "as_is"):
            raise ValueError("a branch with a bundle stays as it is: regime as_is and bundle go together, or neither")
        if self.bundle is not None and self.architecture != BranchConfig():
            raise ValueError(f"the branches of {self.bundle} bring stages, backbone and head; give bundle alone")
        return self

    @model_validator(mode="after")
    def _hidden_layers_fit(self) -> "TrainedBranchConfig":
        """Hidden layers and the method that trains them come together."""
        if (self.head.method == "mlp") != bool(self.hidden):
            raise ValueError(
                f"hidden layers {list(self.hidden)} and head {self.head.method} do not fit; hidden: [64] goes with "
                "head: mlp, and none with ridge and logistic"
            )
        return self

    @model_validator(mode="after")
    def _possible(self) -> "TrainedBranchConfig":
        if self.backbone is None and self.regime not in ("head", "auto", "as_is"):
            raise ValueError(f"regime {self.regime} needs a backbone; a branch without one has only a head to train")
        return self

    @property
    def descends(self) -> bool:
        """Whether a backbone learns, by gradient descent."""
        return self.regime in ("last_blocks", "full", "scratch")

    @property
    def architecture(self) -> BranchConfig:
        """The part a bundle keeps."""
        return BranchConfig(**self.model_dump(include=set(BranchConfig.model_fields)))
