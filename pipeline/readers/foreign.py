"""Formats known by sight that no reader here opens: what each is called, and what its owner can do instead."""

import re
import zlib
from collections.abc import Sequence
from typing import NamedTuple

LOOKED_AT = 4096
"""So many bytes tell what a file is."""

PACKED = "unpack it first, then name the file that comes out"
PICTURE = "a picture holds no samples; name the recording it was drawn from"
SOUND = "export the sound as WAV, without loss"
SHEET = "save the sheet as CSV"
NO_CODE = "save the array with numpy.save"
LOGGED_OUT = "often one that asks to log in, saved in place of the file; fetch that again"
TABLE = "export the signal as CSV, or as MATLAB, WAV or .npy"


class Format(NamedTuple):
    """A format by its first bytes.

    Attributes:
        mark: a pattern of what the file begins with; long enough that no table of numbers does.
        what: its name as people use it.
        advice: what to do.
    """

    mark: bytes
    what: str
    advice: str = TABLE


READ_HERE: Sequence[Format] = (
    Format(rb"TDSm", "TDMS of LabVIEW"),
    Format(rb"    -1\s*[\r\n]", "a Universal File (UFF)"),
    Format(rb"fLaC", "FLAC"),
    Format(rb"PAR1", "Parquet"),
    Format(rb"ARROW1\0", "Feather (Arrow)"),
    Format(rb"\x89HDF\r\n\x1a\n", "HDF5"),
    Format(rb"\x93NUMPY", "NumPy"),
    Format(rb"MATLAB (?:5\.0|7\.3) MAT-file", "MATLAB"),
)
"""Formats with a reader; a table of numbers is looked for in none of them."""

FOREIGN: Sequence[Format] = (
    Format(rb"\x1a\x45\xdf\xa3", "IDE, the EBML format of enDAQ recorders,", "export it in enDAQ Lab as CSV or MATLAB"),
    Format(rb"MDF     \d", "MDF of ASAM", "export it as MATLAB or CSV, with asammdf or the tool it came from"),
    Format(rb"UnFinMF ", "MDF of ASAM, not finished,", "finish it with asammdf, then export it as MATLAB or CSV"),
    Format(rb"TDSh", "the index beside a TDMS file", "name the .tdms it belongs to"),
    Format(rb"FEA1\0", "the first Feather format", "write it again with a later pyarrow, or as Parquet"),
    Format(rb"CDF[\x01\x02\x05]", "netCDF 3", "convert it to netCDF 4 (nccopy -k nc4)"),
    Format(rb"\x0e\x03\x13\x01", "HDF4", "convert it to HDF5 (h4toh5)"),
    Format(rb"SQLite format 3\0", "an SQLite database", "export the table with the samples as CSV"),
    Format(rb"\xd0\xcf\x11\xe0", "an old Excel workbook, or another OLE2 document,", "save the sheet as CSV"),
    Format(rb"%PDF-", "a PDF", "name the recording it reports on"),
    Format(rb"\x89PNG\r\n", "a PNG", PICTURE),
    Format(rb"\xff\xd8\xff", "a JPEG", PICTURE),
    Format(rb"GIF8[79]a", "a GIF", PICTURE),
    Format(rb"OggS\0", "Ogg", SOUND),
    Format(rb"ID3[\x02-\x04]\0", "MP3", SOUND),
    Format(rb"FORM.{4}AIF[FC]", "AIFF", SOUND),
    Format(rb"caff\0", "CAF of Apple", SOUND),
    Format(rb"riff\x2e\x91\xcf\x11", "Wave64 of Sony", SOUND),
    Format(rb"\xfd7zXZ\0", "xz", PACKED),
    Format(rb"BZh[1-9]1AY&SY", "bzip2", PACKED),
    Format(rb"\x28\xb5\x2f\xfd", "zstd", PACKED),
    Format(rb"7z\xbc\xaf\x27\x1c", "a 7-zip archive", PACKED),
    Format(rb"Rar!\x1a\x07", "a RAR archive", PACKED),
    Format(
        rb"PK\x03\x04.{26,}?(?:\[Content_Types\]\.xml|_rels/\.rels|xl/)", "an Excel workbook or Office document", SHEET
    ),
    Format(rb"PK\x03\x04", "a zip archive", PACKED),
    Format(rb"\x80(?:[\x04\x05]\x95|[\x02\x03][\]\}(cX])", "a Python pickle, which may run any code,", NO_CODE),
    Format(rb"version https://git-lfs", "a Git LFS pointer", "fetch the recording it stands for: git lfs pull"),
    Format(rb"(?i:(?:\xef\xbb\xbf)?\s*<(?:!doctype )?html)", "a web page", LOGGED_OUT),
    Format(rb"(?:\xef\xbb\xbf)?\s*<\?xml", "XML"),
    Format(rb"\s*(?:\{\s*[\"}]|\[\s*[\[{])", "JSON"),
)

GZIP = b"\x1f\x8b"


def foreign_format(start: bytes) -> str | None:
    """The binary format or markup these first bytes belong to, whether it can be read or not; None for other bytes.

    Example:
        >>> foreign_format(b"fLaC\\x00\\x00\\x00\\x22")
        'FLAC'
        >>> foreign_format(b"time,a1\\n0,4.6\\n") is None
        True
    """
    found = matched(start, (*READ_HERE, *FOREIGN))
    return found.what.rstrip(",") if found else None


def matched(start: bytes, formats: Sequence[Format]) -> Format | None:
    """The first format whose mark these bytes bear."""
    return next((each for each in formats if re.match(each.mark, start[:LOOKED_AT], re.DOTALL)), None)


def inside_gzip(start: bytes) -> str:
    """What gzip is around, as far as its first bytes tell."""
    try:
        inside = foreign_format(zlib.decompressobj(wbits=31).decompress(start, LOOKED_AT))
    except zlib.error:
        inside = None
    return inside or "something that is not a table of numbers"


def told_foreign(start: bytes) -> str | None:
    """Why a file that no reader accepts cannot be read, and what to do; None where its first bytes tell nothing.

    Args:
        start: the first `LOOKED_AT` bytes.

    Example:
        >>> told_foreign(b"SQLite format 3\\0")
        'an SQLite database cannot be read; export the table with the samples as CSV'
        >>> told_foreign(b"Dear reader, this is a letter.")
        'a text without a table of numbers; needed are lines that split into the same count of numbers'
    """
    known, here = matched(start, FOREIGN), matched(start, READ_HERE)
    if known:
        return f"{known.what} cannot be read; {known.advice}"
    if here:
        return f"looks like {here.what}, but is cut short or damaged; copy it again from its source"
    if start.startswith(GZIP):
        return f"gzip around {inside_gzip(start)} cannot be read; {PACKED}"
    if is_text(start):
        return "a text without a table of numbers; needed are lines that split into the same count of numbers"
    return None


def is_text(start: bytes) -> bool:
    """Whether bytes look like a text in UTF-8 or a code page: no control signs but those that lay out lines.

    Example:
        >>> is_text("Öl 5 °C\\n".encode("latin-1")), is_text(b"\\x00\\x01"), is_text(b"")
        (True, False, False)
    """
    return bool(start) and not any(byte < 32 and byte not in b"\t\n\v\f\r\x1a\x1b" for byte in start)
