"""Run: everything a training run depends on, composed of the rooms' own options; unknown keys are errors."""

from typing import Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from pipeline.catalog.splitting.protocols import PROTOCOLS
from pipeline.catalog.splitting.split import SplitConfig
from pipeline.errors import did_you_mean
from pipeline.models.bundle import Task
from pipeline.preprocessing.chain import KnownStages
from pipeline.signals.conditioning.steps import StepSpec, parse_step
from pipeline.strict import Strict
from pipeline.training.regime import FitConfig, TrainedBranchConfig
from pipeline.windows import WindowConfig


class DataConfig(Strict):
    """Where the signals come from: one or more corpora with a manifest, a catalog file, a simulation; exactly one."""

    corpus: str | list[str] | None = Field(
        None,
        description="public data sets by name, see faultprint corpora list; they lie in FAULTPRINT_DATA",
        examples=["cwru"],
    )
    catalog: str | None = Field(
        None, description="a catalog, CSV or Parquet, from the config's own folder on", examples=["catalog.csv"]
    )
    simulated: Literal["gear_states"] | None = Field(
        None, description="made on the spot: gear_states, nine states of a pinion in the layout of corpus uconn_gear"
    )
    target: str = Field(
        "labels",
        description="what is learned: labels, agreement (what several labellers agree on: unambiguous or not), or a "
        "condition by its name, such as state",
    )
    where: dict[str, list[str | float]] = Field(
        default_factory=dict,
        description="keep only signals whose column or condition has one of these values",
        examples=[{"machine": ["pump 7", "pump 8"]}],
    )

    protocol: str | None = Field(
        None, description="keep only the signals that take part in this published split", examples=["cwru_bearingwise"]
    )

    @field_validator("protocol")
    @classmethod
    def _known_protocol(cls, protocol: str | None) -> str | None:
        selective = [name for name in PROTOCOLS if PROTOCOLS[name].signals is not None]
        if protocol is not None and protocol not in selective:
            raise ValueError(
                f"no split of this name picks its signals{did_you_mean(protocol, selective)}; such do: "
                f"{', '.join(selective)}"
            )
        return protocol

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if sum(source is not None for source in (self.corpus, self.catalog, self.simulated)) != 1:
            raise ValueError("give exactly one of corpus, catalog, simulated")
        return self

    @property
    def corpora(self) -> list[str]:
        """Names of the corpora; none for a catalog."""
        return [self.corpus] if isinstance(self.corpus, str) else self.corpus or []


class CalibrationConfig(Strict):
    """What a model's verdicts promise; `none` leaves them without probabilities, sets and p-values."""

    level: float = Field(0.9, gt=0, lt=1, description="share of sets that are to hold the truth")
    outside_level: float = Field(
        0.05, ge=0, lt=1, description="a signal is OUTSIDE where so few of those trained on look as strange"
    )


class RunConfig(Strict):
    """Everything a training run depends on.

    Example:
        >>> config = RunConfig.parse({"name": "x", "data": {"corpus": "cwru"}, "window": {"samples": 4096},
        ...     "stages": ["decibels"], "branches": [{"backbone": "squeezenet1_1"}]}, "x.yaml")
        >>> config.task, config.branches[0].regime
        ('multiclass', 'head')
    """

    name: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", description="of the run, and of its model", examples=["pumps"]
    )
    data: DataConfig = Field(description="where the signals come from", examples=[{"corpus": "cwru"}])
    rate_hz: float | None = Field(
        None, gt=0, le=1e8, description="every signal is brought to this rate", examples=[12000]
    )
    window: WindowConfig = Field(
        description="how long the pieces are that the model looks at", examples=[{"seconds": 1.0, "per_signal": 10}]
    )
    conditioning: list[StepSpec] = Field(
        default_factory=list,
        description="steps done to every recording first, such as {high_pass: {cutoff_hz: 10}}",
        examples=[[{"high_pass": {"cutoff_hz": 10}}]],
    )
    centre: bool = Field(True, description="remove each signal's mean; false for sensor vectors, whose level speaks")
    task: Task = Field("multiclass", description="one of the labels, or any of them (multilabel; none is healthy)")
    split: SplitConfig | None = Field(
        None,
        description="which signals test; none trains on all of them",
        examples=[{"group": "specimen", "test_share": 0.3}],
    )
    folds: int = Field(5, ge=2, description="grouped folds, for calibration and for the figures of split: none")
    stages: KnownStages = Field(
        description="from samples to an image, for all branches; each a name, or a name with options",
        examples=[["wavelet", "decibels", "standardise"]],
    )
    branches: list[TrainedBranchConfig] = Field(
        min_length=1,
        description="what reads the image; several are summed",
        examples=[[{"backbone": "squeezenet1_1", "head": "ridge"}]],
    )
    calibration: CalibrationConfig | None = Field(
        CalibrationConfig(),
        description="what verdicts promise; none leaves them without probabilities and sets",
        examples=[{"level": 0.95}],
    )
    fit: FitConfig = Field(
        FitConfig(), description="how fine-tuning goes, for branches that are fine-tuned", examples=[{"epochs": 8}]
    )
    seed: int = Field(0, ge=0, lt=2**32, description="of all that is random; the same gives the same model")

    @field_validator("split", "calibration", mode="before")
    @classmethod
    def _none_by_name(cls, value: Any) -> Any:
        return None if value == "none" else value

    @field_validator("conditioning")
    @classmethod
    def _known_steps(cls, value: list[StepSpec]) -> list[StepSpec]:
        for spec in value:
            parse_step(spec)
        return value

    @property
    def multiclass(self) -> bool:
        """Whether labels exclude one another."""
        return self.task == "multiclass"
