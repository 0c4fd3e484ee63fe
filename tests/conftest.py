"""Shared fixtures: commands, and the real recordings and weights, where a machine has them."""

import os
from pathlib import Path

import pytest

from pipeline import cli


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]):
    """Runs a command as the entry point does: exit code, stdout, stderr."""

    def call(*arguments: object) -> tuple[int, str, str]:
        capfd.readouterr()
        code = cli.run([str(argument) for argument in arguments])
        return (code, *capfd.readouterr())

    return call


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """README's commands first, which take minutes: workers then end together."""
    items.sort(key=lambda item: item.path.name != "test_readme.py")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with the public recordings, or a skip that says how to get them."""
    folder = os.environ.get("FAULTPRINT_DATA")
    if not folder:
        pytest.skip("needs public recordings: set FAULTPRINT_DATA to their folder (see data/README.md)")
    return Path(folder)


@pytest.fixture(scope="session")
def real_weights() -> Path:
    """The folder with ImageNet weights, or a skip that says how to get them."""
    folder = os.environ.get("FAULTPRINT_WEIGHTS")
    if not folder:
        pytest.skip("needs ImageNet weights: set FAULTPRINT_WEIGHTS to their folder (see README.md)")
    return Path(folder)


@pytest.fixture(autouse=True)
def own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A feature cache of each test's own, so that no test is served another's features."""
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("FAULTPRINT_CACHE", str(folder))
    return folder
