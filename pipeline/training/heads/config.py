"""How a head is found, as a config says it."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from pipeline.strict import Strict


class HeadConfig(Strict):
    """How a head is found.

    `ridge`: class-weighted ridge regression on +-1 labels. `logistic`: class-weighted logistic regression, whose
    logits are log-odds. `mlp`: a small net, for the hidden layers that the branch has.
    """

    method: Literal["ridge", "logistic", "mlp"] = Field(
        "ridge", description="ridge or logistic regression, or mlp, a small net, for a branch with hidden layers"
    )
    strength: Annotated[float, Field(gt=0)] | Literal["auto"] | None = Field(
        None,
        description="penalty of ridge and logistic; auto: chosen on folds over specimens of the training side; "
        "3 for ridge, 10 for logistic if absent",
        examples=["auto"],
    )
    epochs: int = Field(30, ge=1, description="mlp: how often every window is seen")
    batch: int = Field(256, ge=1, le=2**20, description="mlp: windows, or planes of windows, at once")
    learning_rate: float = Field(3e-3, gt=0, le=1, description="mlp: peak of one cycle")
    weight_decay: float = Field(1e-2, ge=0, description="mlp: of AdamW")
    dropout: float = Field(0.3, ge=0, lt=1, description="mlp: share of the hidden units left out at every step")
    noise: float = Field(0.3, ge=0, description="mlp: added to standardised features in training, in deviations")

    @model_validator(mode="after")
    def _strength_is_of_one_layer(self) -> "HeadConfig":
        if self.method == "mlp" and self.strength is not None:
            raise ValueError(
                f"strength is the penalty of ridge and logistic, got {self.strength} for mlp; set weight_decay"
            )
        return self
