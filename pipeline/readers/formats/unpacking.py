"""Unpacking: a compressed variable of a MATLAB 5 file as a stream."""

import zlib
from io import RawIOBase
from pathlib import Path

from pipeline.readers.formats.mat.elements import Element

PACKED_BYTES = 1 << 18


class UnpackingStream(RawIOBase):
    """What a compressed element unpacks to, from some byte on.

    Args:
        path: the file.
        element: the compressed element.
        start: bytes passed over.
    """

    def __init__(self, path: Path, element: Element, start: int) -> None:
        self.file = path.open("rb")
        self.file.seek(element.start)
        self.n_left = element.n_bytes
        self.unpacker = zlib.decompressobj()
        self.packed = b""
        self.read(start)

    def read(self, size: int = -1, /) -> bytes:
        """So many bytes, fewer at the end.

        Raises:
            zlib.error: for damaged data, and at the end for a checksum that differs.
        """
        pieces: list[bytes] = []
        missing = size
        while missing > 0 and not self.unpacker.eof:
            if not self.packed and self.n_left:
                self.packed = self.file.read(min(self.n_left, PACKED_BYTES))
                self.n_left -= len(self.packed)
            piece = self.unpacker.decompress(self.packed, missing)
            if not piece and not self.packed:
                break
            self.packed = self.unpacker.unconsumed_tail
            pieces.append(piece)
            missing -= len(piece)
        return b"".join(pieces)

    def close(self) -> None:
        """Close the file too."""
        self.file.close()
        super().close()
