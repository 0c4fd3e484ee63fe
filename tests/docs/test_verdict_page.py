"""docs/verdict.md: its commands work as they stand, it tells every outcome, and its options are those of a config."""

import json
from pathlib import Path

import pytest
import yaml
from pages import blocks

from pipeline.config import RunConfig
from pipeline.diagnosis.calibration.conformal import highest_level
from pipeline.verdict import Outcome

PAGE = (Path(__file__).parents[2] / "docs" / "verdict.md").read_text()


def test_every_outcome_is_told() -> None:
    assert all(f"| `{outcome}` |" in PAGE for outcome in Outcome)


def test_the_options_of_the_page_are_those_of_a_config() -> None:
    (options,) = (yaml.safe_load(block) for block in blocks(PAGE, "yaml"))
    config = {"name": "x", "data": {"corpus": "cwru"}, "window": {"samples": 64}, "stages": [], "branches": [{}]}
    assert RunConfig.parse(config | options, "page") == RunConfig.parse(config, "page"), json.dumps(options)


@pytest.mark.parametrize(("n_parts", "level"), [(9, 0.9), (19, 0.95)])
def test_the_specimens_that_a_level_needs_are_as_told(n_parts: int, level: float) -> None:
    assert f"{n_parts} for {level:g}" in " ".join(PAGE.split())
    assert highest_level(n_parts) == pytest.approx(level)
