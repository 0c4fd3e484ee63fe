"""Regime: how much of a pretrained net is trained."""

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator

from pipeline.models.branch import BranchConfig
from pipeline.strict import Strict
from pipeline.training.heads import HeadConfig

Regime = Literal["head", "last_blocks", "full", "scratch"]


class FitConfig(Strict):
    """How fine-tuning goes; the regime `head` looks at `augmented_copies` alone."""

    epochs: int = Field(8, ge=1)
    batch_windows: int = Field(32, ge=1)
    learning_rate: float = Field(1e-3, gt=0, description="peak, for the head and for nets from scratch")
    body_factor: float = Field(0.1, gt=0, le=1, description="pretrained blocks learn this much slower than the head")
    weight_decay: float = Field(1e-2, ge=0)
    accelerator: str = Field("auto", description="handed to Lightning: auto, cpu, gpu")
    augmented_copies: int | None = Field(
        None,
        ge=0,
        le=100,
        description="heads are solved on the windows and so many changed copies; 1 if a stage augments",
    )
    mixup: float = Field(
        0.0,
        ge=0,
        le=10,
        description="images and truth mixed by Beta(mixup, mixup) in fine-tuning, 0.2 say; 0 mixes nothing",
    )


class TrainedBranchConfig(BranchConfig):
    """A branch, and how it is trained.

    Example:
        >>> TrainedBranchConfig(backbone="squeezenet1_1", head="ridge").head.method
        'ridge'
        >>> TrainedBranchConfig(backbone="squeezenet1_1", regime={"last_blocks": 3}).last_blocks
        3
    """

    regime: Regime = "head"
    last_blocks: int = Field(2, ge=1, description="for the regime last_blocks: how many of the last blocks learn")
    head: HeadConfig = HeadConfig()

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

    @model_validator(mode="after")
    def _possible(self) -> "TrainedBranchConfig":
        if self.backbone is None and self.regime != "head":
            raise ValueError(f"regime {self.regime} needs a backbone; a branch without one has only a head to train")
        return self

    @property
    def architecture(self) -> BranchConfig:
        """The part a bundle keeps."""
        return BranchConfig(**self.model_dump(include=set(BranchConfig.model_fields)))
