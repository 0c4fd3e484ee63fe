"""The feature cache: never wrong, never in the way."""

import errno
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from pipeline.models import features
from pipeline.models.features import FeatureCache, batch_key, cached, default_folder, model_key
from pipeline.preprocessing.base import Batch


def stored(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def total_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in stored(folder))


def bits(tensor: torch.Tensor) -> torch.Tensor:
    return tensor.detach().flatten().contiguous().view(torch.uint8)


@pytest.fixture
def cache(tmp_path) -> FeatureCache:
    return FeatureCache(tmp_path / "cache")


@pytest.mark.parametrize(
    "tensor",
    [
        torch.tensor([[0.0, -0.0, float("nan"), float("inf"), 1e-42]]),
        torch.randn(3, 5).T,
        torch.zeros(0, 4),
        torch.tensor(2.5),
        torch.randn(4).to(torch.bfloat16),
        torch.randn(4, requires_grad=True),
    ],
)
def test_what_was_put_comes_back_bit_for_bit(cache, tensor):
    cache.put("ab12", tensor)
    found = FeatureCache(cache.folder).get("ab12")
    assert found.dtype == tensor.dtype
    assert found.shape == tensor.shape
    assert torch.equal(bits(found), bits(tensor))


def test_a_key_nobody_put_is_a_miss_and_makes_no_folder(cache):
    assert cache.get("ab12") is None
    assert not cache.folder.exists()


def test_a_second_put_replaces_the_first(cache):
    cache.put("ab12", torch.zeros(2))
    cache.put("ab12", torch.ones(3))
    assert torch.equal(cache.get("ab12"), torch.ones(3))
    assert len(stored(cache.folder)) == 1


def test_any_flipped_byte_is_a_miss_and_the_entry_goes(cache):
    cache.put("ab12", torch.arange(6.0))
    (path,) = stored(cache.folder)
    content = path.read_bytes()
    harmless = 0
    for place in range(len(content)):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0x10]) + content[place + 1 :])
        found = cache.get("ab12")
        assert found is None or torch.equal(found, torch.arange(6.0))
        assert path.exists() == (found is not None)
        harmless += found is not None
    assert harmless <= 16  # padding of the header, at most


def test_an_entry_under_the_name_of_another_is_a_miss_and_goes(cache):
    cache.put("ab12", torch.arange(6.0))
    (path,) = stored(cache.folder)
    path.rename(path.with_name(path.name.replace("ab12", "ab34")))
    assert cache.get("ab34") is None
    assert not stored(cache.folder)


@pytest.mark.parametrize("kept", [0, 7, 50, -1])
def test_an_entry_that_was_cut_off_is_a_miss_and_goes(cache, kept):
    cache.put("ab12", torch.arange(6.0))
    (path,) = stored(cache.folder)
    path.write_bytes(path.read_bytes()[:kept])
    assert cache.get("ab12") is None
    assert not path.exists()
    cache.put("ab12", torch.ones(1))
    assert cache.get("ab12") == 1


