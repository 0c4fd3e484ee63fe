import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import ReadError, RequestError
from pipeline.readers.choose import find_reader, read_header, read_recording


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
    assert str(caught.value) == (
        f"no reader accepts '{path}' (asked: matlab, matlab73, numpy, wav, delimited); name one with --reader"
    )


def test_prose_is_no_recording(tmp_path: Path):
    path = tmp_path / "letter.txt"
    path.write_text("Dear reader, this is not 1 number.\n" * 200)
    with pytest.raises(ReadError, match="no reader accepts"):
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


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("DAQ-sim.tdms", "TDMS"),
        ("1858.uff", "Universal File"),
        ("binary8byte.uff", "Universal File"),
        ("cwru_130_first_5s.flac", "FLAC"),
        ("gearbox_h30hz0_first20000.parquet", "Parquet"),
        ("test.ide", "IDE"),
    ],
)
def test_a_format_known_by_sight_is_named_politely(real_data: Path, name: str, said: str):
    with pytest.raises(ReadError, match=f"{said}.* cannot be read yet; export"):
        read_header(real_data / "odd" / name)


def test_choosing_loads_no_heavy_library():
    heavy = ("scipy.io", "h5py", "pyarrow", "torch", "pandas", "yaml")
    code = f"import sys, pipeline.readers.choose; sys.exit(' '.join(set({heavy}) & set(sys.modules)) or 0)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
