import struct
import warnings
from pathlib import Path

import numpy as np
import pytest
import scipy.io
from scipy.io import wavfile

from pipeline.errors import FactError, ReadError
from pipeline.readers.choose import read_header, read_recording
from pipeline.readers.formats.wav import WavReader, start_of
from pipeline.signals.recording import Recording

COUNTS = np.arange(-100, 100)


def wav(fmt: bytes, data: bytes, mark: bytes = b"RIFF", before: bytes = b"", n_data: int | None = None) -> bytes:
    order = ">" if mark == b"RIFX" else "<"
    body = b"WAVE" + before + b"fmt " + struct.pack(order + "I", len(fmt)) + fmt
    body += b"data" + struct.pack(order + "I", len(data) if n_data is None else n_data) + data
    return mark + struct.pack(order + "I", len(body)) + body


def fmt(coding: int, n_channels: int, rate_hz: int, n_bytes: int, order: str = "<") -> bytes:
    frame = n_channels * n_bytes
    return struct.pack(order + "HHIIHH", coding, n_channels, rate_hz, rate_hz * frame, frame, 8 * n_bytes)


@pytest.mark.parametrize("dtype", ["u1", "i2", "i4", "f4", "f8"])
def test_values_are_as_stored_with_nothing_scaled(tmp_path: Path, dtype: str):
    stored = (COUNTS + 100 if dtype == "u1" else COUNTS).astype(dtype)
    wavfile.write(tmp_path / "x.wav", 8000, stored)
    recording = read_recording(tmp_path / "x.wav")
    assert recording.rate_hz == 8000.0
    assert recording.units == (None,)
    assert recording.samples.dtype == (np.float32 if dtype == "f4" else np.float64)
    np.testing.assert_array_equal(recording.samples[0], stored)


@pytest.mark.parametrize(("mark", "byteorder"), [(b"RIFF", "little"), (b"RIFX", "big")])
def test_24_bits_are_counts_of_either_byte_order(tmp_path: Path, mark: bytes, byteorder: str):
    values = [0, 1, -1, 2**23 - 1, -(2**23), *range(100)]
    data = b"".join(value.to_bytes(3, byteorder, signed=True) for value in values)
    (tmp_path / "x.wav").write_bytes(wav(fmt(1, 1, 51200, 3, ">" if mark == b"RIFX" else "<"), data, mark))
    recording = read_recording(tmp_path / "x.wav")
    assert recording.rate_hz == 51200.0
    np.testing.assert_array_equal(recording.samples[0], values)


def scipy_examples() -> list[Path]:
    folder = Path(scipy.io.__file__).parent / "tests" / "data"
    refused = ("early-eof", "incomplete", "ulaw", "inconsistent", "36bit", "45bit", "53bit")
    return [path for path in sorted(folder.glob("*.wav")) if not any(word in path.name for word in refused)]


@pytest.mark.skipif(not scipy_examples(), reason="this scipy was installed without its test files")
def test_scipys_own_examples_are_read_as_scipy_reads_them():
    for path in scipy_examples():
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            rate_hz, values = wavfile.read(path)
        # scipy puts 24 bits into the upper part of 32.
        scale = 256 if "24bit" in path.name or "20bit" in path.name else 1
        recording = read_recording(path)
        assert recording.rate_hz == rate_hz
        np.testing.assert_array_equal(recording.samples * scale, np.atleast_2d(values.T))


def test_chunks_before_the_samples_are_passed_over(tmp_path: Path):
    odd = b"LIST" + struct.pack("<I", 3) + b"abc\x00"
    (tmp_path / "x.wav").write_bytes(wav(fmt(1, 2, 8000, 2), COUNTS.astype("<i2").tobytes(), before=odd))
    np.testing.assert_array_equal(read_recording(tmp_path / "x.wav").samples, COUNTS.reshape(-1, 2).T)


@pytest.mark.parametrize("n_data", [401, 10**6, 2**32 - 2])
def test_a_length_the_file_does_not_have_is_refused(tmp_path: Path, n_data: int):
    (tmp_path / "x.wav").write_bytes(wav(fmt(1, 1, 8000, 2), COUNTS.astype("<i2").tobytes(), n_data=n_data))
    for call in (read_header, read_recording):
        with pytest.raises(ReadError, match=f"promises {n_data} bytes of samples and holds 400"):
            call(tmp_path / "x.wav")


DATA = COUNTS.astype("<i2").tobytes()


