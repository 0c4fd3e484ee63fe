import gzip
import zlib
from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import ReadError
from pipeline.readers import bombs
from pipeline.readers.tables.unpacked import as_utf8, unpacked

TEXT = "".join(f"{k},{k * 0.25}\n" for k in range(100_000)).encode()


def test_members_of_a_gzip_file_are_one_text(tmp_path: Path):
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(TEXT[:1000]) + gzip.compress(TEXT[1000:]) + b"\0" * 512)
    assert b"".join(unpacked(path)) == TEXT == gzip.decompress(path.read_bytes())


@pytest.mark.parametrize("piece_bytes", [1, 100, 4096])
def test_pieces_are_never_larger_than_asked(tmp_path: Path, piece_bytes: int):
    for name, content in (("x", TEXT[:5000]), ("x.gz", gzip.compress(TEXT[:5000]))):
        (tmp_path / name).write_bytes(content)
        found = list(unpacked(tmp_path / name, piece_bytes))
        assert max(map(len, found)) <= piece_bytes
        assert b"".join(found) == TEXT[:5000]


@pytest.mark.parametrize("n_lost", [1, 8, 9, 1000])
def test_a_gzip_file_cut_short_is_an_error(tmp_path: Path, n_lost: int):
    path = tmp_path / "x.gz"
    path.write_bytes(gzip.compress(TEXT)[:-n_lost])
    with pytest.raises(EOFError):
        list(unpacked(path))


def test_a_gzip_file_with_a_wrong_checksum_is_an_error(tmp_path: Path):
    packed = bytearray(gzip.compress(TEXT))
    packed[-6] ^= 1
    (tmp_path / "x.gz").write_bytes(packed)
    with pytest.raises(zlib.error):
        list(unpacked(tmp_path / "x.gz"))


@pytest.mark.parametrize("line", [b"0", b"0\n", b"0,0\n"])
def test_a_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, line: bytes, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(bombs, "SUSPICIOUS_BYTES", 2**24)
    packer = zlib.compressobj(9, wbits=31)
    path = tmp_path / "x.gz"
    path.write_bytes(packer.compress(line * ((64 << 20) // len(line))) + packer.flush())
    sizes: list[int] = []
    with pytest.raises(ReadError, match="which no recording does"):
        sizes.extend(map(len, unpacked(path)))
    assert 0 < sum(sizes) < 20e6


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_unicode_in_any_coat_becomes_utf_8(encoding: str):
    text = "Größe;µm\n" * 50
    raw = ("\ufeff" + text if encoding[-2:] in ("le", "be") else text).encode(encoding)
    for size in (2, 7, 1000):
        cut = [raw[:3], *[raw[k : k + size] for k in range(3, len(raw), size)]]
        assert b"".join(as_utf8(cut)).decode() == text


def test_numbers_of_noise_do_not_look_like_a_bomb(tmp_path: Path):
    path = tmp_path / "x.gz"
    noise = np.random.default_rng(0).standard_normal(100_000)
    path.write_bytes(gzip.compress("\n".join(map(str, noise)).encode()))
    assert sum(map(len, unpacked(path))) > 1e6