def test_a_disk_that_fills_up_while_writing_is_a_miss_with_nothing_left_behind(cache, monkeypatch):
    def half_written(path: Path, content: bytes) -> int:
        with path.open("wb") as file:
            file.write(content[: len(content) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    cache.put("ab12", torch.zeros(4))
    monkeypatch.setattr(Path, "write_bytes", half_written)
    for key in ("ab12", "cd34"):
        cache.put(key, torch.ones(4))
    assert len(stored(cache.folder)) == 1
    assert cache.get("cd34") is None
    assert torch.equal(cache.get("ab12"), torch.zeros(4))


def test_a_folder_that_cannot_be_made_is_a_miss(tmp_path):
    (tmp_path / "file").write_text("in the way")
    blocked = FeatureCache(tmp_path / "file" / "cache")
    blocked.put("ab12", torch.ones(1))
    assert blocked.get("ab12") is None


def test_the_limit_holds_at_every_moment_and_the_oldest_go_first(tmp_path):
    entry = torch.zeros(1000)
    size = entry_bytes(tmp_path / "probe", entry)
    cache = FeatureCache(tmp_path / "cache", limit_bytes=10 * size)
    for number in range(40):
        cache.put(f"{number:04d}", entry + number)
        assert total_bytes(cache.folder) <= 10 * size
    left = sorted(path.stem for path in stored(cache.folder))
    assert left == [f"{number:04d}" for number in range(40 - len(left), 40)]
    assert len(left) >= 8


def entry_bytes(folder: Path, tensor: torch.Tensor) -> int:
    FeatureCache(folder).put("0000", tensor)
    return total_bytes(folder)


def test_an_entry_that_is_used_outlives_older_and_younger_ones_that_are_not(tmp_path):
    entry = torch.zeros(1000)
    cache = FeatureCache(tmp_path / "cache", limit_bytes=10 * entry_bytes(tmp_path / "probe", entry))
    cache.put("used", entry)
    for number in range(40):
        cache.put(f"{number:04d}", entry)
        assert cache.get("used") is not None
    assert cache.get("0000") is None


def test_an_entry_larger_than_the_cache_is_not_kept_and_drives_nothing_out(tmp_path):
    cache = FeatureCache(tmp_path / "cache", limit_bytes=2000)
    cache.put("ab12", torch.ones(4))
    cache.put("cd34", torch.zeros(1000))
    assert cache.get("cd34") is None
    assert cache.get("ab12") is not None


def test_what_other_processes_wrote_counts_too(tmp_path):
    entry = torch.zeros(1000)
    size = entry_bytes(tmp_path / "probe", entry)
    caches = [FeatureCache(tmp_path / "cache", limit_bytes=16 * size) for _ in range(2)]
    for number in range(60):
        caches[number % 2].put(f"{number:04d}", entry)
        # Each may be ahead of the other's knowledge by an eighth of the limit.
        assert total_bytes(tmp_path / "cache") <= (16 + 2 * 2) * size


def test_what_a_killed_writer_left_behind_goes_in_time(tmp_path):
    cache = FeatureCache(tmp_path / "cache")
    cache.put("ab12", torch.ones(1))
    old, young = (cache.folder / "ab" / f"{name}.unfinished" for name in ("old", "young"))
    for path in (old, young):
        path.write_bytes(b"half")
    long_ago = time.time() - 2 * features.ABANDONED_S
    os.utime(old, (long_ago, long_ago))
    FeatureCache(tmp_path / "cache").put("cd34", torch.ones(1))
    assert not old.exists()
    assert young.exists()


WRITER = """
import sys, torch
from pathlib import Path
from pipeline.models.features import FeatureCache

seed, folder, go = int(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3])
cache = FeatureCache(folder, limit_bytes=60_000)
order = torch.randperm(300, generator=torch.Generator().manual_seed(seed)).tolist()
print("ready", flush=True)
while not go.exists():
    pass
hits = 0
for number in order * 2:
    key, expected = f"{number % 30:04d}", torch.full((500,), float(number % 30))
    found = cache.get(key)
    assert found is None or torch.equal(found, expected), key
    hits += found is not None
    cache.put(key, expected)
print(hits)
"""


def test_two_processes_share_one_folder_without_a_wrong_answer(tmp_path):
    places = [str(tmp_path / "cache"), str(tmp_path / "go")]
    commands = [[sys.executable, "-W", "error", "-c", WRITER, str(seed), *places] for seed in range(2)]
    writers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for command in commands]
    assert [writer.stdout.readline().strip() for writer in writers] == ["ready", "ready"]
    (tmp_path / "go").touch()
    told = [writer.communicate(timeout=60)[0] for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0]
    assert all(int(hits) > 100 for hits in told)
    assert not list((tmp_path / "cache").rglob("*.unfinished"))


def batch(**changes: torch.Tensor) -> Batch:
    plain = Batch(
        torch.arange(8.0).reshape(2, 1, 4), torch.full((2,), 12000.0), torch.full((2,), 30.0), torch.ones(2, 4)
    )
    return plain._replace(**changes)


@pytest.mark.parametrize(
    "other",
    [
        {"values": torch.arange(8.0).reshape(1, 2, 4)},
        {"values": torch.arange(8.0).reshape(2, 1, 4) + 1e-6},
        {"values": torch.arange(8.0).reshape(2, 1, 4).double()},
        {"rate_hz": torch.full((2,), 12001.0)},
        {"speed_hz": torch.full((2,), float("nan"))},
        {"orders": torch.ones(2, 4) * 1.0001},
        {"orders": torch.ones(2, 3)},
    ],
)
def test_a_batch_key_depends_on_all_that_a_model_sees(other):
    assert batch_key(batch(**other)) != batch_key(batch())


def test_a_batch_key_does_not_depend_on_how_the_samples_lie_in_memory():
    strided = (torch.arange(16.0) / 2).reshape(2, 1, 8)[..., ::2]
    assert not strided.is_contiguous()
    assert batch_key(batch(values=strided)) == batch_key(batch())


def test_swapping_rate_and_speed_is_another_key():
    plain = batch()
    assert batch_key(plain._replace(rate_hz=plain.speed_hz, speed_hz=plain.rate_hz)) != batch_key(plain)


def test_a_model_key_depends_on_every_part_and_on_the_code(monkeypatch):
    parts = {"layer": "4", "weights": "aa"}
    assert model_key(parts) == model_key(dict(reversed(parts.items())))
    others = [{**parts, "layer": "7"}, {"layer": "aa", "weights": "4"}, {"layer": "4"}, {**parts, "dtype": ""}]
    assert len({model_key(parts), *map(model_key, others)}) == 5
    before = model_key(parts)
    monkeypatch.setattr(features, "_code_digest", lambda: "of another version")
    assert model_key(parts) != before


def test_what_is_cached_is_computed_once(cache):
    calls = []

    def compute() -> torch.Tensor:
        calls.append(1)
        return torch.ones(3)

    for _ in range(3):
        assert torch.equal(cached(cache, "ab12", compute), torch.ones(3))
    assert len(calls) == 1
    cached(None, "ab12", compute)
    assert len(calls) == 2


def test_the_folder_is_the_environments_or_the_platforms(monkeypatch, tmp_path):
    monkeypatch.setenv("FAULTPRINT_CACHE", str(tmp_path / "mine"))
    assert default_folder() == tmp_path / "mine"
    assert FeatureCache().folder == tmp_path / "mine" / "features"
    monkeypatch.delenv("FAULTPRINT_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.setattr(sys, "platform", "linux")
    assert default_folder() == tmp_path / "xdg" / "faultprint"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert default_folder() == Path.home() / ".cache" / "faultprint"
