"""Corpora that were not at hand: small files of their documented layout, written by libraries that are not ours."""

import csv

import numpy as np
import pytest
from scipy.io import savemat

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.corpora import check_corpus, load_corpus, manifest_of
from pipeline.catalog.corpora.manifest import expand
from pipeline.catalog.opening import open_row
from pipeline.catalog.splitting.split import SplitConfig, split

DRAWN = np.random.default_rng(7)
DOCUMENTED = ("paderborn", "seu", "uconn_gear", "uored")


def opened(catalog, signal):
    """A signal from a file that is shorter than the published one."""
    return open_row(catalog[signal].changed(n_samples=None), catalog.root)


def rows_of(name):
    return {row.signal: row for row in expand(manifest_of(name)).rows}


@pytest.mark.parametrize("name", DOCUMENTED)
def test_a_layout_nobody_of_us_saw_says_so_and_who_tells_it(name):
    manifest = manifest_of(name)
    assert manifest.layout_from == "documentation"
    assert manifest.documented
    assert manifest.unconfirmed
    for told in (*manifest.documented, *manifest.unconfirmed):
        assert told.endswith(".")


# University of Connecticut: one matrix


STATES = "healthy missing_tooth root_crack spalling chipping_5a chipping_4a chipping_3a chipping_2a chipping_1a"


@pytest.fixture(scope="module")
def uconn(tmp_path_factory):
    """The matrix of 3600 x 936, its samples known."""
    root = tmp_path_factory.mktemp("data")
    (root / "uconn_gear").mkdir()
    matrix = DRAWN.standard_normal((3600, 936)).astype(np.float32)
    savemat(root / "uconn_gear" / "DataForClassification_TimeDomain.mat", {"AccTimeDomain": matrix})
    return root, matrix


def test_uconn_every_column_is_a_record_and_104_of_them_a_state(uconn):
    root, matrix = uconn
    catalog = load_corpus("uconn_gear", root)
    assert len(catalog) == 936
    for block, state in enumerate(STATES.split()):
        rows = catalog.rows[104 * block : 104 * (block + 1)]
        assert {(row.condition["state"], row.specimen) for row in rows} == {(state, f"UConn-{state}")}
        assert {row.labels for row in rows} == {("healthy",) if state == "healthy" else ("gear_tooth",)}
    for column in (0, 103, 104, 935):
        row = catalog.rows[column]
        assert np.array_equal(open_row(row, root).samples[0], matrix[:, column])
    assert (catalog.rows[0].rate_hz, catalog.rows[0].gear.teeth) == (20000, (32, 80))


def test_uconn_whole_it_is_right_and_one_record_short_it_is_not(uconn, tmp_path):
    root, matrix = uconn
    assert [check.status for check in check_corpus("uconn_gear", root)] == ["ok"]
    (tmp_path / "uconn_gear").mkdir()
    savemat(tmp_path / "uconn_gear" / "DataForClassification_TimeDomain.mat", {"AccTimeDomain": matrix[:, :935]})
    (check,) = check_corpus("uconn_gear", tmp_path)
    assert "no channel 'AccTimeDomain[935]'" in check.status


# Southeast University: text above tables


