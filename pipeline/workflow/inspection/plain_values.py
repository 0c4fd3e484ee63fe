"""Plain values: what was found of a recording, as JSON has it."""

import math
from collections.abc import Mapping
from typing import Any


def plain(value: Any) -> Any:
    """A value as JSON has it: numbers that are none become null, parts their names."""
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if value is None or isinstance(value, bool | str | int):
        return value
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else None
    item = value.item() if hasattr(value, "item") else None
    return plain(item) if item is not None else getattr(value, "name", "") or str(value)