@pytest.mark.parametrize("n_data", [0, 2**32 - 1])
@pytest.mark.parametrize("n_riff", [0, 36, 2**32 - 1])
def test_a_recorder_that_streams_leaves_the_length_open(tmp_path: Path, n_data: int, n_riff: int):
    content = wav(fmt(1, 1, 8000, 2), DATA + b"\x07", n_data=n_data)
    (tmp_path / "x.wav").write_bytes(content[:4] + struct.pack("<I", n_riff) + content[8:])
    np.testing.assert_array_equal(read_recording(tmp_path / "x.wav").samples[0], COUNTS)


def test_a_stream_in_rf64_that_was_never_finished_is_read(tmp_path: Path):
    ds64 = b"ds64" + struct.pack("<IQQQI", 28, 0, 0, 0, 0)
    content = wav(fmt(1, 1, 8000, 2), DATA, b"RF64", before=ds64, n_data=2**32 - 1)
    (tmp_path / "x.wav").write_bytes(content[:4] + struct.pack("<I", 2**32 - 1) + content[8:])
    np.testing.assert_array_equal(read_recording(tmp_path / "x.wav").samples[0], COUNTS)


def test_notes_behind_no_samples_are_no_samples(tmp_path: Path):
    content = wav(fmt(1, 1, 8000, 2), b"") + b"LIST" + struct.pack("<I", 400) + bytes(400)
    (tmp_path / "x.wav").write_bytes(content[:4] + struct.pack("<I", len(content) - 8) + content[8:])
    with pytest.raises(ReadError, match="without samples"):
        read_header(tmp_path / "x.wav")


def test_chunks_may_come_in_any_order(tmp_path: Path):
    pieces = wav(fmt(1, 1, 8000, 2), DATA)
    head, coded, data = pieces[:12], pieces[12:36], pieces[36:]
    (tmp_path / "x.wav").write_bytes(head + b"JUNK" + struct.pack("<I", 5) + bytes(6) + data + coded + b"trailing rest")
    np.testing.assert_array_equal(read_recording(tmp_path / "x.wav").samples[0], COUNTS)


def test_millions_of_zeros_behind_the_samples_cost_no_time(tmp_path: Path):
    with (tmp_path / "x.wav").open("wb") as file:
        file.write(wav(fmt(1, 1, 8000, 2), DATA))
        file.truncate(10**9)
    assert read_header(tmp_path / "x.wav").channels[0].n_samples == 200


@pytest.mark.parametrize(("kind", "n_bytes", "dtype"), [(1, 2, "<i2"), (3, 4, "<f4"), (3, 8, "<f8")])
def test_the_extensible_coding_is_told_by_its_identifier(tmp_path: Path, kind: int, n_bytes: int, dtype: str):
    identifier = struct.pack("<I", kind) + bytes.fromhex("00001000800000aa00389b71")
    coded = fmt(0xFFFE, 2, 51200, n_bytes) + struct.pack("<HHI", 22, 8 * n_bytes, 3) + identifier
    (tmp_path / "x.wav").write_bytes(wav(coded, COUNTS.astype(dtype).tobytes()))
    np.testing.assert_array_equal(read_recording(tmp_path / "x.wav").samples, COUNTS.reshape(-1, 2).T)


def test_a_coding_that_extensible_only_wraps_is_refused(tmp_path: Path):
    identifier = struct.pack("<I", 7) + bytes.fromhex("00001000800000aa00389b71")
    (tmp_path / "x.wav").write_bytes(wav(fmt(0xFFFE, 1, 8000, 1) + struct.pack("<HHI", 22, 8, 1) + identifier, DATA))
    with pytest.raises(ReadError, match="coding 7"):
        read_header(tmp_path / "x.wav")


def test_field_recorders_names_of_channels_are_used(tmp_path: Path):
    """The chunk as a recorder writes it, indented, with tags of its own, and its channels in another order."""
    text = b"""<?xml version="1.0" encoding="UTF-8"?>
    <BWFXML><IXML_VERSION>1.5</IXML_VERSION><TRACK_LIST><TRACK_COUNT>2</TRACK_COUNT>
      <TRACK><CHANNEL_INDEX>5</CHANNEL_INDEX><INTERLEAVE_INDEX>2</INTERLEAVE_INDEX><NAME>Fan &amp; duct</NAME>
        <FUNCTION></FUNCTION></TRACK>
      <TRACK><CHANNEL_INDEX>1</CHANNEL_INDEX><INTERLEAVE_INDEX>1</INTERLEAVE_INDEX><NAME>Gear</NAME></TRACK>
    </TRACK_LIST></BWFXML>"""
    chunk = b"iXML" + struct.pack("<I", len(text)) + text + b"\0" * (len(text) % 2)
    for content in (wav(fmt(1, 2, 8000, 2), DATA, before=chunk), wav(fmt(1, 2, 8000, 2), DATA) + chunk):
        (tmp_path / "x.wav").write_bytes(content)
        assert read_header(tmp_path / "x.wav").names == ("Gear", "Fan & duct")
    np.testing.assert_array_equal(read_recording(tmp_path / "x.wav", ["Fan & duct"]).samples[0], COUNTS[1::2])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("names", [("c0", "c1"), ("DE <up>", 'FE "x" & y')])
