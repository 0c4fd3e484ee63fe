"""Rules: when a trend becomes an alarm, and when it ends."""

from pathlib import Path
from typing import Annotated, Self

import yaml
from pydantic import Field, model_validator

from pipeline.errors import ConfigError
from pipeline.strict import Strict

Probability = Annotated[float, Field(gt=0, lt=1)]
Decibels = Annotated[float, Field(gt=0, le=120, allow_inf_nan=False)]


class Rules(Strict):
    """When a trend becomes an alarm.

    A fault counts as high at `open_at`, a level at its threshold. An alarm opens when `needed` of the last `of`
    recordings are high (persistence: one odd recording opens none) and closes when `of` in a row are low, below
    `close_below` (hysteresis: a value that hovers at a threshold opens one alarm, not many).

    Attributes:
        open_at, close_below: probability of a fault.
        needed, of: recordings.
        warning_db, alarm_db: level over the point's own baseline; twice and four times as loud.
        hysteresis_db: a level's alarm closes so far below its threshold.
        baseline: recordings whose median level is the baseline.

    Example:
        >>> Rules().needed, Rules().of
        (3, 4)
    """

    open_at: Probability = 0.8
    close_below: Probability = 0.5
    needed: Annotated[int, Field(ge=1, le=1000)] = 3
    of: Annotated[int, Field(ge=1, le=1000)] = 4
    warning_db: Decibels = 6.0
    alarm_db: Decibels = 12.0
    hysteresis_db: Decibels = 2.0
    baseline: Annotated[int, Field(ge=3, le=1000)] = 10

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        for low, high in (("close_below", "open_at"), ("needed", "of"), ("warning_db", "alarm_db")):
            if getattr(self, low) > getattr(self, high):
                raise ValueError(f"{low} ({getattr(self, low):g}) must not be above {high} ({getattr(self, high):g})")
        if self.hysteresis_db >= self.warning_db:
            raise ValueError("hysteresis_db must be below warning_db, or a warning would never close")
        return self


def rules_at(path: Path | None) -> Rules:
    """Rules from a YAML file; those of the house where there is none.

    Raises:
        ConfigError: for a file that cannot be read, an unknown key or an impossible value.
    """
    if path is None:
        return Rules()
    try:
        said = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: cannot be read as YAML ({' '.join(str(error).split())[:160]})") from None
    if not isinstance(said, dict):
        raise ConfigError(f"{path}: lines like 'needed: 3' are needed, got {type(said).__name__}")
    return Rules.parse(said, str(path), ConfigError)
