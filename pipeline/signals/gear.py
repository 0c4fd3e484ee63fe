"""Gear stages: teeth to wheel and mesh orders, and how people write them."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from pipeline.errors import FactError
from pipeline.signals.notation import (
    looks_inline,
    looks_like_file,
    mapping_from_file,
    mapping_from_text,
    part_from_mapping,
)


class Gear(BaseModel):
    """One gear stage, driven by the shaft whose speed is known.

    Args:
        name: what people call it.
        teeth: teeth of the driving wheel and of the driven wheel (then further wheels in mesh).
        provenance: where the numbers come from.

    Example:
        >>> stage = Gear(teeth=(32, 80))
        >>> stage.wheel_orders, stage.mesh_order
        ((1.0, 0.4), 32.0)
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = ""
    teeth: tuple[Annotated[int, Field(ge=1)], ...] = Field(min_length=2, max_length=4)
    provenance: str = ""

    @property
    def wheel_orders(self) -> tuple[float, ...]:
        """Turns of each wheel per turn of the driving shaft."""
        return tuple(self.teeth[0] / teeth for teeth in self.teeth)

    @property
    def mesh_order(self) -> float:
        """Tooth meetings per turn of the driving shaft."""
        return float(self.teeth[0])


def gear_of(what: str | int | Mapping[str, Any] | Gear | None) -> Gear | None:
    """The gear stage someone means.

    Args:
        what: teeth as `32:80` (driving wheel first), a YAML file or YAML text with the fields of `Gear`, such a
            mapping, a gear, or None for an unknown one.

    Raises:
        FactError: when it is none of these, or the teeth are wrong.

    Example:
        >>> gear_of("32:80").teeth
        (32, 80)
        >>> gear_of("{teeth: [20, 40, 60], name: gearbox}").name
        'gearbox'
    """
    if what is None or isinstance(what, Gear):
        return what
    if isinstance(what, Mapping):
        return part_from_mapping(Gear, what, "gear")
    if isinstance(what, int):
        # YAML 1.1 reads an unquoted 32:40 as 32 * 60 + 40.
        raise FactError(f"gear: got the number {what}; in YAML write the teeth as [32, 40] or in quotes, '32:40'")
    return _gear_from_text(what.strip())


def _gear_from_text(text: str) -> Gear:
    if re.fullmatch(r"\d+(\s*:\s*\d+)+", text):
        return part_from_mapping(Gear, {"teeth": [int(teeth) for teeth in text.split(":")]}, f"gear '{text}'")
    if looks_inline(text):
        return part_from_mapping(Gear, mapping_from_text(text, "gear"), "gear")
    if looks_like_file(text):
        path = Path(text)
        return part_from_mapping(Gear, {"name": path.stem} | dict(mapping_from_file(path, "gear")), f"gear {path}")
    raise FactError(f"gear '{text}' is not understood; give the teeth: '32:80', '{{teeth: [32, 80]}}' or a YAML file")
