"""Side files: what a recording does not say, in `FILE.yaml` beside FILE."""

import errno
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationError

from pipeline.errors import FactError, ReadError, did_you_mean
from pipeline.readers.base import damage_told
from pipeline.readers.places import Place, exists, local_copy, place_of, told_by_place
from pipeline.readers.places.place import without_query
from pipeline.signals.bearing import Bearing
from pipeline.signals.conditioning.tacho_facts import Tacho
from pipeline.signals.gear import Gear
from pipeline.signals.notation import plain_yaml, short_text
from pipeline.signals.sensitivity import parse_sensitivity
from pipeline.strict import Strict, needs


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


class SideFile(Strict):
    """The facts a side file may state; every one is optional, an unknown key is an error.

    Attributes:
        rate_hz, speed_rpm: sampling rate and shaft speed.
        bearing: as `--bearing` takes it, or its geometry.
        gear: teeth of a stage, as `--gear` takes them or as a mapping.
        channel: the channel meant, as `--channel` takes it.
        unit: of the samples.
        sensitivity: of the sensor, where the samples are volts or counts: `100 mV/g`.
        tacho: the channel that pulses with the shaft, and its pulses per turn.
        reader: the reader to use, with its options.
        point, machine, specimen: where on which machine, and the physical part.
        labels: known truth; one label or a list.
        load, severity: as numbers or words.
        condition: anything else worth keeping.

    Example:
        >>> SideFile(rate_hz=51200, bearing=6205, labels="healthy").labels
        ('healthy',)
    """

    rate_hz: Positive | None = None
    speed_rpm: Positive | None = None
    bearing: Text | Bearing | None = None
    gear: int | str | Gear | None = None
    channel: Text | None = None
    unit: Text | None = None
    sensitivity: str | None = None
    tacho: Tacho | None = None
    reader: Text | None = None
    point: Text | None = None
    machine: Text | None = None
    specimen: Text | None = None
    labels: Annotated[tuple[str, ...], BeforeValidator(as_list)] = ()
    load: float | str | None = None
    severity: float | str | None = None
    condition: dict[str, Any] = Field(default_factory=dict)


def side_file_of(path: Place) -> Place:
    """Where the side file of a recording lies.

    Example:
        >>> side_file_of(Path("inbox/pump.wav")).name, side_file_of("s3://bucket/pump.wav")
        ('pump.wav.yaml', 's3://bucket/pump.wav.yaml')
    """
    if isinstance(path, Path):
        return path.with_name(path.name + ".yaml")
    return f"{without_query(path)}.yaml"


def read_side_file(path: Place) -> SideFile | None:
    """What the side file of a recording says; None where there is none.

    Args:
        path: the recording or its URL, not its side file.

    Raises:
        ReadError: for a file that is not YAML, or holds an unknown key or an impossible value.
    """
    side = side_file_of(place_of(path))
    if not side_file_is_there(side):
        return None
    local = local_copy(side)
    with told_by_place(side, local):
        return _read(local)


def side_file_is_there(side: Place) -> bool:
    """Whether there is a side file; there is none where `.yaml` makes a name too long to be one."""
    try:
        return exists(side)
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            return False
        raise ReadError(f"{side}: {(error.strerror or 'cannot be asked for').lower()}; check path and rights") from None


def _read(side: Path) -> SideFile:
    with damage_told(side, "YAML"):
        said = plain_yaml(short_text(side), str(side))
        if said is None:
            return SideFile()
        if not isinstance(said, dict):
            raise ReadError(f"{side}: lines like 'rate_hz: 51200' are needed, got {type(said).__name__}")
        try:
            found = SideFile.model_validate(said)
            if found.sensitivity is not None:
                parse_sensitivity(found.sensitivity)
        except ValidationError as error:
            raise ReadError(f"{side}: {told(error)}") from None
        except FactError as error:
            raise ReadError(f"{side}: {error}") from None
        return found


def told(error: ValidationError) -> str:
    """The complaint that reaches deepest, in one line; of `bearing: {...}` the geometry's, not "should be a name"."""
    deepest = max(reversed(error.errors()), key=lambda each: len(each["loc"]))
    parts = [str(part) for part in deepest["loc"] if part not in UNION_TAGS and "[" not in str(part)]
    key = ".".join(parts)
    if deepest["type"] == "extra_forbidden":
        known = ALL_KEYS.get(".".join(parts[:-1]), {})
        return f"unknown key '{key}'{did_you_mean(parts[-1], known) or ';'} known: {', '.join(known)}"
    return f"{key}: {needs(deepest['type'], deepest['msg'])}, got {deepest['input']!r:.{MOST_SHOWN}}"


MOST_SHOWN = 160
"""Signs of a wrong value that are shown."""


UNION_TAGS = ("Bearing", "Gear", "str", "int")
"""Names of the alternatives tried for a key, which pydantic puts into the path of a complaint."""

ALL_KEYS: Mapping[str, Iterable[str]] = {
    "": SideFile.model_fields,
    "bearing": [*Bearing.model_fields, "element_mm", "pitch_mm"],
    "gear": Gear.model_fields,
    "tacho": Tacho.model_fields,
}
