"""A run's config: one YAML, composed of the rooms' own options; unknown keys are errors."""

from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import Field, field_validator, model_validator

from pipeline.catalog.splitting.protocols import PROTOCOLS
from pipeline.catalog.splitting.split import SplitConfig
from pipeline.errors import ConfigError, did_you_mean
from pipeline.models.bundle import Task
from pipeline.preprocessing.chain import StageSpec, parse_stage
from pipeline.readers.places import joined
from pipeline.signals.conditioning.steps import StepSpec, parse_step
from pipeline.strict import Strict
from pipeline.training.regime import FitConfig, TrainedBranchConfig
from pipeline.windows import WindowConfig


class DataConfig(Strict):
    """Where the signals come from: one or more corpora with a manifest, a catalog file, a simulation; exactly one."""

    corpus: str | list[str] | None = None
    catalog: str | None = None
    simulated: Literal["gear_states"] | None = Field(
        None, description="made on the spot: gear_states, nine states of a pinion in the layout of corpus uconn_gear"
    )
    target: str = Field(
        "labels",
        description="what is learned: labels, agreement (what several labellers agree on: unambiguous or not), or a "
        "condition by its name, such as state",
    )
    where: dict[str, list[str | float]] = Field(
        default_factory=dict, description="keep only signals whose column or condition has one of these values"
    )

    protocol: str | None = Field(None, description="keep only the signals that take part in this published split")

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

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")
    data: DataConfig
    rate_hz: float | None = Field(None, gt=0, le=1e8, description="every signal is brought to this rate")
    window: WindowConfig
    conditioning: list[StepSpec] = Field(
        default_factory=list, description="steps done to every recording first, such as {high_pass: {cutoff_hz: 10}}"
    )
    centre: bool = Field(True, description="remove each signal's mean; false for sensor vectors, whose level speaks")
    task: Task = "multiclass"
    split: SplitConfig | None = None
    folds: int = Field(5, ge=2, description="grouped folds, for calibration and for the figures of split: none")
    stages: list[StageSpec]
    branches: list[TrainedBranchConfig] = Field(min_length=1)
    calibration: CalibrationConfig | None = CalibrationConfig()
    fit: FitConfig = FitConfig()
    seed: int = Field(0, ge=0, lt=2**32)

    @field_validator("split", "calibration", mode="before")
    @classmethod
    def _none_by_name(cls, value: Any) -> Any:
        return None if value == "none" else value

    @field_validator("stages")
    @classmethod
    def _known_stages(cls, value: list[StageSpec]) -> list[StageSpec]:
        for spec in value:
            parse_stage(spec)
        return value

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


def _overridden(raw: dict[str, Any], override: str) -> None:
    """Apply one `a.b.0.c=value`, the value read as YAML."""
    path, equals, text = override.partition("=")
    if not equals or not path:
        raise ConfigError(f"--set {override}: needs key=value, such as branches.0.regime=full")
    *outer, last = path.split(".")
    place: Any = raw
    try:
        for part in outer:
            place = place[int(part)] if isinstance(place, list) else place.setdefault(part, {})
        place[int(last) if isinstance(place, list) else last] = yaml.safe_load(text)
    except yaml.YAMLError:
        raise ConfigError(f"--set {override}: '{text}' is not YAML; quote it") from None
    except (ValueError, IndexError, TypeError, AttributeError):
        raise ConfigError(f"--set {override}: there is no place '{path}' in the config") from None


def load_config(path: Path | str, overrides: tuple[str, ...] = ()) -> RunConfig:
    """Read and check a run's config.

    Args:
        path: a YAML file; relative paths inside it are relative to its folder.
        overrides: `key=value` settings that win over the file.

    Raises:
        ConfigError: one line naming file, key, and what would be right.

    Example:
        >>> from tempfile import TemporaryDirectory
        >>> with TemporaryDirectory() as folder:
        ...     path = Path(folder) / "run.yaml"
        ...     _ = path.write_text(
        ...         "{name: pumps, data: {catalog: pumps.csv}, rate_hz: 12000, window: {seconds: 0.5}, "
        ...         "task: multilabel, split: {group: specimen, test_share: 0.5}, stages: [fault_order], "
        ...         "branches: [{head: ridge}]}"
        ...     )
        ...     load_config(path, ("window.seconds=1",)).window.seconds
        1.0
    """
    path = Path(path)
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}; give the path of a config file") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: is not YAML: {' '.join(str(error).split())[:160]}") from None
    if not isinstance(raw, dict):
        raise ConfigError(f"{path}: needs keys and values, such as data: {{corpus: cwru}}")
    for override in overrides:
        _overridden(raw, override)
    try:
        config = RunConfig.parse(raw, str(path))
    except ConfigError as error:
        # A stage's own complaint does not know the file it stands in.
        raise ConfigError(str(error) if str(error).startswith(str(path)) else f"{path}: {error}") from None
    return _with_paths_from(config, path.parent)


def _with_paths_from(config: RunConfig, folder: Path) -> RunConfig:
    if config.data.catalog is None:
        return config
    data = config.data.model_copy(update={"catalog": str(joined(folder, config.data.catalog))})
    return config.model_copy(update={"data": data})


def dump_config(config: RunConfig) -> str:
    """The complete config as YAML, every default written out.

    Example:
        >>> "window:" in dump_config(RunConfig(name="x", data=DataConfig(corpus="cwru"),
        ...     window=WindowConfig(samples=64), stages=[], branches=[TrainedBranchConfig()]))
        True
    """
    return yaml.safe_dump(config.model_dump(mode="json"), sort_keys=False, allow_unicode=True)


def config_schema() -> dict[str, Any]:
    """JSON Schema of a run's config, for editors."""
    return RunConfig.model_json_schema()
