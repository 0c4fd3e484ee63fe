"""Unpacked: the bytes of a text file piece by piece, gzip or not, in UTF-8; never more than one piece in memory."""

import codecs
import zlib
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import BinaryIO

from pipeline.readers.bombs import refuse_bomb

PIECE_BYTES = 1 << 20
PACKED_BYTES = 1 << 16
GZIP_MAGIC = b"\x1f\x8b"
UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def unpacked(path: Path, piece_bytes: int = PIECE_BYTES) -> Iterator[bytes]:
    """The bytes of a file, unpacked where they are gzip, in pieces of at most `piece_bytes`.

    Raises:
        ReadError: for a bomb, as soon as what came out of it shows it.
        zlib.error, EOFError: for a damaged or cut gzip file.
    """
    with path.open("rb") as file:
        is_packed = file.read(2) == GZIP_MAGIC
        file.seek(0)
        yield from gunzipped(file, path, piece_bytes) if is_packed else iter(partial(file.read, piece_bytes), b"")


def gunzipped(file: BinaryIO, path: Path, piece_bytes: int = PIECE_BYTES) -> Iterator[bytes]:
    """What a gzip file holds; several members one after the other are one text, as gzip defines it.

    Source: Deutsch (1996), GZIP file format specification 4.3, RFC 1952, section 2.2.
    """
    unpacker, n_unpacked = zlib.decompressobj(wbits=31), 0
    waiting = file.read(PACKED_BYTES)
    while waiting:
        piece = unpacker.decompress(waiting, piece_bytes)
        waiting = unpacker.unconsumed_tail
        n_unpacked += len(piece)
        refuse_bomb(path, n_unpacked, file.tell())
        if piece:
            yield piece
        if unpacker.eof:
            # Tape blocks are padded with zeros.
            waiting = (unpacker.unused_data or file.read(PACKED_BYTES)).lstrip(b"\0")
            unpacker = zlib.decompressobj(wbits=31) if waiting else unpacker
        elif not waiting:
            waiting = file.read(PACKED_BYTES)
    if rest := unpacker.flush():
        yield rest
    if not unpacker.eof:
        raise EOFError("the packed text ends in the middle")


def as_utf8(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same text without byte order mark, UTF-16 recoded, and the line ends of old Macs made usual ones.

    Example:
        >>> b"".join(as_utf8([codecs.BOM_UTF16_LE + "a1\\n".encode("utf-16-le")]))
        b'a1\\n'
        >>> b"".join(as_utf8([b"\\xef\\xbb\\xbf1.5\\r2.5\\r"]))
        b'1.5\\n2.5\\n'
    """
    pieces = iter(pieces)
    first = next(pieces, b"")
    if first.startswith(UTF_16):
        yield from recoded(first, pieces)
        return
    is_mac = b"\r" in first and b"\n" not in first
    yield mac_free(first.removeprefix(codecs.BOM_UTF8), is_mac)
    for piece in pieces:
        yield mac_free(piece, is_mac)


def mac_free(piece: bytes, is_mac: bool) -> bytes:
    """Carriage returns as line feeds, where they are the only line ends.

    Example:
        >>> mac_free(b"1\\r2\\r", is_mac=True)
        b'1\\n2\\n'
    """
    return piece.replace(b"\r", b"\n") if is_mac else piece


def recoded(first: bytes, rest: Iterable[bytes]) -> Iterator[bytes]:
    """UTF-16 as UTF-8; the mark at its beginning tells which byte comes first, and is left out."""
    decoder = codecs.getincrementaldecoder("utf-16")()
    yield decoder.decode(first).encode()
    for piece in rest:
        yield decoder.decode(piece).encode()
    yield decoder.decode(b"", final=True).encode()
