import gzip
import io
import json
import pickle
import sqlite3
import zipfile
from pathlib import Path

import matplotlib.figure
import numpy as np
import pytest
from scipy.io import netcdf_file

from pipeline.errors import ReadError
from pipeline.readers.choose import read_header
from pipeline.readers.foreign import foreign_format

ROWS = "\n".join(f"{k},{k % 7}" for k in range(100))


def zipped(*names: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, ROWS)
    return content.getvalue()


def picture() -> bytes:
    content = io.BytesIO()
    matplotlib.figure.Figure().savefig(content, format="png")
    return content.getvalue()


def pdf() -> bytes:
    content = io.BytesIO()
    matplotlib.figure.Figure().savefig(content, format="pdf")
    return content.getvalue()


def netcdf() -> bytes:
    content = io.BytesIO()
    with netcdf_file(content, "w") as file:
        file.createDimension("time", 100)
        file.createVariable("vib", "d", ("time",))[:] = np.arange(100.0)
        file.flush()
        return content.getvalue()


SEEN = {
    "IDE of enDAQ": (b"\x1a\x45\xdf\xa3\x93\x42\x82\x84mide" + bytes(90), "IDE.*enDAQ Lab"),
    "MF4": (b"MDF     4.10    faultpri" + bytes(90), "MDF of ASAM.*asammdf"),
    "MF4 not finished": (b"UnFinMF 4.10    faultpri" + bytes(90), "not finished"),
    "zip": (zipped("run1.csv", "run2.csv"), "a zip archive.*unpack it first"),
    "xlsx": (zipped("[Content_Types].xml", "xl/workbook.xml"), "Excel.*save the sheet as CSV"),
    "xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(90), "old Excel workbook.*save the sheet as CSV"),
    "pickle": (pickle.dumps(np.arange(100.0)), "pickle.*numpy.save"),
    "old pickle": (pickle.dumps({"x": [1.0]}, protocol=2), "pickle.*numpy.save"),
    "gzip of a picture": (gzip.compress(picture()), "gzip around a PNG.*unpack it first"),
    "gzip of noise": (gzip.compress(np.random.default_rng(0).bytes(900)), "gzip around something that is not a table"),
    "xz": (b"\xfd7zXZ\0" + bytes(90), "xz cannot be read; unpack it first"),
    "bzip2": (b"BZh91AY&SY" + bytes(90), "bzip2 cannot be read; unpack it first"),
    "PDF": (pdf(), "a PDF"),
    "PNG": (picture(), "a PNG.*a picture holds no samples"),
    "netCDF 3": (netcdf(), "netCDF 3.*nccopy"),
    "index of a TDMS": (b"TDSh" + bytes(90), r"index beside a TDMS file.*name the \.tdms"),
    "web page": (b"\n<!doctype HTML><html><body>Please log in</body></html>", "a web page.*log in"),
    "XML": (b'\xef\xbb\xbf<?xml version="1.0"?><samples>1 2 3</samples>', "XML cannot be read"),
    "JSON": (json.dumps({"rate": 12000, "samples": list(range(99))}).encode(), "JSON cannot be read; export"),
    "JSON list": (json.dumps([{"x": 1.5}] * 99).encode(), "JSON cannot be read; export"),
    "Git LFS pointer": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "git lfs pull"),
    "prose": (b"Dear reader, this is not 1 number.\n" * 99, "a text without a table of numbers"),
    "prose in a code page": ("Für Öl bei 80 °C gilt das nicht.\n".encode("latin-1") * 99, "a text without a table"),
}


@pytest.mark.parametrize("name", SEEN)
def test_a_format_known_by_sight_is_named_with_what_to_do(tmp_path: Path, name: str):
    content, told = SEEN[name]
    path = tmp_path / "recording.bin"
    path.write_bytes(content)
    with pytest.raises(ReadError, match=told) as caught:
        read_header(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_database_is_named(tmp_path: Path):
    path = tmp_path / "plant.db"
    store = sqlite3.connect(path)
    store.execute("create table vibration (sample real)")
    store.commit()
    store.close()
    with pytest.raises(ReadError, match=r"SQLite database.*export the table"):
        read_header(path)


@pytest.mark.parametrize(
    "start",
    [
        b"Format,a1\n1,2\n",
        b"FORM 7;x\n1;2\n",
        b"ID3,ID4\n1,2\n",
        b"MDF,x\n",
        b"    -1.5    2.5\n",
        b"    -1    58\n",
        b"BZh,1\n",
    ],
)
def test_a_table_is_not_taken_for_a_format_because_of_a_word(start: bytes):
    assert foreign_format(start) is None
