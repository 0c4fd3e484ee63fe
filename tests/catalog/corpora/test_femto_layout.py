"""FEMTO in its publisher's folders and in one: the same signals, whatever the file is called or how it is packed."""

import gzip
import time

import numpy as np
import pytest

from pipeline.catalog.corpora import load_corpus, manifest_of
from pipeline.catalog.corpora.manifest import expand
from pipeline.catalog.opening import open_row

DRAWN = np.round(np.random.default_rng(1).standard_normal((2560, 2)), 3)

PLACES = {
    "Learning_set/Bearing1_1/acc_00002.csv": ",",
    "Full_Test_Set/Bearing1_4/acc_01428.csv": ";",
    "Bearing2_1_acc_00911.csv": ",",
    "Bearing3_3_acc_00001.csv.gz": ",",
}


@pytest.fixture
def folder(tmp_path):
    for place, delimiter in PLACES.items():
        clock = [f"9{delimiter}39{delimiter}39{delimiter}{65664 + 39 * k}" for k in range(2560)]
        lines = "\n".join(f"{at}{delimiter}{h}{delimiter}{v}" for at, (h, v) in zip(clock, DRAWN, strict=True))
        path = tmp_path / "femto" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(lines.encode()) if path.suffix == ".gz" else lines.encode())
    return tmp_path


def test_both_accelerometers_are_read_from_every_layout_with_the_stated_rate(folder):
    catalog = load_corpus("femto", folder)
    assert {row.source for row in catalog} == {f"femto/{place}" for place in PLACES}
    for row in catalog:
        signal = open_row(row, folder)
        assert np.array_equal(signal.samples[0], DRAWN[:, 0 if row.point == "horizontal" else 1])
        assert (signal.rate_hz, signal.origins["rate_hz"]) == (25600, "manifest")  # not what the rounded clock says
        assert (signal.labels, signal.bearing.n_elements) == ((), 13)


def test_conditions_are_those_of_the_bearings_first_number_and_severity_is_lived_life(folder):
    catalog = load_corpus("femto", folder)
    told = {row.specimen: (row.speed_rpm, row.condition["load_n"], row.condition["severity"]) for row in catalog}
    assert told == {
        "FEMTO-Bearing1_1": (1800, 4000, pytest.approx(1 / 2802, abs=1e-6)),
        "FEMTO-Bearing1_4": (1800, 4000, 1.0),
        "FEMTO-Bearing2_1": (1650, 4200, 1.0),
        "FEMTO-Bearing3_3": (1500, 5000, 0.0),
    }


def test_the_publishers_folders_come_first_where_a_file_is_there_twice(folder):
    twin = folder / "femto" / "Bearing1_1_acc_00002.csv"
    twin.write_bytes((folder / "femto" / "Learning_set" / "Bearing1_1" / "acc_00002.csv").read_bytes())
    sources = {row.source for row in load_corpus("femto", folder) if row.specimen == "FEMTO-Bearing1_1"}
    assert sources == {"femto/Learning_set/Bearing1_1/acc_00002.csv"}


def test_seventeen_runs_hold_the_published_numbers_of_snapshots():
    rows = expand(manifest_of("femto")).rows
    learning = {row.source for row in rows if "Learning_set" in row.source}
    assert len(learning) == 2803 + 871 + 911 + 797 + 515 + 1637
    assert len({row.source for row in rows}) == len(learning) + 17355
    assert len({row.specimen for row in rows}) == 17


def test_some_files_of_25_000_are_found_in_seconds_of_processor_time(folder):
    load_corpus("femto", folder)
    began = time.process_time()
    load_corpus("femto", folder)
    assert time.process_time() - began < 4
