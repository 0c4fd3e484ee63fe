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


README = (ROOT / "README.md").read_text("utf-8")
SPOKEN = {"STFT": "stft", "wavelet": "wavelet", "fold": "fold", "`fault_order`": "fault_order"}
FOREST = {"method": "time statistics + envelope peaks, random forest"}
BOLD = re.compile(r"\*\*")
FIGURE = re.compile(r"-?\d+\.\d")

H1: dict[str, dict[str, Any]] = {
    "frozen ImageNet SqueezeNet, new head": SQUEEZENET,
    "the same": SQUEEZENET,
    "the same net with random weights": SQUEEZENET | {"weights": "random"},
    "random forest, ours": FOREST,
    "nobody: its own plane less the best other one": {"method": "no training: own plane over the best other"},
    "`ready`: no real label": {"method": "ready model, no real label"},
    "three readers, summed (`configs/h1_sum.yaml`)": {"method": "sum: frozen net + shared-plane head + ready model"},
    "the best on each split's own training bearings (nested choice)": {"method": "nested choice among the 14 above"},
}
LEAK: dict[str, dict[str, Any]] = {
    "frozen ImageNet SqueezeNet, new head": {"method": "frozen SqueezeNet, ridge"},
    "random forest, ours": FOREST,
    "`ready`: no real label": {"method": "ready model, no real label"},
}
"""Who reads, in README's words, and its rows of the results."""


def tables_of_readme() -> dict[str, list[list[str]]]:
    """Every table with figures: the titles of its last columns, and its rows."""
    tables: dict[str, list[list[str]]] = {}
    for block in re.findall(r"(?:^\|.*\n)+", README, re.MULTILINE):
        lines = [BOLD.sub("", line).strip("|\n").split("|") for line in block.splitlines()]
        title, _, *rows = ([cell.strip() for cell in cells] for cells in lines)
        tables[" / ".join(title[2:])] = rows
    return tables


def close_to(*exact: float) -> Any:
    """The same, told with one decimal, rounded either way."""
    return pytest.approx(exact, abs=0.0501)


def test_every_table_of_the_readme_is_compared_with_results() -> None:
    assert set(tables_of_readme()) == {"windows / recordings", "honest / leaky"}


def test_every_figure_of_h1_in_the_readme_is_that_of_the_results() -> None:
    rows = tables_of_readme()["windows / recordings"]
    for image, reader, windows, recordings in rows:
        told = tuple(map(float, FIGURE.findall(f"{windows} {recordings}")))
        if "best published" in reader:
            text = " ".join(row_notes("cwru_bearingwise"))
            assert told == close_to(*map(float, re.findall(r"random forest (\S+) \+- (\S+) \(the best\)", text)[0]))
            continue
        found = row("cwru_bearingwise", image=SPOKEN.get(image), **H1[reader])
        assert told == close_to(found["macro_auroc"], found["std"], found["recordings_auroc"]), (image, reader)
        assert found["splits"] == 100
    assert len(rows) == 11


def row_notes(benchmark: str) -> list[str]:
    """What a benchmark notes beside its rows."""
    return list(json.loads((ROOT / "benchmarks" / "results" / f"{benchmark}.json").read_text())["notes"])


def test_every_figure_of_the_leak_in_the_readme_is_that_of_the_results() -> None:
    rows = tables_of_readme()["honest / leaky"]
    for image, reader, honest, leaky in rows:
        # `ready` reads a fault_order image whatever the words of its row.
        found = row("leak", **LEAK[reader], **({"image": SPOKEN[image]} if image in SPOKEN else {}))
        assert (float(honest), float(leaky)) == close_to(found["macro_auroc"], found["random_windows_leaky"])
        assert found["splits"] == 20
    assert len(rows) == 4


def test_every_figure_in_the_words_of_the_readme_has_its_source() -> None:
    _, _, after = README.partition("## Results")
    words = re.sub(r"```.*?```|`[^`]*`", "", after.partition("## More")[0], flags=re.DOTALL)
    told = {float(text) for text in FIGURE.findall("\n".join(line for line in words.splitlines() if line[:1] != "|"))}
    gains = dict(re.findall(r"over random ones: (.*?), head: ([+-]\S+)", "\n".join(row_notes("cwru_bearingwise"))))
    ours = [float(gain) for name, gain in gains.items() if name.startswith("fault_order")]
    others = [float(gain) for name, gain in gains.items() if not name.startswith("fault_order")]
    met, faint = (row("verdicts", held_out=what) for what in ("bearings", "faults with a line of 8 to 16 dB"))
    ball = row("outside", signals="a fault never taught: ball")
    sources = [*ours, min(others), max(others), met["confident"], met["right, confident"], faint["right, confident"]]
    sources += [faint["coverage"], ball["confident_wrong"]]
    assert tuple(sorted(told)) == close_to(*sorted(sources))
    assert ball["outside"] == 0, "README says that it was never told OUTSIDE"
    missed = row("witness", job="faults by level", fault="below 8 dB")
    assert f"of {missed['signals']} signals below 8 dB it found {missed['found']}." in words
