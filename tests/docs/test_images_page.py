"""docs/images.md: every stage and option that there is, every snippet built and run."""

import re
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml
from pages import blocks, run_all

from pipeline.catalog.export import write_signals
from pipeline.config import load_config
from pipeline.preprocessing import STAGES
from pipeline.preprocessing.base import Batch, Setting
from pipeline.preprocessing.chain import Chain, parse_stage
from pipeline.signals.bearing_table import bearing_of
from pipeline.signals.gear import Gear
from pipeline.signals.simulation.simulated_machine import Machine
from pipeline.signals.simulation.synthetic import simulate
from pipeline.windows import WindowConfig

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "images.md").read_text()
SECTIONS = dict(re.findall(r"^### `(\w+)`\n(.*?)(?=^##|\Z)", PAGE, re.MULTILINE | re.DOTALL))
MACHINE = Machine("pump", seed=1, speed_rpm=1800.0, bearing=bearing_of("6205"), gear=Gear(teeth=(20, 47)))
SNIPPETS = [yaml.safe_load(text) for text in blocks(PAGE, "yaml")]


def test_every_stage_has_a_section():
    assert set(SECTIONS) == set(STAGES)


@pytest.mark.parametrize("name", sorted(STAGES))
def test_every_option_of_a_stage_is_in_its_table(name: str):
    shown = {option for cell in re.findall(r"^\| (`.*?) \|", SECTIONS[name], re.MULTILINE) for option in cells(cell)}
    assert shown == set(STAGES[name].Config.model_fields)


def cells(cell: str) -> list[str]:
    """`rows`, `columns` -> rows and columns."""
    return re.findall(r"`(\w+)`", cell)


@pytest.mark.parametrize("name", sorted(STAGES))
def test_every_section_has_a_snippet_with_its_stage(name: str):
    (snippet, *_) = blocks(SECTIONS[name], "yaml")
    assert name in {parse_stage(spec)[0] for spec in stages_of(yaml.safe_load(snippet))}


def stages_of(snippet: dict[str, Any]) -> list[Any]:
    """Shared stages, then those of the first branch."""
    branches = snippet.get("branches") or [{}]
    return [*snippet["stages"], *branches[0].get("stages", [])]


def picture(snippet: dict[str, Any], label: str) -> tuple[torch.Tensor, Chain]:
    """What a snippet makes of a simulated fault, and the stages that made it."""
    rate_hz = snippet.get("rate_hz", 12000.0)
    window = WindowConfig(**snippet.get("window", {"seconds": 1.0}))
    signal = simulate(MACHINE, [label], duration_s=4.0, severity_db=6.0)
    samples = torch.from_numpy(signal.samples)[None, :, : window.length(rate_hz)]
    chain = Chain(stages_of(snippet), Setting(rate_hz, samples.shape[-1])).eval()
    orders = signal.wheel_orders if chain.orders_of == "gear" else signal.orders
    return chain(Batch.of(samples, signal.rate_hz, signal.speed_hz, orders)).values[0], chain


@pytest.mark.parametrize("snippet", SNIPPETS, ids=lambda snippet: str(stages_of(snippet))[:60])
def test_every_snippet_draws_a_picture_with_named_axes(snippet: dict[str, Any]):
    drawn, chain = picture(snippet, "outer_race")
    axes = chain.after.axes
    assert axes is not None
    assert drawn.shape[1:] == (len(axes.rows.values), len(axes.columns.values))
    assert drawn.isfinite().all()
    assert drawn.std() > 0


@pytest.mark.parametrize("label", ["outer_race", "inner_race", "ball"])
def test_the_fault_order_snippet_lights_the_plane_of_each_fault(label: str):
    (snippet, gears) = (yaml.safe_load(text) for text in blocks(SECTIONS["fault_order"], "yaml"))
    drawn, chain = picture(snippet | {"branches": []}, label)
    assert chain.after.axes is not None
    assert chain.after.axes.planes[int(drawn[..., :5].mean(dim=(1, 2)).argmax())] == label
    assert picture(gears, "gear_tooth")[0].mean(dim=(1, 2)).argmax() == 0


def test_the_command_of_the_page_draws_what_the_net_sees(tmp_path: Path):
    write_config(tmp_path / "faults.yaml", "fault_order")
    (pump,) = write_signals([simulate(MACHINE, ["outer_race"], duration_s=1.0)], tmp_path, with_labels=False)
    pump.with_name(pump.name + ".yaml").unlink()
    pump.rename(tmp_path / "pump.wav")
    run_all([line for text in blocks(PAGE, "sh") for line in text.splitlines()], tmp_path)
    assert len(list((tmp_path / "looks").glob("*.png"))) == 1


def write_config(path: Path, section: str) -> None:
    """The first snippet of a section, or of the page."""
    path.write_text(blocks(SECTIONS.get(section, PAGE), "yaml")[0])


@pytest.mark.parametrize("section", ["the page", "fault_order"])
def test_the_complete_configs_of_the_page_are_configs(section: str, tmp_path: Path):
    write_config(tmp_path / "run.yaml", section)
    assert load_config(tmp_path / "run.yaml").branches[0].backbone == "squeezenet1_1"


def test_every_figure_of_the_page_is_there_and_small():
    figures = [ROOT / "docs" / name for name in re.findall(r"!\[.*?\]\((.*?)\)", PAGE)]
    assert figures
    assert max(figure.stat().st_size for figure in figures) < 100_000
