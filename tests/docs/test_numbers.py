"""Figures that explanations quote are those of the results that are kept."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SQUEEZENET = {"backbone": "squeezenet1_1", "weights": "imagenet", "method": "frozen net, ridge"}


def row(benchmark: str, **wanted: Any) -> dict[str, Any]:
    """The one row of a result that is so."""
    rows = json.loads((ROOT / "benchmarks" / "results" / f"{benchmark}.json").read_text())["rows"]
    (found,) = (one for one in rows if wanted.items() <= one.items())
    return dict(found)


def page(name: str) -> str:
    """The text of a page, in one line."""
    return " ".join((ROOT / "docs" / f"{name}.md").read_text("utf-8").split())


@pytest.mark.parametrize(
    "wanted",
    [
        {"image": "stft", **SQUEEZENET},
        {"image": "wavelet", **SQUEEZENET},
        {"image": "fault_order", **SQUEEZENET},
        {"image": "fault_order", "method": "no training: own plane over the best other"},
    ],
    ids=str,
)
def test_figures_of_h1_are_those_of_the_results(wanted: dict[str, Any]) -> None:
    found = row("cwru_bearingwise", **wanted)
    assert f"| {found['macro_auroc']:.1f} ± {found['std']:.1f} |" in page("fault_order")


@pytest.mark.parametrize(("image", "net", "ends"), [("fault_order", "squeezenet1_1", 0), ("stft", "mobilenet_v2", 1)])
def test_what_imagenet_weights_add_is_as_told(image: str, net: str, ends: int) -> None:
    with_, without = (
        row("cwru_bearingwise", image=image, backbone=net, weights=weights, method="frozen net, ridge")["macro_auroc"]
        for weights in ("imagenet", "random")
    )
    told = page("fault_order")
    assert f"{with_ - without:.1f}" in told
    assert not ends or f"ends at {with_:.1f}" in told


@pytest.mark.parametrize(
    "wanted",
    [
        {"image": "stft", "method": "frozen SqueezeNet, ridge"},
        {"image": None, "method": "time statistics + envelope peaks, random forest"},
        {"image": "fault_order", "method": "frozen SqueezeNet, ridge"},
        {"method": "ready model, no real label"},
    ],
    ids=str,
)
def test_figures_of_the_leak_pair_are_those_of_the_results(wanted: dict[str, Any]) -> None:
    found = row("leak", **wanted)
    assert found["splits"] == 20
    pairs = [
        (float(honest), float(leaky))
        for honest, leaky in re.findall(r"\| (\d\d\.\d) \| (\d\d\.\d) \|", page("no_leaks"))
    ]
    kept = pytest.approx((found["macro_auroc"], found["random_windows_leaky"]), abs=0.0501)  # rounded either way
    assert sum(pair == kept for pair in pairs) == 1


def test_figures_of_simulated_machines_are_those_of_the_results() -> None:
    rows = json.loads((ROOT / "benchmarks" / "results" / "fault_order.json").read_text())["rows"]
    right = [one["right"] for one in rows if one.get("claim") == "columns"]
    told = page("fault_order")
    assert f"{min(right)} to {max(right)} %" in told
    wrong = row("fault_order", claim="speed", what="stated 3 % wrong")
    assert f"3 % leaves {wrong['right']} % right" in told
