"""Side files: what a recording does not say, in `FILE.yaml` beside FILE."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from pipeline.errors import ReadError, did_you_mean
from pipeline.readers.base import damage_told
from pipeline.signals.bearing import Bearing
from pipeline.signals.gear import Gear


def as_text(value: Any) -> Any:
    """Numbers as text, because YAML takes the bearing 6205 for a number.

    Example:
        >>> as_text(6205)
        '6205'
    """
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def as_list(value: Any) -> Any:
    """One label as a list of one."""
    return [value] if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(as_text)]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]


class SideFile(BaseModel):
    """The facts a side file may state; every one is optional, an unknown key is an error.

    Attributes:
        rate_hz, speed_rpm: sampling rate and shaft speed.
        bearing: as `--bearing` takes it, or its geometry.
        gear: teeth of a stage, as `--gear` takes them or as a mapping.
        channel: the channel meant, as `--channel` takes it.
        unit: of the samples.
        reader: the reader to use.
        point, machine, specimen: where on which machine, and the physical part.
        labels: known truth; one label or a list.
        load, severity: as numbers or words.
        condition: anything else worth keeping.

    Example:
        >>> SideFile(rate_hz=51200, bearing=6205, labels="healthy").labels
        ('healthy',)
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rate_hz: Positive | None = None
    speed_rpm: Positive | None = None
    bearing: Text | Bearing | None = None
    gear: int | str | Gear | None = None
    channel: Text | None = None
    unit: Text | None = None
    reader: Text | None = None
    point: Text | None = None
    machine: Text | None = None
    specimen: Text | None = None
    labels: Annotated[tuple[str, ...], BeforeValidator(as_list)] = ()
    load: float | str | None = None
    severity: float | str | None = None
    condition: dict[str, Any] = Field(default_factory=dict)


def side_file_of(path: Path) -> Path:
    """Where the side file of a recording lies.

    Example:
        >>> side_file_of(Path("inbox/pump.wav")).name
        'pump.wav.yaml'
    """
    return path.with_name(path.name + ".yaml")


def read_side_file(path: Path) -> SideFile | None:
    """What the side file of a recording says; None where there is none.

    Args:
        path: the recording, not its side file.

    Raises:
        ReadError: for a file that is not YAML, or holds an unknown key or an impossible value.
    """
    import yaml

    side = side_file_of(path)
    if not side.exists():
        return None
    with damage_told(side, "YAML"):
        said = yaml.safe_load(side.read_text(encoding="utf-8-sig"))
        if said is None:
            return SideFile()
        if not isinstance(said, dict):
            raise ReadError(f"{side}: lines like 'rate_hz: 51200' are needed, got {type(said).__name__}")
        try:
            return SideFile.model_validate(said)
        except ValidationError as error:
            raise ReadError(f"{side}: {told(error)}") from None


def told(error: ValidationError) -> str:
    """The complaint that reaches deepest, in one line; of `bearing: {...}` the geometry's, not "should be a name"."""
    deepest = max(reversed(error.errors()), key=lambda each: len(each["loc"]))
    parts = [str(part) for part in deepest["loc"] if part not in UNION_TAGS and "[" not in str(part)]
    key = ".".join(parts)
    if deepest["type"] == "extra_forbidden":
        known = ALL_KEYS.get(".".join(parts[:-1]), {})
        return f"unknown key '{key}'{did_you_mean(parts[-1], known) or ';'} known: {', '.join(known)}"
    return f"{key}: {deepest['msg']}, got {deepest['input']!r}"


UNION_TAGS = ("Bearing", "Gear", "str", "int")
"""Names of the alternatives tried for a key, which pydantic puts into the path of a complaint."""

ALL_KEYS: Mapping[str, Iterable[str]] = {
    "": SideFile.model_fields,
    "bearing": [*Bearing.model_fields, "element_mm", "pitch_mm"],
    "gear": Gear.model_fields,
}
