import struct
import warnings
from pathlib import Path

import numpy as np
import pytest
import scipy.io
from scipy.io import wavfile

from pipeline.errors import ReadError
from pipeline.readers.choose import read_header, read_recording

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


@pytest.mark.parametrize("n_data", [401, 10**6, 2**32 - 1])
def test_a_length_the_file_does_not_have_is_refused(tmp_path: Path, n_data: int):
    (tmp_path / "x.wav").write_bytes(wav(fmt(1, 1, 8000, 2), COUNTS.astype("<i2").tobytes(), n_data=n_data))
    for call in (read_header, read_recording):
        with pytest.raises(ReadError, match=f"promises {n_data} bytes of samples and holds 400"):
            call(tmp_path / "x.wav")


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