def seu_file(path, samples, delimiter):
    """Sixteen lines of text, then eight columns with a delimiter behind the last."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", newline="") as file:
        file.writelines(f"Line {line} of the logger's settings\n" for line in range(16))
        csv.writer(file, delimiter=delimiter, lineterminator="\n").writerows([[*row, ""] for row in samples])


@pytest.fixture
def seu(tmp_path):
    samples = np.round(DRAWN.standard_normal((300, 8)), 6)
    seu_file(tmp_path / "seu" / "gearbox" / "bearingset" / "comb_30_2.csv", samples, "\t")
    seu_file(tmp_path / "seu" / "gearbox" / "bearingset" / "ball_20_0.csv", -samples, ",")
    seu_file(tmp_path / "seu" / "gearset" / "Miss_20_0.csv", 2 * samples, "\t")
    return load_corpus("seu", tmp_path), samples


def test_seu_seven_vibrations_of_each_file_are_read_and_the_torque_is_not(seu):
    catalog, samples = seu
    assert len(catalog) == 3 * 7
    for column, point in ((0, "motor"), (1, "planetary x"), (3, "planetary z"), (5, "parallel x"), (7, "parallel z")):
        signal = opened(catalog, f"bearingset/comb_30_2/{point}")
        assert np.array_equal(signal.samples[0], samples[:, column])
    heard = {row.channel for row in catalog}
    assert "c4" not in heard


def test_seu_the_file_with_commas_reads_as_those_with_tabs(seu):
    catalog, samples = seu
    assert np.array_equal(opened(catalog, "bearingset/ball_20_0/planetary y").samples[0], -samples[:, 2])


def test_seu_labels_settings_and_specimens_are_as_documented(seu):
    catalog, _ = seu
    comb, miss = catalog["bearingset/comb_30_2/motor"], catalog["gearset/Miss_20_0/motor"]
    assert comb.labels == ("inner_race", "outer_race")
    assert (comb.speed_rpm, comb.speed_from, comb.condition["load_v"]) == (1800, "nominal", 2)
    assert (miss.labels, miss.speed_rpm, miss.specimen) == (("gear_tooth",), 1200, "SEU-gearset-Miss")
    rows = rows_of("seu")
    healthy = {rows[f"{signal}/motor"].specimen for signal in ("bearingset/health_20_0", "gearset/Health_30_2")}
    assert healthy == {"SEU-healthy"}


def test_seu_a_rate_nobody_documents_is_left_to_the_user(seu):
    catalog, _ = seu
    assert {row.rate_hz for row in catalog} == {None}
    assert any("the sampling rate of 21 signals is not documented" in note for note in catalog.notes)
    (catalog.root / "seu" / "gearset" / "Miss_20_0.csv.yaml").write_text("rate_hz: 5120\n")
    assert opened(catalog, "gearset/Miss_20_0/motor").rate_hz == 5120


# Paderborn University, structs in structs


ELEMENTS = ("force", "phase_current_1", "phase_current_2", "speed", "temp_2_bearing_module", "torque", "vibration_1")


def struct_array(elements):
    made = np.empty((1, len(elements)), dtype=[(name, object) for name in elements[0]])
    for index, element in enumerate(elements):
        for name, value in element.items():
            made[0, index][name] = value
    return made


def paderborn_file(path, vibration):
    """A struct named as the file; slow elements have a sixteenth of the samples, the temperature five."""
    lengths = dict.fromkeys(ELEMENTS, vibration.size // 16) | {"vibration_1": 0, "temp_2_bearing_module": 5}
    slow = [{"Name": name, "Type": "1", "Data": DRAWN.standard_normal((1, lengths[name]))} for name in ELEMENTS[:-1]]
    clock = [{"Name": "HostService", "Type": "0", "Data": np.arange(vibration.size)[None] / 64000}]
    elements = struct_array([*slow, {"Name": "vibration_1", "Type": "1", "Data": vibration[None]}])
    path.parent.mkdir(parents=True, exist_ok=True)
    savemat(path, {path.stem: {"Info": {"Time": "12:00"}, "X": struct_array(clock), "Y": elements}})


def test_paderborn_vibration_is_found_in_the_struct_under_either_folder(tmp_path):
    told = {}
    for place in ("KA04/N15_M07_F10_KA04_3.mat", "KB27/KB27/N09_M07_F10_KB27_20.mat", "N15_M01_F10_K002_1.mat"):
        path = tmp_path / "paderborn" / place
        told[path.stem] = DRAWN.standard_normal(3200)
        paderborn_file(path, told[path.stem])
    catalog = load_corpus("paderborn", tmp_path)
    assert {row.signal for row in catalog} == set(told)
    for name, vibration in told.items():
        assert np.array_equal(open_row(catalog[name], tmp_path).samples[0], vibration)
        assert open_row(catalog[name], tmp_path).rate_hz == 64000
    both = catalog["N09_M07_F10_KB27_20"]
    assert (both.labels, both.speed_rpm) == (("inner_race", "outer_race"), 900)
    assert both.condition == {"setting": "N09_M07_F10", "damage": "real", "severity": 1}
    assert (catalog["N15_M01_F10_K002_1"].labels, catalog["N15_M01_F10_K002_1"].speed_rpm) == (("healthy",), 1500)
    assert {check.status for check in check_corpus("paderborn", tmp_path)} == {"ok", "missing"}


def test_paderborn_a_file_without_its_vibration_is_told(tmp_path):
    path = tmp_path / "paderborn" / "K001" / "N15_M07_F10_K001_1.mat"
    path.parent.mkdir(parents=True)
    savemat(path, {path.stem: {"Y": struct_array([{"Name": "force", "Data": np.zeros((1, 500))}])}})
    told = {check.file: check.status for check in check_corpus("paderborn", tmp_path)}
    assert "no channel 'N15_M07_F10_K001_1.Y[6].Data'" in told["paderborn/K001/N15_M07_F10_K001_1.mat"]


def test_paderborn_has_32_bearings_at_four_settings_twenty_times_less_the_file_nobody_can_read():
    rows = rows_of("paderborn")
    assert len(rows) == 32 * 4 * 20 - 1
    assert "N15_M01_F10_KA08_2" not in rows
    assert len({row.specimen for row in rows.values()}) == 32
    damage = {row.specimen: row.condition.get("damage") for row in rows.values()}
    assert list(damage.values()).count("artificial") == 12
    assert list(damage.values()).count("real") == 14
    speeds = {row.condition["setting"][:3]: row.speed_rpm for row in rows.values()}
    assert speeds == {"N15": 1500, "N09": 900}


def test_paderborn_names_are_those_of_its_published_split(tmp_path):
    catalog = Catalog(expand(manifest_of("paderborn")).rows, tmp_path, "paderborn")
    made = split(catalog, SplitConfig(protocol="paderborn_bearingwise", seed=0))
    assert (len(made.train), len(made.test)) == (9 * 80, 6 * 80)
    states = "healthy", "outer_race", "inner_race"
    for side, n_bearings in ((made.train, 3), (made.test, 2)):
        specimens = {label: {row.specimen for row in side if row.labels == (label,)} for label in states}
        assert {label: len(found) for label, found in specimens.items()} == dict.fromkeys(states, n_bearings)


# University of Ottawa: a matrix per file, or a table


def test_uored_reads_the_accelerometer_from_either_kind_of_file(tmp_path):
    matrix, table = DRAWN.standard_normal((500, 5)), np.round(DRAWN.standard_normal((500, 5)), 6)
    (tmp_path / "uored" / "4_Ball_Faults").mkdir(parents=True)
    savemat(tmp_path / "uored" / "4_Ball_Faults" / "B_12_2.mat", {"B_12_2": matrix})
    with (tmp_path / "uored" / "H_12_0.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["Accelerometer", "Acoustic", "Speed", "Load", "Temperature Difference"])
        writer.writerows(table)
    catalog = load_corpus("uored", tmp_path)
    assert [row.signal for row in catalog] == ["H_12_0", "B_12_2"]
    assert np.array_equal(opened(catalog, "B_12_2").samples[0], matrix[:, 0])
    assert np.array_equal(opened(catalog, "H_12_0").samples[0], table[:, 0])
    ball, healthy = catalog["B_12_2"], catalog["H_12_0"]
    assert ball.specimen == healthy.specimen == "UORED-12"
    assert (ball.labels, healthy.labels) == (("ball",), ("healthy",))
    assert (ball.condition, healthy.condition) == ({"severity": 2, "load_n": 0}, {"load_n": 400})
    assert any("layout of uored is from documentation" in note for note in catalog.notes)
    told = {check.file: check.status for check in check_corpus("uored", tmp_path)}
    assert told["uored/4_Ball_Faults/B_12_2.mat"] == "B_12_2: 500 samples in the file, 420000 in the manifest"


def test_uored_has_sixty_recordings_of_twenty_bearings_three_of_each():
    rows = rows_of("uored")
    assert len(rows) == 60
    heard = {}
    for row in rows.values():
        heard.setdefault(row.specimen, []).append(row.labels[0])
    assert {len(labels) for labels in heard.values()} == {3}
    faults = [next(label for label in heard[f"UORED-{n}"] if label != "healthy") for n in range(1, 21)]
    assert faults == ["inner_race"] * 5 + ["outer_race"] * 5 + ["ball"] * 5 + ["cage"] * 5
    assert {row.n_samples / row.rate_hz for row in rows.values()} == {10.0}
