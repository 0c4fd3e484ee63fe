"""A report of a fleet in every state, and a real browser to read it."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium without a window, or a skip that says how to get it."""
    playwright = pytest.importorskip("playwright.sync_api", reason="needs playwright: pip install 'faultprint[dev]'")
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield opened
        opened.close()
