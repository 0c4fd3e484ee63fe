"""docs/witness.md is executed, and its numbers are those of the code."""

from pathlib import Path

import pytest
from pages import blocks, run_all

from pipeline.catalog.export import write_signals
from pipeline.diagnosis.witness import bearing_faults, chance, gear_faults, order_spectra, rotor_faults, segments
from pipeline.diagnosis.witness.examine import LEVEL
from pipeline.signals.simulation.fleet import demo_fleet

PAGE = (Path(__file__).parents[2] / "docs" / "witness.md").read_text()


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """What the demo leaves, two signals of it."""
    _, unseen = demo_fleet(seed=3, n_training=1, n_inbox=1)
    write_signals(unseen[:2], tmp_path / "faultprint-demo" / "inbox", with_labels=False)
    return tmp_path


def test_every_command_of_the_page_works(desk: Path) -> None:
    run_all(["".join(blocks(PAGE, "sh"))], desk)
    assert list((desk / "looks").glob("*.png"))


def test_the_python_of_the_page_runs() -> None:
    for text in blocks(PAGE, "python"):
        exec(compile(text, "witness.md", "exec"), {})


def test_the_numbers_of_the_page_are_those_of_the_code() -> None:
    assert f"segments of {segments.TURNS:.0f} turns" in PAGE
    assert f"{segments.FEWEST_TURNS:.0f} turns are needed" in PAGE
    assert f"{order_spectra.BLOCK} bins around" in PAGE
    assert f"within ± {100 * bearing_faults.SLIP:.0f} %" in PAGE
    assert f"**floor is {chance.FLOOR:.3f}**" in PAGE
    assert f"{chance.N_RANDOM} combs" in PAGE
    assert f"between {chance.NEARBY[0]} and {chance.NEARBY[1]} times" in PAGE
    assert f"less than {bearing_faults.COMPANION} of the strongest" in PAGE
    assert f"harmonics {gear_faults.TEETH.multiples[0]} to {gear_faults.TEETH.multiples[-1]}" in PAGE
    assert f"order {rotor_faults.HIGHEST:.0f}" in PAGE
    assert f"the level {LEVEL}" in PAGE
