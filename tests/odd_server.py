"""A server that does as a test tells it, and what the one in memory was asked and left."""

from pathlib import Path
from typing import Any

import pytest
from fsspec.implementations.memory import MemoryFileSystem


class Odd(MemoryFileSystem):
    """A server that does what one of its tests tells it to."""

    protocol = "odd"
    cachable = False

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return "/" + path.rpartition("://")[2].strip("/")

    def cat_file(self, path: str, **kwargs: Any) -> bytes:
        return self.odd("cat_file", super().cat_file(path, **kwargs))

    def info(self, path: str, **kwargs: Any) -> Any:
        return self.odd("info", super().info(path, **kwargs))

    @staticmethod
    def odd(_: str, answer: Any) -> Any:
        return answer


def counted(monkeypatch: pytest.MonkeyPatch, name: str) -> list[str]:
    """The paths for which the file system in memory is asked by a method."""
    asked: list[str] = []
    method = getattr(MemoryFileSystem, name)

    def count(self: Any, path: str, **kwargs: Any) -> Any:
        asked.append(path)
        return method(self, path, **kwargs)

    monkeypatch.setattr(MemoryFileSystem, name, count)
    return asked


def kept(cache: Path) -> list[str]:
    return sorted(path.name for path in (cache / "fetched").rglob("*") if path.is_file())
