"""Features computed once: a cache on disk that two runs may share."""

import contextlib
import functools
import hashlib
import json
import os
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from uuid import uuid4

import torch
from safetensors import SafetensorError
from safetensors.torch import load as tensors_from_bytes
from safetensors.torch import save as bytes_from_tensors
from torch import Tensor

from pipeline.cache_folder import default_folder
from pipeline.preprocessing.base import Batch

FULL_TO = 0.9
"""A full cache is emptied to this share of its limit, so that the next entries need no clearing."""

ENTRY, UNFINISHED = ".safetensors", ".unfinished"
ABANDONED_S = 3600.0
"""An unfinished file of this age belongs to a writer that died."""


def _bytes_of(tensor: Tensor) -> memoryview:
    plain = tensor.detach().cpu().contiguous().reshape(-1)
    return plain.view(torch.uint8).numpy().data


@functools.cache
def _code_digest() -> str:
    rooms = [Path(__file__).parent, Path(__file__).parents[1] / "preprocessing"]
    digest = hashlib.sha256()
    for path in sorted(path for room in rooms for path in room.rglob("*.py")):
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def batch_key(batch: Batch) -> str:
    """Hash of all that a model sees of some windows: samples, rate, speed, orders, with their shapes.

    Example:
        >>> quiet, fast = Batch.of(torch.zeros(1, 1, 8)), Batch.of(torch.zeros(1, 1, 8), speed_hz=30.0)
        >>> batch_key(quiet) == batch_key(quiet), batch_key(quiet) == batch_key(fast)
        (True, False)
    """
    digest = hashlib.sha256()
    for name, tensor in batch._asdict().items():
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)};".encode())
        digest.update(_bytes_of(tensor))
    return digest.hexdigest()


def model_key(parts: Mapping[str, str]) -> str:
    """Hash of all that makes features what they are: stages, backbone, layer, weights, dtype, in any order.

    The code of stages and nets is one of those, so it is hashed in, and torch's version with it: features that an
    older Faultprint made are never served.

    Example:
        >>> model_key({"layer": "4", "dtype": "float32"}) == model_key({"dtype": "float32", "layer": "4"})
        True
    """
    told = json.dumps({**parts, " code": _code_digest(), " torch": torch.__version__}, sort_keys=True)
    return hashlib.sha256(told.encode()).hexdigest()


class FeatureCache:
    """Tensors kept in a folder under a key; oldest-used out first.

    Two processes may use one folder at the same time. A cache never stands in the way: a damaged entry, a full or
    read-only disk, an entry that another process removed, all are a miss.

    Args:
        folder: made when the first tensor comes; `features` in `default_folder()` by default.
        limit_bytes: of all entries together; each further process may exceed it by an eighth for a while.

    Example:
        >>> import tempfile
        >>> cache = FeatureCache(Path(tempfile.mkdtemp()))
        >>> cache.get("a1")
        >>> cache.put("a1", torch.tensor([1.0, 2.0]))
        >>> cache.get("a1")
        tensor([1., 2.])
    """

    def __init__(self, folder: Path | None = None, limit_bytes: int = 2 << 30) -> None:
        self.folder = folder if folder is not None else default_folder() / "features"
        self.limit_bytes = limit_bytes
        # Bytes this process may still write before it looks again at what the others have written.
        self._allowance = 0

    def _path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}{ENTRY}"

    def get(self, key: str) -> Tensor | None:
        """The tensor under a key, None where there is none, or it is damaged or another key's."""
        path = self._path(key)
        try:
            stored = tensors_from_bytes(path.read_bytes())
            tensor = stored["tensor"]
            if int(stored["crc32"]) != _checksum(key, tensor):
                raise SafetensorError("checksum")
        except OSError:
            return None
        except (SafetensorError, KeyError, ValueError, RuntimeError):
            _remove(path)
            return None
        _mark_used(path)
        return tensor

    def put(self, key: str, tensor: Tensor) -> None:
        """Keep a tensor, whole or not at all."""
        kept = tensor.detach().cpu().contiguous()
        content = bytes_from_tensors({"tensor": kept, "crc32": torch.tensor(_checksum(key, kept))})
        if len(content) > self.limit_bytes:
            return
        if len(content) > self._allowance:
            self._make_room(len(content))
        self._allowance -= len(content)
        _write(self._path(key), content)

    def _make_room(self, needed: int) -> None:
        entries = sorted(_entries(self.folder))
        total = sum(size for _, size, _ in entries)
        if total + needed > self.limit_bytes:
            goal = min(int(FULL_TO * self.limit_bytes), self.limit_bytes - needed)
            for _, size, path in entries:
                if total <= goal:
                    break
                _remove(path)
                total -= size
        self._allowance = min(self.limit_bytes - total, max(needed, self.limit_bytes // 8))


def _checksum(key: str, tensor: Tensor) -> int:
    """Of a tensor and its key, so that an entry under another's name is as damaged as one with other numbers."""
    return zlib.crc32(_bytes_of(tensor), zlib.crc32(key.encode()))


def _entries(folder: Path) -> Iterator[tuple[int, int, Path]]:
    """Time of last use, size and path of every entry; what dead writers left behind goes."""
    for path in folder.glob("??/*"):
        try:
            facts = path.stat()
        except OSError:
            continue
        if path.suffix == ENTRY:
            yield facts.st_mtime_ns, facts.st_size, path
        elif path.suffix == UNFINISHED and time.time() - facts.st_mtime > ABANDONED_S:
            _remove(path)


def _write(path: Path, content: bytes) -> None:
    unfinished = path.with_name(f"{uuid4().hex}{UNFINISHED}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_bytes(content)
        unfinished.replace(path)
    except OSError:
        _remove(unfinished)
        return
    _mark_used(path)


def _mark_used(path: Path) -> None:
    # The file system's own clock may be too coarse to tell two entries apart.
    now_ns = time.time_ns()
    with contextlib.suppress(OSError):
        os.utime(path, ns=(now_ns, now_ns))


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def cached(cache: FeatureCache | None, key: str, compute: Callable[[], Tensor]) -> Tensor:
    """What a cache has under a key, computed and kept where it has nothing; None as cache computes each time."""
    kept = cache.get(key) if cache is not None else None
    if kept is not None:
        return kept
    computed = compute()
    if cache is not None:
        cache.put(key, computed)
    return computed
