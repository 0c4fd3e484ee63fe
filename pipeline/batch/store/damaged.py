"""Damaged: values of a store as they lie there, understood one by one, so that a damaged row costs no other.

A database that reads JSON or times itself ends the whole query at the first that is none.
"""

import json
import math
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, type_coerce
from sqlalchemy.types import NullType

from pipeline.errors import StoreError

NOT_UNDERSTOOD = (ValueError, TypeError, KeyError, RecursionError)
"""What understanding a damaged value raises."""

LeftOut = Callable[[str], None]
"""Told, a line each, of rows that are left out."""


def refuse(line: str) -> None:
    """For whoever cannot leave a row out.

    Raises:
        StoreError: always.
    """
    raise StoreError(f"{line}; restore the store from a copy, or delete the row")


def told_of(what: str, number: int, error: Exception) -> str:
    """A damaged row in a line.

    Example:
        >>> told_of("diagnosis", 14, ValueError("no mapping"))
        'diagnosis 14 of the store is damaged (no mapping)'
    """
    return f"{what} {number} of the store is damaged ({' '.join(str(error).split())[:120] or type(error).__name__})"


def as_kept(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """A column as the database's driver gives it."""
    return type_coerce(column, NullType()).label(getattr(column, "name", None))


def mapping(value: Any) -> dict[str, Any]:
    """A mapping of JSON.

    Raises:
        ValueError: for anything else.

    Example:
        >>> mapping('{"unit": "g"}')
        {'unit': 'g'}
    """
    found = json.loads(value) if isinstance(value, str | bytes) else value
    if not isinstance(found, dict):
        raise ValueError(f"a mapping is needed, got {type(found).__name__}")
    return found


def texts(value: Any) -> tuple[str, ...]:
    """A list of texts of JSON.

    Raises:
        ValueError: for anything else.
    """
    found = json.loads(value) if isinstance(value, str | bytes) else value
    if not isinstance(found, list) or not all(isinstance(one, str) for one in found):
        raise ValueError("a list of texts is needed")
    return tuple(found)


def figures(value: Any) -> Mapping[str, float]:
    """A mapping of JSON to finite figures.

    Raises:
        ValueError: for anything else.
    """
    found = mapping(value)
    if not all(isinstance(one, int | float) and math.isfinite(one) for one in found.values()):
        raise ValueError("figures are needed")
    return found


def figures_or_none(value: Any) -> Mapping[str, float] | None:
    """A mapping of JSON to finite figures, or None where there is none.

    Raises:
        ValueError: for anything else.
    """
    return None if value in (None, "null") else figures(value)


def lines_or_none(value: Any) -> Mapping[str, Mapping[str, float]] | None:
    """A mapping of JSON to mappings of finite figures, or None where there is none.

    Raises:
        ValueError: for anything else.

    Example:
        >>> lines_or_none('{"ball": {"amplitude": 0.5, "over_db": 12.0}}')["ball"]["over_db"]
        12.0
    """
    return None if value in (None, "null") else {name: figures(each) for name, each in mapping(value).items()}


def figure(value: Any) -> float | None:
    """A finite figure; None where there is none.

    Raises:
        ValueError: for what is no figure.
    """
    found = None if value is None else float(value)
    return found if found is None or math.isfinite(found) else None


def moment(value: Any) -> datetime:
    """A time, which databases keep in UTC without saying so.

    Raises:
        ValueError: for anything else.

    Example:
        >>> moment("2026-05-04 06:00:00.000000").isoformat()
        '2026-05-04T06:00:00+00:00'
    """
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(found, datetime):
        raise ValueError(f"a time is needed, got {found!r:.40}")
    return found.replace(tzinfo=UTC)


def moment_or_none(value: Any) -> datetime | None:
    """A time, or None where there is none."""
    return None if value is None else moment(value)
