"""Two processes on one machine, joined by gloo over 127.0.0.1, learn what one process learns."""

import socket
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny_nets import SMALL, plan, windows
from torch.multiprocessing import ProcessRaisedException

from pipeline.errors import ConfigError
from pipeline.training.finetuning.training_loop import run
from pipeline.training.learn import Plan, learn
from pipeline.training.out_of_fold import window_logits
from pipeline.training.regime import FitConfig

TOLERANCE = 1e-3
"""Of logits, whose spread is above 1: batches of half the size are summed in another order."""

FIT = {"epochs": 2, "batch_windows": 7, "learning_rate": 3e-3, "accelerator": "cpu", "validation": 0.25}


def asked(**changes: Any) -> Plan:
    """Batches of seven of 36 windows: processes get four and three, and at the end one and none."""
    return plan(SMALL | {"regime": {"last_blocks": 2}}, fit=FitConfig(**FIT | changes))


@pytest.fixture(autouse=True)
def loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GLOO_SOCKET_IFNAME", "lo")
    try:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
    except OSError as error:
        pytest.skip(f"needs a port on 127.0.0.1: {error}")


def test_two_processes_give_the_result_of_one_within_tolerance(tmp_path: Path) -> None:
    alone, history = learn(asked(), windows(), with_reference=False)
    both, told = learn(asked(devices=2), windows(), checkpoints=tmp_path, with_reference=False)
    assert [row["epoch"] for row in told] == [1, 2]
    for one, other in zip(history, told, strict=True):
        for name in ("loss", "validation_loss"):
            assert other[name] == pytest.approx(one[name], rel=TOLERANCE, abs=TOLERANCE)
    logits, others = (window_logits(model, windows(seed=1)) for model in (alone, both))
    assert float(logits.std()) > 1
    torch.testing.assert_close(others, logits, rtol=0, atol=TOLERANCE)
    # What they left is a finished branch: nobody is started again.
    again, rows = learn(asked(devices=2), windows(), checkpoints=tmp_path, with_reference=False)
    assert rows == told
    assert torch.equal(window_logits(again, windows(seed=1)), others)


def test_what_goes_wrong_in_another_process_is_told_in_one_line() -> None:
    """As torch hands it on: the other process's traceback as text."""

    class Trainer:
        def fit(self, *_: Any) -> None:
            told = "\n\n-- Process 1 terminated with the following error:\nTraceback (most recent call last):"
            raise ProcessRaisedException(f"{told}\npipeline.errors.ConfigError: the loss is no number any more\n", 1, 7)

    with pytest.raises(ConfigError, match=r"^the loss is no number any more$"):
        run(Trainer(), None, None, None)  # type: ignore[arg-type]
