"""The harness that damages files must itself notice a crash and a hang; here the worker does both on demand."""

import importlib
from pathlib import Path
from types import ModuleType

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"

WORKER = """
import json, os, sys, time
for line in sys.stdin:
    reader, original, name, seed = json.loads(line)
    if seed == 1: os.abort()
    if seed == 2: time.sleep(60)
    print(json.dumps(["large" if seed == 3 else "right", str(os.getpid())]), flush=True)
"""


@pytest.fixture
def mutations(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    module = importlib.import_module("mutations")
    (tmp_path / "worker.py").write_text(WORKER)
    monkeypatch.setattr(module, "WORKER", tmp_path / "worker.py")
    monkeypatch.setattr(module, "HANG_S", 3.0)
    return module


def test_crashes_and_hangs_are_told_and_the_worker_replaced(mutations: ModuleType, tmp_path: Path):
    worker = mutations.Worker(tmp_path)
    answers = [worker.answer(mutations.Job("csv", tmp_path / "x.csv", seed)) for seed in (0, 0, 1, 0, 2, 3, 0)]
    worker.stop()
    assert [outcome for outcome, _ in answers] == ["right", "right", "crash", "right", "hang", "large", "right"]
    processes = [detail for outcome, detail in answers if outcome in ("right", "large")]
    # Only a fault costs a new process.
    assert processes[0] == processes[1] != processes[2] != processes[3] != processes[4]
    assert answers[2][1] == "exit code -6"


def test_every_fault_is_kept_and_made_again_by_its_seed(mutations: ModuleType, tmp_path: Path):
    original = tmp_path / "x.csv"
    original.write_bytes(b"1,2\n" * 500)
    fault = mutations.Fault(mutations.Job("delimited", original, 11), "crash", "exit code -11")
    mutations.keep([fault], tmp_path / "kept")
    (kept,) = (tmp_path / "kept").iterdir()
    assert kept.name == "crash-delimited-11-x.csv"
    assert kept.read_bytes() == mutations.mutant(original.read_bytes(), "x.csv", 11) != original.read_bytes()


def test_seeds_damage_in_many_ways(mutations: ModuleType):
    original = bytes(range(256)) * 20
    mutants = {mutations.mutant(original, "x", seed) for seed in range(300)}
    assert len(mutants) > 290
    assert {len(each) < len(original) for each in mutants} == {True, False}
    assert sum(each[: len(original) // 2] == original[: len(original) // 2] for each in mutants) > 30
