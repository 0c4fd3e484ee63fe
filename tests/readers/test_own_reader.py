"""The example of a reader in a package of its own, and the page that walks through it."""

import contextlib
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from pipeline.errors import ReadError

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "tests" / "plugin_example"
PAGE = ROOT / "docs" / "own_reader.md"

COUNTS = np.random.default_rng(3).integers(-2000, 2000, (500, 2)).astype("<i2")
SCALE = 0.000244140625


def blocks_of(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text("utf-8"), re.DOTALL | re.MULTILINE)


def without_blank_lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip()]


def test_the_page_shows_the_very_files():
    (toml,) = blocks_of("toml")
    assert toml == (EXAMPLE / "pyproject.toml").read_text("utf-8")
    shown = "".join(blocks_of("python"))
    assert without_blank_lines(shown) == without_blank_lines((EXAMPLE / "faultprint_ticklog.py").read_text("utf-8"))


@pytest.fixture
def logged(tmp_path: Path) -> Path:
    """The file of the page, with counts behind it."""
    (text,) = blocks_of("text")
    path = tmp_path / "pump.tick"
    path.write_bytes(text.encode() + COUNTS.tobytes())
    return path


@pytest.fixture(scope="module")
def example() -> ModuleType:
    spec = importlib.util.spec_from_file_location("faultprint_ticklog", EXAMPLE / "faultprint_ticklog.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_example_reads_what_was_logged(example: ModuleType, logged: Path):
    reader = example.TickLogReader()
    assert reader.can_read(logged)
    header, recording = reader.header(logged), reader.read(logged)
    assert header.names == recording.channels == ("DE vertical", "FE vertical")
    assert (recording.rate_hz, recording.units, recording.facts) == (25600.0, ("g", "g"), {"speed_rpm": 1485.0})
    np.testing.assert_array_equal(recording.samples, COUNTS.T * SCALE)
    part = reader.read(logged, ["FE vertical"], 17, 99).samples
    np.testing.assert_array_equal(part, COUNTS.T[1:, 17:99] * SCALE)
    pieces = list(reader.blocks(logged, ["FE vertical"], 64))
    np.testing.assert_array_equal(np.concatenate(pieces, axis=1), COUNTS.T[1:] * SCALE)


def test_the_example_refuses_damage_in_one_line(example: ModuleType, logged: Path):
    whole = logged.read_bytes()
    reader = example.TickLogReader()
    for n_kept in (len(whole) - 1, 140, 60, 12):
        logged.write_bytes(whole[:n_kept])
        with pytest.raises(ReadError) as caught:
            reader.read(logged)
        assert "\n" not in str(caught.value)
    rng = np.random.default_rng(0)
    for _ in range(200):
        damaged = bytearray(whole)
        damaged[rng.integers(12, 130)] = rng.integers(256)
        logged.write_bytes(damaged)
        # Whatever else it provoked would end the test.
        with contextlib.suppress(ReadError):
            assert reader.read(logged).samples.shape[1] <= 1000
