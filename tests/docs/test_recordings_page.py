"""docs/recordings.md is executed, and what it lists is what there is."""

import re
from pathlib import Path

import pytest
import yaml
from pages import blocks, run_all
from wines import write_wines

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.export import write_signals
from pipeline.catalog.splitting.protocols import PROTOCOLS
from pipeline.readers import READERS
from pipeline.readers.side_file import SideFile
from pipeline.signals.conditioning.steps import STEPS, parse_step
from pipeline.signals.simulation.fleet import demo_fleet

PAGE = (Path(__file__).parents[2] / "docs" / "recordings.md").read_text()


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """What the demo leaves, a few signals of it; and a plant's table."""
    training, unseen = demo_fleet(seed=3)
    for label in ("healthy", "outer_race"):
        mine = [signal.changed(labels=()) for signal in training if signal.labels == (label,)][:3]
        write_signals(mine, tmp_path / "faultprint-demo" / "recordings" / label)
    write_signals(unseen[:2], tmp_path / "faultprint-demo" / "inbox", with_labels=False)
    table = write_wines(tmp_path / "plant.csv")
    table.write_text(table.read_text().replace("class", "state", 1))
    return tmp_path


def test_every_command_of_the_page_works_in_order(desk: Path):
    run_all([line for text in blocks(PAGE, "sh") for line in text.splitlines()], desk)
    assert Catalog.read(desk / "catalog.csv").labels == ("healthy", "outer_race")
    assert Catalog.read(desk / "catalog.parquet").rows == Catalog.read(desk / "catalog.csv").rows
    assert len(Catalog.read(desk / "plant-catalog.csv")) == 178
    assert list((desk / "looks").glob("*.png"))


def test_every_reader_step_and_protocol_is_on_the_page():
    table = PAGE[PAGE.index("## Formats") : PAGE.index("## What a file")]
    assert set(re.findall(r"`(\w+)`(?=[,| ])", table)) >= set(READERS)
    assert all(name in PAGE for name in PROTOCOLS)
    (steps,) = (yaml.safe_load(text) for text in blocks(PAGE, "yaml") if "conditioning:" in text)
    shown = {parse_step(spec)[0] for spec in steps["conditioning"]}
    assert shown | {"estimate_speed"} == set(STEPS)


def test_the_side_file_on_the_page_is_one():
    (side,) = (yaml.safe_load(text) for text in blocks(PAGE, "yaml") if "specimen:" in text)
    assert SideFile.parse(side, "page").tacho is not None
