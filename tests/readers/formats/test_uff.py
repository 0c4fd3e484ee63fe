from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pyuff

from pipeline.errors import FactError, ReadError
from pipeline.readers.choose import find_reader, read_header, read_recording
from pipeline.readers.formats.uff import UffReader
from pipeline.signals.recording import Recording

SAMPLES = np.random.default_rng(2).normal(size=300)


def written(path: Path, *sets: dict[str, Any]) -> Path:
    """What pyuff writes as text, one time response after the other unless told otherwise."""
    usual = {"type": 58, "binary": 0, "func_type": 1, "abscissa_spacing": 1, "abscissa_spec_data_type": 17}
    usual |= {"rsp_node": 0, "rsp_dir": 0, "ref_node": 0, "ref_dir": 0, "orddenom_spec_data_type": 0}
    complete = [usual | {"data": SAMPLES, "rate_hz": 1000.0} | each for each in sets]
    for each in complete:
        each["x"] = np.arange(len(each["data"])) / each.pop("rate_hz")
    pyuff.UFF(str(path)).write_sets(complete, "overwrite")
    return path


def binary(
    values: bytes, n_points: int, ordinate: int, order: int = 1, floats: int = 2, n_bytes: int | None = None
) -> bytes:
    n_bytes = len(values) if n_bytes is None else n_bytes
    axis = f"{0:10}{0:5}{0:5}{0:5} {'NONE':20} {'NONE':20}\r\n"
    text = f"    -1\r\n    58b{order:6}{floats:6}{11:12}{n_bytes:12}{0:6}{0:6}{0:12}{0:12}\r\n" + "NONE\r\n" * 5
    text += f"{1:5}{0:10}{0:5}{0:10} {'NONE':10}{3:10}{-2:4} {'NONE':10}{0:10}{0:4}\r\n"
    text += f"{ordinate:10}{n_points:10}{1:10}{0.0:13.5e}{0.001:13.5e}{0.0:13.5e}\r\n"
    return (text + axis.replace("         0", "        17", 1) + axis * 3).encode() + values + b"    -1\r\n"


def test_text_is_read_as_pyuff_reads_it(tmp_path: Path):
    path = written(tmp_path / "x.uff", {"rsp_ent_name": "DE", "ordinate_axis_units_lab": "m/s^2"})
    recording = read_recording(path)
    assert (recording.channels, recording.rate_hz, recording.units) == (("DE",), 1000.0, ("m/s^2",))
    np.testing.assert_array_equal(recording.samples[0], pyuff.UFF(str(path)).read_sets(0)["data"])
    np.testing.assert_allclose(recording.samples[0], SAMPLES, rtol=1e-11)


@pytest.mark.parametrize(("order", "sign"), [(1, "<"), (2, ">")])
@pytest.mark.parametrize(("ordinate", "kind"), [(2, "f4"), (4, "f8")])
def test_binary_keeps_either_precision_and_byte_order(tmp_path: Path, order: int, sign: str, ordinate: int, kind: str):
    stored = SAMPLES.astype(sign + kind)
    (tmp_path / "x.uff").write_bytes(binary(stored.tobytes(), 300, ordinate, order))
    recording = read_recording(tmp_path / "x.uff")
    assert recording.channels == ("3:-Y",)
    assert recording.samples.dtype == np.dtype(kind)
    np.testing.assert_array_equal(recording.samples[0], stored)


def test_the_closing_mark_among_binary_values_ends_nothing(tmp_path: Path):
    values = b"    -1\r\n" * 100
    (tmp_path / "x.uff").write_bytes(binary(values, 100, 4) + binary(SAMPLES.tobytes(), 300, 4))
    header = read_header(tmp_path / "x.uff")
    assert [(each.name, each.n_samples) for each in header.channels] == [("3:-Y", 100), ("3:-Y_2", 300)]
    np.testing.assert_array_equal(read_recording(tmp_path / "x.uff", ["3:-Y_2"]).samples[0], SAMPLES)


def test_a_line_end_between_binary_values_and_mark_is_passed_over(tmp_path: Path):
    content = binary(SAMPLES.tobytes(), 300, 4)
    (tmp_path / "x.uff").write_bytes((content[:-8] + b"\r\n    -1\r\n") * 2)
    assert len(read_header(tmp_path / "x.uff").channels) == 2


def test_sets_of_unlike_rate_lie_in_one_file_and_are_read_one_by_one(tmp_path: Path):
    slow = {"rsp_ent_name": "speed", "rate_hz": 100.0, "data": SAMPLES[:50]}
    path = written(tmp_path / "x.uff", {"rsp_ent_name": "DE"}, slow)
    assert [each.rate_hz for each in read_header(path).channels] == [1000.0, 100.0]
    assert read_recording(path, ["speed"]).n_samples == 50
    with pytest.raises(ReadError, match="unlike length or rate"):
        read_recording(path)


