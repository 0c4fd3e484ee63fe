"""A report of a fleet in every state."""

from pathlib import Path

import pytest
from kept_fleet import fleet

from pipeline.workflow.report import Pages, report


@pytest.fixture(scope="session")
def fleet_store(tmp_path_factory: pytest.TempPathFactory) -> str:
    return fleet(tmp_path_factory.mktemp("fleet") / "plant.db")


@pytest.fixture(scope="session")
def pages(fleet_store: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("report") / "pages"
    report(fleet_store, Pages(out))
    return out
