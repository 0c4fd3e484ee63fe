"""Named plug-ins, found by name and imported only when asked for.

A built-in is one line in its room's `__init__` (`"wav": "pipeline.readers.formats.wav:WavReader"`); another package
adds one through an entry point of the registry's group. Nothing is imported before it is used, so a long list
of formats costs no start-up time.
"""

import importlib
from collections.abc import Iterator, Mapping
from importlib.metadata import entry_points
from typing import TypeVar, cast

from pipeline.errors import RequestError, did_you_mean

T = TypeVar("T")


class Registry(Mapping[str, T]):
    """A mapping from name to object; values are imported on first use.

    Args:
        kind: what the entries are, in the singular, for error messages.
        builtin: name -> "module:attribute".
        group: entry-point group through which other packages add entries; a built-in name wins.

    Raises:
        RequestError: for a name that nobody registered, with the nearest one.

    Example:
        >>> numbers = Registry("number", {"pi": "math:pi"}, group="faultprint.doctest")
        >>> round(numbers["pi"], 2)
        3.14
        >>> numbers["p"]
        Traceback (most recent call last):
        ...
        pipeline.errors.RequestError: unknown number 'p'; did you mean 'pi'? Known: pi
    """

    def __init__(self, kind: str, builtin: Mapping[str, str], group: str) -> None:
        self.kind = kind
        self.group = group
        self._builtin = dict(builtin)
        self._places: dict[str, str] | None = None

    def _known(self) -> dict[str, str]:
        if self._places is None:
            added = {point.name: point.value for point in entry_points(group=self.group)}
            self._places = added | self._builtin
        return self._places

    def __getitem__(self, name: str) -> T:
        places = self._known()
        if name not in places:
            known = ", ".join(places)
            hint = did_you_mean(name, places) or "."
            raise RequestError(f"unknown {self.kind} '{name}'{hint} Known: {known}")
        module, _, attribute = places[name].partition(":")
        return cast("T", getattr(importlib.import_module(module), attribute))

    def checked(self, name: str) -> str:
        """The name, where somebody registered it; nothing is imported.

        Raises:
            RequestError: where nobody did, with the nearest.
        """
        return name if name in self else str(self[name])

    def __contains__(self, name: object) -> bool:
        return name in self._known()

    def __iter__(self) -> Iterator[str]:
        return iter(self._known())

    def __len__(self) -> int:
        return len(self._known())