def test_names_come_from_place_label_or_text_and_differ(tmp_path: Path):
    path = written(
        tmp_path / "x.uff",
        {"rsp_ent_name": "rig", "rsp_node": 12, "rsp_dir": -3},
        {"ordinate_axis_lab": "Motor"},
        {"id1": "second floor"},
        {},
        {"ordinate_axis_lab": "Motor"},
    )
    assert read_header(path).names == ("rig:12:-Z", "Motor", "second floor", "c3", "Motor_2")


def test_spectra_beside_a_time_signal_are_left_out(tmp_path: Path):
    path = written(tmp_path / "x.uff", {"func_type": 2, "abscissa_spec_data_type": 18}, {"rsp_ent_name": "DE"})
    assert read_header(path).names == ("DE",)


@pytest.mark.parametrize(
    ("stored", "told"),
    [
        ({"func_type": 4, "data": SAMPLES * 1j}, "a frequency response, not a time signal"),
        ({"func_type": 9}, "a power spectral density, not a time signal"),
        ({"func_type": 0, "abscissa_spec_data_type": 19}, "something other than time"),
        ({"abscissa_spacing": 0}, "uneven steps"),
        ({"data": SAMPLES * 1j}, "complex values"),
    ],
)
def test_what_is_no_time_signal_is_refused_by_its_name(tmp_path: Path, stored: dict[str, Any], told: str):
    path = written(tmp_path / "x.uff", stored)
    with pytest.raises(ReadError, match=f"without a time signal.*{told}"):
        read_header(path)


def test_a_general_function_of_time_is_a_signal(tmp_path: Path):
    assert read_recording(written(tmp_path / "x.uff", {"func_type": 0})).rate_hz == 1000.0


@pytest.mark.parametrize(
    ("name", "n_samples", "rate_hz", "unit", "channel"),
    [
        ("Sample_UFF58b_bin.uff", 79292, 65536.0, "Pa", "Mic 01"),
        ("binary8byte.uff", 250, 100.0, "g", "sine 5 Hz:1"),
        ("time-history-not-all-columns-filled.uff", 13, 20000.0, "m/s²", "1x"),
    ],
)
def test_real_time_signals_are_read_as_pyuff_reads_them(
    real_data: Path, name: str, n_samples: int, rate_hz: float, unit: str, channel: str
):
    path = real_data / "odd" / name
    recording = read_recording(path)
    assert (recording.channels, recording.n_samples) == ((channel,), n_samples)
    assert (recording.rate_hz, recording.units) == (rate_hz, (unit,))
    np.testing.assert_array_equal(recording.samples[0], pyuff.UFF(str(path)).read_sets(0)["data"])


def test_the_date_in_the_third_line_is_a_fact(real_data: Path):
    assert read_header(real_data / "odd" / "Sample_UFF58b_bin.uff").facts == {"time": "2016-04-18T13:49:58"}


def test_a_real_header_that_promises_millions_of_points_is_not_believed(real_data: Path):
    with pytest.raises(ReadError, match="promises 2508876 values in 553 bytes; cut short"):
        read_header(real_data / "odd" / "dataset_milestone_in_header.uff")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("1858.uff", r"holds set 1858 \(qualifiers of functions\)$"),
        (
            "TestLab_161_164_18_15_82.uff",
            r"set 151 .*, set 164 .*, set 18 .*, set 15 \(nodes\), set 82 \(trace lines\)$",
        ),
        ("non_ascii_header.uff", "a frequency response, not a time signal"),
        ("sample_dataset58_psd.uff", "a power spectral density, not a time signal"),
    ],
)
def test_real_files_without_a_time_signal_say_what_is_in_them(real_data: Path, name: str, told: str):
    with pytest.raises(ReadError, match=told):
        read_header(real_data / "odd" / name)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (binary(SAMPLES.tobytes(), 301, 4), "promises 301 values in 2400 bytes"),
        (binary(SAMPLES.tobytes(), 299, 4, n_bytes=0), "does not end where its header says"),
        (binary(SAMPLES.tobytes(), 300, 4, floats=3), "VMS or IBM"),
        (binary(SAMPLES.tobytes(), 300, 4)[:-8], "does not end where its header says"),
        (b"    -1\n   151\nrig\n", "last set has no end"),
        (b"    -1\n    58\n" + b"NONE\n" * 5 + b"    x\n" * 6 + b"    -1\n", "header that cannot be read"),
    ],
)
def test_contradictions_are_refused(tmp_path: Path, content: bytes, told: str):
    (tmp_path / "x.uff").write_bytes(content)
    with pytest.raises(ReadError, match=told):
        read_header(tmp_path / "x.uff")


