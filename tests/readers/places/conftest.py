"""A server that does as a test tells it."""

from typing import Any

import fsspec
import pytest
from odd_server import Odd


@pytest.fixture
def odd(memory: Any, monkeypatch: pytest.MonkeyPatch) -> type[Odd]:
    fsspec.register_implementation("odd", Odd, clobber=True)
    memory.pipe("/a.csv", b"x" * 1000)
    return Odd
