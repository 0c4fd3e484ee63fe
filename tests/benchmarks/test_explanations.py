"""benchmarks/explanations.py counts what it says it counts, and tells its losses."""

import importlib
from pathlib import Path
from types import ModuleType

import pytest
import torch
from explained_nets import model, one_convolution, window

from pipeline.catalog.row import Row
from pipeline.diagnosis.explanation.explain import explain
from pipeline.diagnosis.explanation.explanation import LineCheck, Occlusion


@pytest.fixture
def benchmark(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    return importlib.import_module("explanations")


def test_shares_are_of_signals_whose_lines_can_be_told(benchmark) -> None:
    from dataclasses import replace

    one = explain(model(one_convolution()), window(), "a", draws=0)
    passed = Occlusion(True, 0.5, 0.1, 0.01, 0.1, 99, (1, 1))
    found = [
        replace(one, logit=1.0, occlusion=passed, lines=LineCheck("yes", "", "plane", 0.8, 0.4)),
        replace(one, logit=-1.0, occlusion=replace(passed, passed=False), lines=LineCheck("no", "", "plane", 0.2, 0.2)),
        replace(one, logit=1.0, occlusion=passed, lines=LineCheck("not applicable", "")),
    ]
    row = benchmark.row_of([(each, seconds) for each, seconds in zip(found, (1.0, 5.0, 2.0), strict=True)])
    assert (row["n"], row["n_lines"], row["lines"], row["lines_chance"]) == (3, 2, 50.0, 30.0)
    assert (row["answered"], row["occlusion"], row["seconds"]) == (66.7, 66.7, 2.0)


def test_only_races_whose_line_is_clear_are_asked(benchmark) -> None:
    rows = {
        "clear": Row("1/DE", "1.mat", labels=("inner_race",), specimen="CWRU-DE-IR007", condition={"load_hp": 0}),
        "faint": Row("2/DE", "2.mat", labels=("outer_race",), specimen="CWRU-DE-OR014", condition={"load_hp": 0}),
        "ball": Row("3/DE", "3.mat", labels=("ball",), specimen="CWRU-DE-B007", condition={"load_hp": 0}),
        "healthy": Row("4/FE", "4.mat", labels=("healthy",), specimen="CWRU-FE-OK", condition={"load_hp": 0}),
    }
    assert [name for name, row in rows.items() if benchmark.clear(row)] == ["clear"]


def test_the_control_has_other_weights_and_the_model_keeps_its_own(benchmark) -> None:
    trained = model(one_convolution())
    before = trained.classifier.branches[0].head.linear.weight.clone()
    control = benchmark.without_head(trained)
    assert not torch.equal(control.classifier.branches[0].head.linear.weight, before)
    assert torch.equal(trained.classifier.branches[0].head.linear.weight, before)
