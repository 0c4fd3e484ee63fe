"""docs/training.md: every option of fine-tuning is told, and every snippet is a branch that a run takes."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pages import blocks

from pipeline.models.branch import Branch
from pipeline.preprocessing.base import Setting
from pipeline.preprocessing.chain import Chain
from pipeline.training.regime import FitConfig, TrainedBranchConfig

PAGE = (Path(__file__).parents[2] / "docs" / "training.md").read_text()
SETTING = Setting(12000.0, 12000)
IMAGE = [{"fault_order": {"sidebands": ["shaft", "cage"]}}]
ELSEWHERE = {"augmented_copies"}
"""Options of `fit` that another page tells."""


def branches() -> list[dict[str, Any]]:
    """Every branch of the page."""
    parsed = [yaml.safe_load(text) for text in blocks(PAGE, "yaml") if "- " in text]
    return [branch for one in parsed for branch in (one["branches"] if isinstance(one, dict) else one)]


def test_every_option_of_fine_tuning_is_told() -> None:
    told = {name for cell in re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE) for name in re.findall(r"`(\w+)`", cell)}
    assert set(FitConfig.model_fields) - ELSEWHERE <= told


@pytest.mark.parametrize("branch", branches(), ids=str)
def test_every_branch_of_the_page_can_be_built(branch: dict[str, Any]) -> None:
    config = TrainedBranchConfig(**branch)
    if config.bundle is None:
        image = Chain(IMAGE, SETTING)
        assert Branch(config.architecture, image.after, ["ball", "outer_race"], (3, 12, 25)).shared


@pytest.mark.parametrize("line", blocks(PAGE, "yaml")[0].splitlines())
def test_every_head_of_the_page_is_one(line: str) -> None:
    hidden = {"hidden": [8]} if "mlp" in line else {}
    assert TrainedBranchConfig(backbone="small", **yaml.safe_load(line), **hidden).regime == "head"
