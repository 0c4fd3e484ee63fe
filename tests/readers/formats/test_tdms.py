import struct
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nptdms import ChannelObject, GroupObject, RootObject, TdmsFile, TdmsWriter

from pipeline.errors import FactError, ReadError
from pipeline.readers.choose import read_header, read_recording
from pipeline.readers.formats.tdms import TdmsReader
from pipeline.signals.recording import Recording

COUNTS = np.random.default_rng(1).integers(-2000, 2000, 300).astype(np.int16)
LINEAR = {
    "NI_Scaling_Status": "unscaled",
    "NI_Number_Of_Scales": 1,
    "NI_Scale[0]_Scale_Type": "Linear",
    "NI_Scale[0]_Linear_Slope": 0.5,
    "NI_Scale[0]_Linear_Y_Intercept": -3.0,
    "NI_Scale[0]_Linear_Input_Source": 0xFFFFFFFF,
    "unit_string": "g",
}


def written(path: Path, *objects: Any, root: dict[str, Any] | None = None) -> Path:
    with path.open("wb") as file, TdmsWriter(file) as writer:
        writer.write_segment([RootObject(root or {}), *objects])
    return path


def channel(name: str, data: Any, **properties: Any) -> ChannelObject:
    return ChannelObject("rig", name, data, properties)


def test_a_scale_in_the_file_is_applied_to_counts(tmp_path: Path):
    path = written(tmp_path / "x.tdms", ChannelObject("rig", "a", COUNTS, LINEAR | {"wf_increment": 0.001}))
    recording = read_recording(path)
    assert (recording.channels, recording.rate_hz, recording.units) == (("rig/a",), 1000.0, ("g",))
    np.testing.assert_array_equal(recording.samples[0], COUNTS * 0.5 - 3.0)


def test_the_real_unscaled_file_comes_out_in_volts(real_data: Path):
    path = real_data / "odd" / "DAQ-sim.tdms"
    recording = read_recording(path)
    assert recording.channels == ("analog/U", "analog/I", "analog/T")
    assert (recording.rate_hz, recording.units, recording.n_samples) == (100.0, ("Volts",) * 3, 3240)
    assert recording.facts == {"time": "2020-11-23T15:40:39.013548"}
    with TdmsFile.open(path) as file:
        for row, stored in zip(recording.samples, file["analog"].channels(), strict=True):
            (counts,) = stored.read_data(scaled=False).values()
            np.testing.assert_array_equal(row, counts * stored.properties["NI_Scale[1]_Linear_Slope"])


def test_counts_whose_scale_is_of_an_unknown_kind_are_refused(tmp_path: Path):
    unknown = LINEAR | {"NI_Scale[0]_Scale_Type": "Bridge of 2031"}
    path = written(tmp_path / "x.tdms", ChannelObject("rig", "a", COUNTS, unknown), channel("b", COUNTS * 1.5))
    with pytest.raises(ReadError, match=r"'rig/a' is stored unscaled.*Bridge of 2031.*cannot be applied"):
        read_recording(path)
    np.testing.assert_array_equal(read_recording(path, ["rig/b"]).samples[0], COUNTS * 1.5)


def test_a_scale_that_was_applied_before_storing_is_not_applied_again(tmp_path: Path):
    scaled = LINEAR | {"NI_Scaling_Status": "scaled"}
    path = written(tmp_path / "x.tdms", ChannelObject("rig", "a", COUNTS, scaled))
    np.testing.assert_array_equal(read_recording(path).samples[0], COUNTS)


def test_counts_that_bring_no_scale_do_not_get_the_unit_of_the_scaled_signal(tmp_path: Path):
    path = written(tmp_path / "x.tdms", channel("a", COUNTS, NI_Scaling_Status="unscaled", unit_string="g"))
    recording = read_recording(path)
    assert recording.units == (None,)
    np.testing.assert_array_equal(recording.samples[0], COUNTS)


def test_texts_times_empty_and_short_channels_and_spectra_are_no_signals(tmp_path: Path):
    moments = np.datetime64("2024-01-01T00:00:00", "us") + np.arange(300) * np.timedelta64(1, "s")
    path = written(
        tmp_path / "x.tdms",
        channel("comment", ["started", "stopped"]),
        channel("when", moments),
        channel("empty", np.empty(0)),
        channel("limits", np.arange(5.0)),
        channel("spectrum", np.arange(300.0), wf_increment=0.5, wf_xunit_string="Hz"),
        channel("flags", COUNTS > 0),
        channel("vib", COUNTS),
    )
    recording = read_recording(path)
    assert recording.channels == ("rig/vib",)
    np.testing.assert_array_equal(recording.samples[0], COUNTS)