def test_what_is_written_is_read_by_scipy(tmp_path: Path, dtype: type, names: tuple[str, str]):
    samples = np.random.default_rng(0).normal(size=(2, 333)).astype(dtype)
    WavReader().write(Recording(samples, names, 25600.0), tmp_path / "x.wav")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", wavfile.WavFileWarning)  # it does not know iXML
        rate_hz, stored = wavfile.read(tmp_path / "x.wav")
    assert (rate_hz, stored.dtype) == (25600, dtype)
    np.testing.assert_array_equal(stored.T, samples)


def test_a_recording_is_written_in_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("pipeline.readers.formats.wav.WRITTEN_AT_ONCE", 64)
    samples = np.random.default_rng(0).normal(size=(3, 333))
    WavReader().write(Recording(samples, ("c0", "c1", "c2"), 25600.0), tmp_path / "x.wav")
    np.testing.assert_array_equal(wavfile.read(tmp_path / "x.wav")[1].T, samples)


def test_beyond_four_gigabytes_rf64_is_written(tmp_path: Path):
    long = np.lib.stride_tricks.as_strided(np.zeros(1), (2, 3 * 10**8), (0, 0))
    start = start_of(long, 51200, b"")
    assert start[:4] == b"RF64"
    with (tmp_path / "long.wav").open("wb") as file:
        file.write(start)
        file.truncate(len(start) + long.nbytes)
    assert {channel.n_samples for channel in read_header(tmp_path / "long.wav").channels} == {3 * 10**8}
    (n_riff,) = struct.unpack("<Q", start[20:28])
    assert n_riff + 8 == (tmp_path / "long.wav").stat().st_size


@pytest.mark.parametrize(
    ("recording", "told"),
    [
        (Recording(np.zeros((1, 100), np.float16), ("c0",), 1000.0), "no float16"),
        (Recording(np.zeros((1, 100)), ("c0",)), "a whole rate in hertz, got None"),
        (Recording(np.zeros((1, 100)), ("c0",), 4266.67), r"a whole rate in hertz, got 4266\.67"),
        (Recording(np.zeros((1, 100)), ("c0",), 1e9), "1 channels at"),
        (Recording(np.zeros((1, 0)), ("c0",), 1000.0), "without samples"),
        (Recording(np.zeros((2, 100)), ("a", "a"), 1000.0), "channels named"),
    ],
)
def test_what_would_not_come_back_is_not_written(tmp_path: Path, recording: Recording, told: str):
    with pytest.raises(FactError, match=told):
        WavReader().write(recording, tmp_path / "x.wav")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("coded", [fmt(7, 1, 8000, 1), fmt(1, 1, 8000, 5), fmt(1, 0, 8000, 2), fmt(3, 1, 8000, 2)])
def test_other_codings_are_refused_with_advice(tmp_path: Path, coded: bytes):
    (tmp_path / "x.wav").write_bytes(wav(coded, bytes(400)))
    with pytest.raises(ReadError, match="save it as PCM or float"):
        read_header(tmp_path / "x.wav")


def test_a_wav_without_samples_is_refused(tmp_path: Path):
    (tmp_path / "x.wav").write_bytes(wav(fmt(1, 1, 8000, 2), b""))
    with pytest.raises(ReadError, match="without samples"):
        read_header(tmp_path / "x.wav")


def test_beyond_four_gigabytes_rf64_is_read_in_parts(tmp_path: Path):
    n_data = 5 * 2**30
    ds64 = b"ds64" + struct.pack("<IQQQI", 28, n_data + 80, n_data, n_data // 4, 0)
    start = wav(fmt(3, 1, 48000, 4), b"", b"RF64", before=ds64, n_data=2**32 - 1)
    with (tmp_path / "long.wav").open("wb") as file:
        file.write(start)
        file.truncate(len(start) + n_data)  # a hole: nothing is stored
        file.seek(len(start) + 4 * 10**9)
        file.write(COUNTS.astype("<f4").tobytes())
    assert read_header(tmp_path / "long.wav").channels[0].n_samples == n_data // 4
    part = read_recording(tmp_path / "long.wav", start=10**9, stop=10**9 + 200)
    np.testing.assert_array_equal(part.samples[0], COUNTS)
