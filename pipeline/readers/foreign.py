"""Formats known by their first bytes that no reader here opens; an error should name them."""

from collections.abc import Mapping

FOREIGN: Mapping[bytes, str] = {
    b"TDSm": "TDMS of LabVIEW",
    b"    -1": "a Universal File (UFF)",
    b"fLaC": "FLAC",
    b"PAR1": "Parquet",
    b"\x1a\x45\xdf\xa3": "IDE, the EBML format of enDAQ recorders",
    b"\x89HDF\r\n\x1a\n": "HDF5 that MATLAB did not write",
    b"OggS": "Ogg",
    b"PK\x03\x04": "a zip archive or Excel workbook",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook",
    b"\x1f\x8b": "gzip around something that is not a table of numbers",
}
"""First bytes -> what people call the format."""


def foreign_format(start: bytes) -> str | None:
    """The format these first bytes belong to, None where they tell nothing.

    Example:
        >>> foreign_format(b"fLaC\\x00\\x00\\x00\\x22")
        'FLAC'
    """
    return next((name for mark, name in FOREIGN.items() if start.startswith(mark)), None)