def test_a_file_without_a_signal_says_what_it_holds(tmp_path: Path):
    path = written(tmp_path / "x.tdms", channel("comment", ["started"]), channel("limits", np.arange(5.0)))
    with pytest.raises(ReadError, match=r"no signal.*rig/comment \(1 object\), rig/limits \(5 float64\)"):
        read_header(path)


def test_a_short_waveform_is_a_signal_all_the_same(tmp_path: Path):
    path = written(tmp_path / "x.tdms", channel("burst", np.arange(9.0), wf_increment=1e-5))
    assert read_recording(path).n_samples == 9


@pytest.mark.parametrize(
    ("place", "rate_hz"), [("channel", 25600.0), ("group", 12800.0), ("file", 6400.0), ("increment", 51200.0)]
)
def test_the_nearest_statement_of_a_rate_wins_and_an_increment_over_all(tmp_path: Path, place: str, rate_hz: float):
    places = ("file", "group", "channel", "increment")
    said = places[: places.index(place) + 1]
    own = ({"sampling_rate": 25600.0} if "channel" in said else {}) | (
        {"wf_increment": 1 / 51200} if "increment" in said else {}
    )
    path = written(
        tmp_path / "x.tdms",
        GroupObject("rig", {"sampling_rate": 12800.0} if "group" in said else {}),
        channel("vib", COUNTS, **own),
        root={"sampling_rate": 6400.0, "rpm": 1480.0},
    )
    header = read_header(path)
    assert header.channels[0].rate_hz == rate_hz
    assert header.facts == {"speed_rpm": 1480.0}


def test_a_time_channel_beside_the_samples_gives_their_rate(tmp_path: Path):
    path = written(
        tmp_path / "x.tdms",
        channel("Time (ms)", np.arange(300) / 25.6),
        channel("vib", COUNTS),
        channel("slow", COUNTS[:100]),
    )
    assert [each.rate_hz for each in read_header(path).channels] == [25600.0, None]


@pytest.mark.parametrize(
    ("moment", "facts"),
    [(datetime(2026, 5, 4, 3, 2, 1), {"time": "2026-05-04T03:02:01.000000"}), (datetime(1904, 1, 1), {})],  # noqa: DTZ001
)
def test_the_start_is_a_fact_unless_the_clock_was_never_set(tmp_path: Path, moment: datetime, facts: dict[str, str]):
    path = written(tmp_path / "x.tdms", channel("vib", COUNTS, wf_increment=0.001, wf_start_time=moment))
    assert read_header(path).facts == facts


def segment(order: str, contents: int, metadata: bytes, data: bytes, length: int | None = None) -> bytes:
    length = len(metadata) + len(data) if length is None else length
    return (
        b"TDSm"
        + struct.pack("<I", contents)
        + struct.pack(order + "IQQ", 4713, length, len(metadata))
        + metadata
        + data
    )


def objects(order: str, n_values: int, kind: int, *names: str) -> bytes:
    def text(value: str) -> bytes:
        return struct.pack(order + "I", len(value)) + value.encode()

    described = struct.pack(order + "IIIQ", 20, kind, 1, n_values) + struct.pack(order + "I", 0)
    return struct.pack(order + "I", len(names)) + b"".join(text(f"/'rig'/'{name}'") + described for name in names)


META, NEW, RAW, INTERLEAVED, BIG = 2, 4, 8, 32, 64


