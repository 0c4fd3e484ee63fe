"""Numbers in names, and lengths that do not belong together."""

import pytest

from pipeline.signals.quality.names import foreign_names, unlike_lengths


@pytest.mark.parametrize(
    ("source", "names", "told"),
    [
        ("cwru/174.mat", ["X173_DE_time", "X173_FE_time"], True),
        ("3005.mat", ["X048_DE_time"], True),
        ("97.mat", ["X097_DE_time", "X097_FE_time"], False),
        ("99.mat", ["X099_DE_time", "X098_DE_time"], False),
        ("278.mat", ["i", "X278_DE_time"], False),
        ("OR2_600.mat", ["z10_1"], False),
        ("12.csv", ["c0", "c1"], False),
        ("12.csv", ["a1", "a2"], False),
        ("12.csv", ["ch10_x", "ch11_x"], False),
        ("2024-05-01.csv", ["X173_DE_time"], False),
        ("pump.wav", ["X173_DE_time"], False),
    ],
)
def test_only_one_number_that_is_not_the_files_is_told(source: str, names: list[str], told: bool) -> None:
    assert (foreign_names(source, names) is not None) == told


def test_the_odd_one_out_is_the_one_that_is_named() -> None:
    told = unlike_lengths([("long", 900), ("a", 500), ("b", 500)])
    assert told.message.startswith("channels of unlike length: long has 900 samples, others 500")
    assert unlike_lengths([("a", 500), ("b", 500)]) is None
    assert unlike_lengths([]) is None
    assert unlike_lengths([("i", 64), ("DE", 5000)]).numbers == {"odd": 1, "usual": 5000}
