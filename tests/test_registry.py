"""Registries: lazy, helpful, open to other packages."""

from importlib.metadata import EntryPoint
from types import SimpleNamespace

import pytest

from pipeline import registry
from pipeline.errors import RequestError
from pipeline.registry import Registry


def test_nothing_is_imported_before_it_is_used() -> None:
    plugins: Registry[object] = Registry("plugin", {"broken": "no_such_module:Thing"}, group="tests.none")
    assert list(plugins) == ["broken"]
    with pytest.raises(ModuleNotFoundError):
        plugins["broken"]


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    plugins: Registry[object] = Registry("plugin", {"wavelet": "math:pi"}, group="tests.none")
    with pytest.raises(RequestError, match="unknown plugin 'wavelt'; did you mean 'wavelet'"):
        plugins["wavelt"]


def test_another_package_adds_a_name_but_cannot_replace_one_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    points = [EntryPoint("mine", "math:e", "tests.some"), EntryPoint("ours", "math:e", "tests.some")]
    monkeypatch.setattr(registry, "entry_points", lambda group: points)
    plugins: Registry[float] = Registry("plugin", {"ours": "math:pi"}, group="tests.some")
    assert plugins["mine"] == pytest.approx(2.71828, abs=1e-5)
    assert plugins["ours"] == pytest.approx(3.14159, abs=1e-5)


def test_entry_points_of_the_asked_group_only_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[SimpleNamespace] = []

    def entry_points(group: str) -> list[EntryPoint]:
        asked.append(SimpleNamespace(group=group))
        return []

    monkeypatch.setattr(registry, "entry_points", entry_points)
    assert "x" not in Registry("plugin", {}, group="tests.mine")
    assert [entry.group for entry in asked] == ["tests.mine"]
