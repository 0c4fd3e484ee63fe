import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.io import wavfile

from pipeline.errors import FaultprintError, ReadError, RequestError
from pipeline.readers import READERS, choose
from pipeline.readers.choose import find_reader, read_blocks, read_header, read_recording, reader_named

NOISE = np.random.default_rng(0).integers(-1000, 1000, (5000, 2)).astype(np.int16)


def test_a_missing_file_is_told_by_its_path(tmp_path: Path):
    with pytest.raises(ReadError, match=r"pump\.mat: no such file"):
        find_reader(tmp_path / "pump.mat")


def test_a_folder_is_no_file(tmp_path: Path):
    with pytest.raises(ReadError, match="a folder"):
        read_header(tmp_path)


def test_a_pipe_is_refused_rather_than_waited_for(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe.wav")
    with pytest.raises(ReadError, match="not a regular file"):
        read_header(tmp_path / "pipe.wav")


def test_a_file_without_permission_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "pump.csv"
    path.write_text("1,2\n" * 100)

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(ReadError, match=r"pump\.csv: permission denied"):
        read_header(path)


def test_a_file_nobody_accepts_is_answered_with_who_was_asked(tmp_path: Path):
    path = tmp_path / "pump_07.bin"
    path.write_bytes(np.random.default_rng(0).bytes(5000))
    with pytest.raises(ReadError) as caught:
        read_header(path)
    assert str(caught.value) == f"no reader accepts '{path}' (asked: {', '.join(READERS)}); name one with --reader"


def test_prose_is_no_recording(tmp_path: Path):
    path = tmp_path / "letter.txt"
    path.write_text("Dear reader, this is not 1 number.\n" * 200)
    with pytest.raises(ReadError, match="a text without a table of numbers"):
        read_header(path)


def test_an_unknown_reader_is_answered_with_the_nearest(tmp_path: Path):
    path = tmp_path / "pump.csv"
    path.write_text("1,2\n" * 100)
    with pytest.raises(RequestError, match="did you mean 'matlab'"):
        read_header(path, reader="matlap")


def test_a_named_reader_is_not_second_guessed(tmp_path: Path):
    path = tmp_path / "pump.csv"
    path.write_text("1,2\n" * 100)
    assert find_reader(path, "wav").name == "wav"
    with pytest.raises(ReadError, match="not a WAV file"):
        read_recording(path, reader="wav")


def test_choosing_loads_no_heavy_library():
    heavy = ("scipy.io", "h5py", "pyarrow", "torch", "pandas", "yaml", "fsspec")
    code = f"import sys, pipeline.readers.choose; sys.exit(' '.join(set({heavy}) & set(sys.modules)) or 0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_folder_that_may_not_be_opened_is_told_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(ReadError, match="permission denied; check path and rights"):
        read_header(tmp_path)


# Readers with options.


class Declared:
    """A reader that must be told what it reads."""

    name = "declared"

    def __init__(self, options: str = "") -> None:
        self.options = options

    @classmethod
    def with_options(cls, text: str) -> "Declared":
        if "=" in text:
            raise RequestError(f"declared: unknown option '{text}'")
        return cls(text)


def test_what_stands_behind_the_colon_goes_to_the_reader(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(choose, "READERS", {"declared": Declared})
    (tmp_path / "a.bin").write_bytes(b"x")
    assert reader_named("declared:int16,2:1").options == "int16,2:1"
    assert find_reader(tmp_path / "a.bin", "declared:int16").options == "int16"
    assert reader_named("declared").options == ""
    with pytest.raises(RequestError, match="unknown option 'a=b'"):
        reader_named("declared:a=b")


@pytest.mark.parametrize(("name", "told"), [("wav:int16", "takes no options, got 'int16'"), ("wva:x", "mean 'wav'")])
def test_options_for_a_reader_without_any_are_refused(name: str, told: str):
    with pytest.raises(RequestError, match=told):
        reader_named(name)


# URLs.


@pytest.fixture
def far(memory: Any, tmp_path: Path) -> str:
    wavfile.write(tmp_path / "pump.wav", 12000, NOISE)
    memory.pipe("/in/pump.wav", (tmp_path / "pump.wav").read_bytes())
    return "memory://in/pump.wav"


def test_a_url_is_read_as_the_file_is_and_says_where_it_came_from(far: str, tmp_path: Path):
    near, recording = read_recording(tmp_path / "pump.wav"), read_recording(far)
    np.testing.assert_array_equal(recording.samples, near.samples)
    assert (recording.rate_hz, recording.channels, recording.source) == (12000.0, near.channels, far)
    assert read_header(far) == read_header(tmp_path / "pump.wav")
    assert find_reader(far).name == "wav"
    assert read_recording(tmp_path / "pump.wav").source == str(tmp_path / "pump.wav")


def test_pieces_of_a_url_are_those_of_the_file(far: str):
    whole = read_recording(far, start=100, stop=4000)
    pieces = list(read_blocks(far, whole.channels, 1000, 100, 4000))
    assert [piece.shape[1] for piece in pieces] == [1000, 1000, 1000, 900]
    np.testing.assert_array_equal(np.concatenate(pieces, axis=1), whole.samples)


def cases() -> dict[str, tuple[bytes, Any]]:
    noise = np.random.default_rng(0).bytes(5000)
    return {
        "unknown.bin": (noise, read_header),
        "empty.wav": (b"", read_header),
        "cut.wav": (b"RIFF\x00\x00\x00\x00WAVEfmt ", read_recording),
        "foreign.dat": (b"fLaC" + noise, lambda url: read_header(url, "matlab")),
        "broken.mat": (b"\x89HDF\r\n\x1a\n" + noise, lambda url: read_header(url, "matlab73")),
        "channel.csv": (b"a,b\n" + b"1,2\n" * 100, lambda url: read_recording(url, ["c"])),
        "pieces.csv": (b"a,b\n" + b"1,2\n" * 100, lambda url: list(read_blocks(url, ["c"], 10, 0, 20))),
    }


@pytest.mark.parametrize("name", cases())
def test_an_error_names_the_url_and_never_the_copy(memory: Any, own_cache: Path, name: str):
    content, call = cases()[name]
    memory.pipe(f"/in/{name}", content)
    with pytest.raises(FaultprintError) as caught:
        call(f"memory://in/{name}")
    assert f"memory://in/{name}" in str(caught.value)
    assert str(own_cache) not in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_message_cut_within_the_path_still_hides_the_copy(far: str, own_cache: Path, monkeypatch: pytest.MonkeyPatch):
    def cut(self: Any, path: Path) -> Any:
        raise ReadError(f"cannot open '{str(path)[:-12]}")

    monkeypatch.setattr(READERS["wav"], "header", cut)
    with pytest.raises(ReadError, match=r"^cannot open 'memory://in/pump\.wav$"):
        read_header(far)
