import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile
from scipy.io import loadmat

from pipeline.errors import FactError, ReadError
from pipeline.readers.choose import read_header, read_recording
from pipeline.readers.formats.flac import FlacReader
from pipeline.signals.recording import Recording

NOISE = np.random.default_rng(5).integers(-(2**23), 2**23, size=(2, 20_000))


def written(path: Path, counts: np.ndarray, n_bits: int) -> Path:
    subtype = "PCM_S8" if n_bits == 8 else f"PCM_{n_bits}"
    with path.open("wb") as file:
        upper = (counts.T << (32 - n_bits)).astype(np.int32)
        soundfile.write(file, upper, 51200, format="FLAC", subtype=subtype)
    return path


@pytest.mark.parametrize("n_bits", [8, 16, 24])
def test_samples_are_counts_of_whatever_depth(tmp_path: Path, n_bits: int):
    counts = NOISE >> (24 - n_bits)
    recording = read_recording(written(tmp_path / "x.flac", counts, n_bits))
    assert (recording.rate_hz, recording.units, recording.channels) == (51200.0, (None, None), ("c0", "c1"))
    np.testing.assert_array_equal(recording.samples, counts)


def test_the_real_file_holds_the_counts_of_cwru_130(real_data: Path):
    recording = read_recording(real_data / "odd" / "cwru_130_first_5s.flac")
    assert (recording.rate_hz, recording.n_samples) == (12000.0, 60000)
    published = loadmat(real_data / "cwru" / "130.mat")
    for counts, name in zip(recording.samples, ("X130_DE_time", "X130_FE_time"), strict=True):
        values = published[name].ravel()[:60000]
        step = np.diff(np.unique(values)).min()
        np.testing.assert_array_equal(np.rint(values / step), counts)


def test_any_part_costs_no_more_than_its_frames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = written(tmp_path / "x.flac", NOISE, 24)
    asked = []
    read = soundfile.SoundFile.read

    def counted(stream: soundfile.SoundFile, frames: int, *rest: object, **more: object) -> np.ndarray:
        asked.append(frames)
        return read(stream, frames, *rest, **more)

    monkeypatch.setattr(soundfile.SoundFile, "read", counted)
    part = read_recording(path, ["c1"], start=15_000, stop=15_010)
    np.testing.assert_array_equal(part.samples, NOISE[1:, 15_000:15_010])
    assert asked == [10]


def test_blocks_are_the_recording_cut_in_pieces(tmp_path: Path):
    path = written(tmp_path / "x.flac", NOISE, 24)
    blocks = list(FlacReader().blocks(path, ["c1", "c0"], 3000, start=5, stop=10_000))
    assert [block.shape[1] for block in blocks] == [3000, 3000, 3000, 995]
    np.testing.assert_array_equal(np.concatenate(blocks, axis=1), NOISE[::-1, 5:10_000])


def test_every_flipped_byte_among_the_samples_is_noticed(tmp_path: Path):
    path = written(tmp_path / "x.flac", NOISE[:, :5000], 24)
    whole = path.read_bytes()
    for at in np.random.default_rng(0).integers(9000, len(whole), 40):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        with pytest.raises(ReadError, match=r"cannot be read as FLAC|ends at"):
            read_recording(path)


def test_a_stream_of_unknown_length_is_refused_with_advice(tmp_path: Path):
    path = written(tmp_path / "x.flac", NOISE, 24)
    stream = bytearray(path.read_bytes())
    stream[21] &= 0xF0
    stream[22:26] = bytes(4)
    path.write_bytes(stream)
    with pytest.raises(ReadError, match="does not say its length; unpack it with 'flac -d'"):
        read_header(path)


def test_a_stream_that_promises_an_absurd_length_is_refused_before_memory_is_spent(tmp_path: Path):
    path = written(tmp_path / "x.flac", NOISE[:, :500], 16)
    stream = bytearray(path.read_bytes())
    stream[21] |= 0x0F
    path.write_bytes(stream)
    with pytest.raises(ReadError, match="unpack to"):
        read_recording(path)


def test_without_its_package_the_format_is_known_and_the_extra_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = written(tmp_path / "x.flac", NOISE, 24)
    monkeypatch.setitem(sys.modules, "soundfile", None)
    assert read_header(path).channels[0].n_samples == 20_000
    with pytest.raises(ReadError, match=r"FLAC needs soundfile; pip install 'faultprint\[formats\]'"):
        read_recording(path)


@pytest.mark.parametrize(("n_bits", "subtype"), [(16, "PCM_16"), (24, "PCM_24")])
def test_counts_are_written_in_the_fewest_bits_that_hold_them(tmp_path: Path, n_bits: int, subtype: str):
    counts = (NOISE >> (24 - n_bits)).astype(np.float64)
    FlacReader().write(Recording(counts, ("c0", "c1"), 25600.0), tmp_path / "x.flac")
    assert soundfile.info(tmp_path / "x.flac").subtype == subtype
    stored, rate_hz = soundfile.read(tmp_path / "x.flac", dtype="int32")
    assert rate_hz == 25600
    np.testing.assert_array_equal(stored.T >> (32 - n_bits), counts)


@pytest.mark.parametrize(
    ("recording", "told"),
    [
        (Recording(np.full((1, 100), 0.5), ("c0",), 1000.0), "whole numbers of 24 bits"),
        (Recording(np.full((1, 100), 2.0**23), ("c0",), 1000.0), "whole numbers of 24 bits"),
        (Recording(np.full((1, 100), np.nan), ("c0",), 1000.0), "whole numbers of 24 bits"),
        (Recording(np.full((1, 100), -0.0), ("c0",), 1000.0), "whole numbers of 24 bits"),
        (Recording(np.zeros((1, 100)), ("c0",), 1000.5), "a whole rate in hertz, got 1000.5"),
        (Recording(np.zeros((1, 100)), ("c0",)), "a whole rate in hertz, got None"),
        (Recording(np.zeros((1, 100)), ("c0",), 65537.0), "1 channels at 65537.0 Hz"),
        (Recording(np.zeros((9, 100)), tuple(f"c{k}" for k in range(9)), 1000.0), "9 channels"),
        (Recording(np.zeros((1, 100)), ("DE",), 1000.0), r"channels named \['DE'\]"),
        (Recording(np.zeros((1, 100)), ("c0",), 1000.0, ("g",)), r"units \['g'\]"),
    ],
)
def test_what_would_not_come_back_is_not_written(tmp_path: Path, recording: Recording, told: str):
    with pytest.raises(FactError, match=told):
        FlacReader().write(recording, tmp_path / "x.flac")
    assert not list(tmp_path.iterdir())