@pytest.mark.parametrize(
    "change", [lambda lines: lines[:15] + lines[16:], lambda lines: [*lines[:15], lines[15], *lines[15:]]]
)
def test_a_text_with_a_line_lost_or_doubled_is_refused(tmp_path: Path, change: Any):
    path = written(tmp_path / "x.uff", {})
    path.write_bytes(b"".join(change(path.read_bytes().splitlines(keepends=True))))
    with pytest.raises(ReadError, match=r"promises 300 values and holds (296|304)"):
        read_recording(path)


def test_values_that_touch_are_set_apart_by_their_columns(tmp_path: Path):
    path = written(tmp_path / "x.uff", {})
    lines = path.read_bytes().splitlines(keepends=True)
    rows = [
        b"".join(b"%13s" % f"{value:.5E}".replace("E-", "E-0").replace("E+", "E+0").encode() for value in row) + b"\n"
        for row in -np.abs(SAMPLES).reshape(50, 6)
    ]
    lines[8] = lines[8].replace(b"         4", b"         2", 1)
    path.write_bytes(b"".join([*lines[:13], *rows, b"    -1\n"]))
    assert b"-" in rows[0].strip()[1:]
    np.testing.assert_allclose(read_recording(path).samples[0], -np.abs(SAMPLES), rtol=1e-5)


@pytest.mark.parametrize("kind", ["text", "binary"])
def test_blocks_are_the_recording_cut_in_pieces(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("pipeline.readers.formats.uff.TEXT_BYTES", 500)
    monkeypatch.setattr("pipeline.readers.formats.uff.WHOLE_PASS", 70)
    path = tmp_path / "x.uff"
    if kind == "text":
        written(path, {"rsp_ent_name": "a"}, {"rsp_ent_name": "b", "data": -SAMPLES})
    else:
        UffReader().write(Recording(np.stack([SAMPLES, -SAMPLES]), ("a", "b"), 1000.0), path)
    whole = read_recording(path).samples
    blocks = list(UffReader().blocks(path, ["b", "a"], 64, start=7, stop=293))
    assert [block.shape for block in blocks] == [(2, 64)] * 4 + [(2, 30)]
    np.testing.assert_array_equal(np.concatenate(blocks, axis=1), whole[::-1, 7:293])


def test_what_is_written_is_read_by_pyuff(tmp_path: Path):
    path = tmp_path / "x.uff"
    UffReader().write(Recording(np.stack([SAMPLES, -SAMPLES]), ("DE", "FE"), 25600.0, ("g", None)), path)
    file = pyuff.UFF(str(path))
    assert list(file.get_set_types()) == [58, 58]
    for number, (row, name) in enumerate(zip((SAMPLES, -SAMPLES), ("DE", "FE"), strict=True)):
        stored = file.read_sets(number)
        np.testing.assert_array_equal(stored["data"], row)
        assert (stored["func_type"], stored["rsp_ent_name"], stored["id1"]) == (1, name, name)
        assert stored["abscissa_inc"] == pytest.approx(1 / 25600, rel=1e-5)


def test_a_rate_that_its_printed_step_cannot_tell_comes_back_all_the_same(tmp_path: Path):
    path = tmp_path / "x.uff"
    UffReader().write(Recording(SAMPLES[None], ("DE",), 12345.678), path)
    assert b" 8.10000e-05" in path.read_bytes()
    assert read_recording(path).rate_hz == 12345.678


@pytest.mark.parametrize(
    ("recording", "told"),
    [
        (Recording(np.zeros((1, 100), np.float16), ("a",), 1000.0), "no float16"),
        (Recording(np.zeros((1, 100)), ("a",), 1000.0, ("a very long name of a unit",)), "units"),
        (Recording(np.zeros((1, 100)), ("n" * 81,), 1000.0), "channels named"),
        (Recording(np.zeros((1, 100)), (" a ",), 1000.0), "channels named"),
        (Recording(np.zeros((1, 100)), ("none",), 1000.0), "channels named"),
        (Recording(np.zeros((2, 100)), ("a", "a"), 1000.0), "channels named"),
        (Recording(np.zeros((1, 100)), ("two\nlines",), 1000.0), "cannot hold"),
    ],
)
def test_what_would_not_come_back_is_not_written(tmp_path: Path, recording: Recording, told: str):
    with pytest.raises(FactError, match=told):
        UffReader().write(recording, tmp_path / "x.uff")
    assert not list(tmp_path.iterdir())


def test_a_column_of_minus_ones_is_no_universal_file(tmp_path: Path):
    (tmp_path / "x.txt").write_text("    -1.0\n    58.0\n" * 50)
    assert find_reader(tmp_path / "x.txt").name == "delimited"
