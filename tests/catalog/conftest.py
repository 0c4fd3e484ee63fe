"""Made-up catalogs for the tests of this room."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import strategies as st

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.row import Row

LABELS = ("healthy", "inner_race", "outer_race", "ball")


def plant(specimens: int, per_specimen: int, n_samples: int = 1000) -> Catalog:
    """Specimens with one label each, every label in turn, each heard at some loads."""
    return Catalog(
        tuple(
            Row(
                f"{part}-{load}",
                f"{part}/{load}.wav",
                machine=f"machine {part % 3}",
                specimen=f"bearing {part}",
                labels=(LABELS[part % len(LABELS)],),
                speed_rpm=1000.0 + 100 * load,
                n_samples=n_samples,
                condition={"load": load},
            )
            for part in range(specimens)
            for load in range(per_specimen)
        ),
        Path("plant"),
    )


@pytest.fixture(scope="session")
def make_plant() -> Callable[..., Catalog]:
    """Makes a catalog of specimens; see `plant`."""
    return plant


@st.composite
def some_rows(draw: st.DrawFn) -> list[Row]:
    """Any rows at all: few specimens, several labels at once, some without a specimen."""
    count = draw(st.integers(1, 24))
    return [
        Row(
            f"{index}",
            f"{draw(st.integers(0, 9))}.wav",
            f"c{index}",
            specimen=draw(st.sampled_from(["", *"abcdefg"])),
            labels=tuple(draw(st.lists(st.sampled_from(LABELS), min_size=1, max_size=2, unique=True))),
            n_samples=draw(st.integers(10, 30)),
            condition=draw(st.sampled_from([{}, {"load": 0}, {"load": 50}])),
        )
        for index in range(count)
    ]


@pytest.fixture(scope="session")
def any_rows() -> st.SearchStrategy[list[Row]]:
    """The strategy `some_rows`."""
    return some_rows()