def test_time_stamps_finer_than_microseconds_give_a_rate(tmp_path: Path):
    ticks = b"".join(struct.pack("<Qq", k * 2**64 // 51200, 3_800_000_000) for k in range(300))
    samples = segment("<", META | NEW | RAW, objects("<", 300, 10, "vib"), np.arange(300.0).tobytes())
    (tmp_path / "x.tdms").write_bytes(samples + segment("<", META | NEW | RAW, objects("<", 300, 68, "when"), ticks))
    (vib,) = read_header(tmp_path / "x.tdms").channels
    assert (vib.name, vib.rate_hz) == ("rig/vib", 51200.0)


def test_interleaved_big_endian_data_are_put_in_order(tmp_path: Path):
    rows = np.stack([COUNTS, -COUNTS])
    metadata = objects(">", 300, 2, "a", "b")
    content = segment(">", META | NEW | RAW | INTERLEAVED | BIG, metadata, rows.T.astype(">i2").tobytes())
    (tmp_path / "x.tdms").write_bytes(content)
    np.testing.assert_array_equal(read_recording(tmp_path / "x.tdms").samples, rows)
    np.testing.assert_array_equal(read_recording(tmp_path / "x.tdms", start=17, stop=99).samples, rows[:, 17:99])


def test_what_a_logger_wrote_before_its_power_failed_is_read(tmp_path: Path):
    metadata = objects("<", 100, 10, "a")
    first = segment("<", META | NEW | RAW, metadata, np.arange(100.0).tobytes())
    last = segment("<", RAW, b"", np.arange(100.0, 200.0).tobytes(), length=2**64 - 1)
    (tmp_path / "x.tdms").write_bytes(first + last)
    np.testing.assert_array_equal(read_recording(tmp_path / "x.tdms").samples[0], np.arange(200.0))


def test_a_cut_within_a_segment_is_refused_and_nothing_is_printed(tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    path = written(tmp_path / "x.tdms", channel("vib", COUNTS))
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ReadError, match=r"segments promise .* cut short"):
        read_header(path)
    assert capfd.readouterr() == ("", "")


def test_bytes_behind_the_last_segment_are_refused(tmp_path: Path):
    path = written(tmp_path / "x.tdms", channel("vib", COUNTS))
    path.write_bytes(path.read_bytes() + b"left over from another file ...")
    with pytest.raises(ReadError, match="no TDMS segment at byte"):
        read_header(path)


def test_an_index_of_an_older_recording_beside_the_file_is_not_believed(tmp_path: Path):
    with TdmsWriter(str(tmp_path / "x.tdms"), index_file=True) as writer:
        writer.write_segment([channel("older", np.arange(70.0))])
    written(tmp_path / "x.tdms", channel("vib", COUNTS))
    assert (tmp_path / "x.tdms_index").exists()
    assert read_header(tmp_path / "x.tdms").names == ("rig/vib",)


def test_blocks_are_the_recording_cut_in_pieces(tmp_path: Path):
    path = tmp_path / "x.tdms"
    with path.open("wb") as file, TdmsWriter(file) as writer:
        for part in np.split(COUNTS, 3):
            writer.write_segment([channel("vib", part, wf_increment=0.001)])
    blocks = list(TdmsReader().blocks(path, ["rig/vib"], 64, start=10, stop=290))
    assert [block.shape for block in blocks] == [(1, 64)] * 4 + [(1, 24)]
    np.testing.assert_array_equal(np.concatenate(blocks, axis=1)[0], COUNTS[10:290])


def test_without_its_package_the_format_is_known_and_the_extra_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = written(tmp_path / "x.tdms", channel("vib", COUNTS))
    monkeypatch.setitem(sys.modules, "nptdms", None)
    assert TdmsReader().can_read(path)
    with pytest.raises(ReadError, match=r"TDMS needs npTDMS; pip install 'faultprint\[formats\]'"):
        read_header(path)


def test_what_is_written_is_a_waveform_to_nptdms(tmp_path: Path):
    samples = np.random.default_rng(0).normal(size=(2, 100))
    path = tmp_path / "x.tdms"
    TdmsReader().write(Recording(samples, ("rig/DE", "motor/FE"), 25600.0, ("g", None)), path)
    file = TdmsFile.read(path)
    first, second = file["rig"]["DE"], file["motor"]["FE"]
    np.testing.assert_array_equal(first[:], samples[0])
    np.testing.assert_array_equal(second[:], samples[1])
    assert first.properties["wf_increment"] == 1 / 25600
    assert first.properties["unit_string"] == "g"


@pytest.mark.parametrize("names", [("DE", "rig/FE"), ("a/1", "b/1", "a/2"), ("/DE", "FE/"), ("it's", "Lüfter [g]")])
def test_names_that_do_not_fit_into_groups_come_back_all_the_same(tmp_path: Path, names: tuple[str, ...]):
    recording = Recording(np.random.default_rng(0).normal(size=(len(names), 100)), names, 25600.0)
    TdmsReader().write(recording, tmp_path / "x.tdms")
    back = read_recording(tmp_path / "x.tdms")
    assert back.channels == names
    np.testing.assert_array_equal(back.samples, recording.samples)


@pytest.mark.parametrize(
    ("recording", "told"),
    [
        (Recording(np.zeros((1, 100), np.float16), ("a",), 1000.0), "no float16"),
        (Recording(np.zeros((1, 9)), ("a",)), "cannot hold this recording"),
        (Recording(np.zeros((2, 100)), ("a", "a"), 1000.0), "a name of its own"),
    ],
)
def test_what_would_not_come_back_is_not_written(tmp_path: Path, recording: Recording, told: str):
    path = tmp_path / "x.tdms"
    path.write_text("an older file")
    with pytest.raises(FactError, match=told):
        TdmsReader().write(recording, path)
    assert path.read_text() == "an older file"
    assert list(tmp_path.iterdir()) == [path]
