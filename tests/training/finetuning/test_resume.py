"""A run that was ended before its time goes on to the very figures of an unbroken one."""

import csv
import json
import multiprocessing
import os
import random
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from tiny import write_config, write_recordings
from tiny_nets import SMALL, plan, windows

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.scanning.lock import only_one
from pipeline.catalog.scanning.scan import scan
from pipeline.cli import run
from pipeline.config import load_config
from pipeline.errors import ConfigError, LockedError, RequestError
from pipeline.training.finetuning.held_out import held_out
from pipeline.training.learn import learn
from pipeline.training.regime import FitConfig
from pipeline.workflow.train import train

STFT = [{"stft": {"n_fft": 64, "hop": 16}}, "decibels", "standardise"]
FIT = {"epochs": 4, "batch_windows": 8, "learning_rate": 3e-3, "accelerator": "cpu"}


class EndedError(Exception):
    """What ends a run in these tests, where nobody kills the process."""


def ended_after(steps: int) -> Any:
    """A tick that ends training after so many of its steps."""

    def tick(what: str, *_: int) -> None:
        nonlocal steps
        steps -= what.startswith("training")
        if steps < 0:
            raise EndedError

    return tick


def bits(model: Any) -> dict[str, torch.Tensor]:
    return model.classifier.state_dict()


@pytest.mark.parametrize(
    ("branches", "fit", "stages"),
    [
        ([{"regime": {"last_blocks": 2}}], {"validation": 0.25}, STFT),
        ([{"regime": "full", "hidden": [8], "head": "mlp"}], {"balance": "sampling"}, [*STFT, "mask"]),
        ([{"regime": "scratch"}, {"regime": "full"}], {"mixup": 0.2, "layer_decay": 0.5, "validation": 0.25}, STFT),
    ],
)
def test_training_ended_anywhere_goes_on_to_the_same_weights(
    tmp_path: Path, branches: list[Any], fit: dict[str, Any], stages: list[Any]
) -> None:
    asked = plan(*(SMALL | branch for branch in branches), stages=stages, fit=FitConfig(**FIT | fit))
    unbroken, history = learn(asked, windows(), checkpoints=tmp_path / "unbroken", with_reference=False)
    for steps in (3, 13, 9):  # within an epoch, of five or six steps; after that many more of them
        with pytest.raises(EndedError):
            learn(asked, windows(), checkpoints=tmp_path / "broken", tick=ended_after(steps), with_reference=False)
        torch.rand(5)  # another life draws other numbers
    resumed, again = learn(asked, windows(), checkpoints=tmp_path / "broken", with_reference=False)
    assert again == history
    assert all(torch.equal(value, bits(resumed)[name]) for name, value in bits(unbroken).items())


def test_a_finished_branch_is_not_trained_again(tmp_path: Path) -> None:
    asked = plan(SMALL | {"regime": "full"}, SMALL | {"regime": "full"}, fit=FitConfig(**FIT))
    with pytest.raises(EndedError):  # six steps an epoch
        learn(asked, windows(), checkpoints=tmp_path, tick=ended_after(4 * 6 + 2 * 6 + 1), with_reference=False)
    steps = []
    learn(
        asked,
        windows(),
        checkpoints=tmp_path,
        tick=lambda what, done, total: steps.append((done, total)) if what.startswith("training") else None,
        with_reference=False,
    )
    assert steps == [(done, 24) for done in range(13, 25)]


def test_half_a_checkpoint_does_not_matter(tmp_path: Path) -> None:
    asked = plan(SMALL | {"regime": "full"}, fit=FitConfig(**FIT))
    unbroken, _ = learn(asked, windows(), with_reference=False)
    left = tmp_path / "branch-0.ckpt"
    for share in (0.0, 0.5, 0.99):
        with pytest.raises(EndedError):
            learn(asked, windows(), checkpoints=tmp_path, tick=ended_after(13), with_reference=False)
        content = left.read_bytes()
        left.write_bytes(content[: int(share * len(content))])
        resumed, _ = learn(asked, windows(), checkpoints=tmp_path, with_reference=False)
        assert all(torch.equal(value, bits(resumed)[name]) for name, value in bits(unbroken).items())
        left.unlink()


def test_a_checkpoint_of_other_recordings_is_refused(tmp_path: Path) -> None:
    asked = plan(SMALL | {"regime": "full"}, fit=FitConfig(**FIT))
    learn(asked, windows(), checkpoints=tmp_path, with_reference=False)
    with pytest.raises(RequestError, match=r"branch-0\.ckpt was left by training on other recordings"):
        learn(asked, windows(seed=1), checkpoints=tmp_path, with_reference=False)


def test_a_checkpoint_of_other_recordings_that_watch_is_refused(tmp_path: Path) -> None:
    """Their loss picks the epoch that is kept."""
    fit, given, others = FitConfig(**FIT, validation=0.25), windows(), windows(seed=1)
    asked = plan(SMALL | {"regime": "full"}, fit=fit)
    learn(asked, given, checkpoints=tmp_path, with_reference=False)
    _, watching = held_out(given, fit, asked.seed)
    batches = tuple((others if place in watching else given).batches[place] for place in range(len(given.rows)))
    with pytest.raises(RequestError, match=r"branch-0\.ckpt was left by training on other recordings"):
        learn(asked, replace(given, batches=batches), checkpoints=tmp_path, with_reference=False)


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A config of two branches that learn, with much that chance decides."""
    folder = tmp_path_factory.mktemp("asked")
    scan(write_recordings(folder / "recordings")).write(folder / "catalog.csv")
    learning = [
        SMALL | {"regime": "full", "stages": ["mask", *SMALL["stages"]]},
        SMALL | {"regime": {"last_blocks": 1}},
    ]
    fit = FIT | {"epochs": 6, "validation": 0.3, "label_smoothing": 0.1}
    return write_config(folder / "run.yaml", folder / "catalog.csv", branches=learning, fit=fit)


def life(asked: Path, out: Path, way: Any = None, *more: Any) -> Any:
    """A process that trains, or goes on training; forked from one that has imported everything."""
    world = multiprocessing.get_context("forkserver")
    world.set_forkserver_preload(["pipeline.workflow.train", "pipeline.training.finetuning.finetune"])
    process = world.Process(target=way or going_on, args=(load_config(asked), out, *more))
    process.start()
    return process


def going_on(config: Any, out: Path) -> None:
    """Training from where it was left to its end; at module level, so that another process finds it."""
    train(config, out, resume=True)


def figures(out: Path) -> dict[str, Any]:
    return {name: value for name, value in json.loads((out / "metrics.json").read_text()).items() if name != "seconds"}


def killed_near(steps: int, delay_s: float) -> Any:
    """A tick that has this process killed a little after so many steps, in the middle of whatever it is then doing."""
    left = [steps]

    def tick(what: str, *_: int) -> None:
        left[0] -= what.startswith("training")
        if left[0] == 0:
            threading.Timer(delay_s, os.kill, (os.getpid(), signal.SIGKILL)).start()

    return tick


def a_life_cut_short(config: Any, out: Path, steps: int, delay_s: float) -> None:
    """Training that is killed; at module level, so that another process finds it."""
    train(config, out, resume=True, tick=killed_near(steps, delay_s))
    time.sleep(60)  # done before the blow falls: wait for it


def test_killed_at_five_random_moments_a_run_ends_with_the_figures_of_an_unbroken_one(
    asked: Path, tmp_path: Path
) -> None:
    unbroken = life(asked, tmp_path / "unbroken")
    chance, broken = random.Random(0), tmp_path / "broken"
    for _ in range(5):
        cut = (chance.randint(1, 8), chance.uniform(0.0, 0.01))  # of some sixty steps in all, each of milliseconds
        process = life(asked, broken, a_life_cut_short, *cut)
        process.join()
        assert process.exitcode == -signal.SIGKILL
    last = life(asked, broken)
    for process in (unbroken, last):
        process.join()
        assert process.exitcode == 0
    assert figures(broken) == figures(tmp_path / "unbroken")
    for name in ("history.csv", "model/weights.safetensors"):
        assert (broken / name).read_bytes() == (tmp_path / "unbroken" / name).read_bytes()
    rows = list(csv.DictReader((broken / "history.csv").read_text().splitlines()))
    assert [row["branch"] for row in rows] == ["0"] * 6 + ["1"] * 6
    assert all(float(row["validation_loss"]) > 0 for row in rows)
    assert not list(broken.rglob(".branch*"))
    assert not (tmp_path / ".broken.lock").exists()


def test_a_finished_run_says_so_and_another_config_is_refused(
    asked: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, quick = tmp_path / "run", ["--set", "fit.epochs=1", "--set", "branches=[{backbone: small, weights: random}]"]
    command = ["train", str(asked), "--out", str(out), "--quiet", "--json"]
    assert run([*command, *quick, "--resume"]) == 0  # nothing to go on with: from the start
    first = capsys.readouterr()
    assert first.err == f"faultprint: {out} holds no checkpoint to go on from, so this run begins at the start\n"
    assert run([*command, *quick, "--resume"]) == 0
    again = capsys.readouterr()
    assert again.out == first.out
    assert f"{out} is finished" in again.err
    assert run([*command, *quick, "--set", "seed=7", "--resume"]) == 2
    assert "begun with another config: seed is 0 there and 7 here; give that one" in capsys.readouterr().err
    fewer = Catalog.read(asked.parent / "catalog.csv")
    replace(fewer, rows=fewer.rows[1:]).write(tmp_path / "fewer.csv")
    assert run([*command, *quick, "--set", f"data.catalog={tmp_path / 'fewer.csv'}", "--resume"]) == 2
    assert "was written from another catalog than there is now" in capsys.readouterr().err
    assert run([*command, *quick, "--resume", "--overwrite"]) == 2
    assert "give one of them" in capsys.readouterr().err


def test_a_damaged_checkpoint_is_told_before_training_begins_anew(
    asked: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, quick = tmp_path / "run", ["--set", "fit.epochs=2"]
    with pytest.raises(EndedError):
        train(load_config(asked, quick[1:]), out, tick=ended_after(6))
    left = out / "checkpoints" / "branch-0.ckpt"
    assert run(["train", str(asked), "--out", str(out), *quick]) == 2
    assert "holds a run that was not finished; go on with it by --resume" in capsys.readouterr().err
    left.write_bytes(left.read_bytes()[:-100])
    assert run(["train", str(asked), "--out", str(out), *quick, "--resume"]) == 0
    (told,) = capsys.readouterr().err.splitlines()
    assert (
        told
        == f"faultprint: {left} is damaged, so what it kept is lost, and this branch is trained again from its start"
    )


def test_an_earlier_run_stays_until_the_one_that_replaces_it_is_done(asked: Path, tmp_path: Path) -> None:
    def files(folder: Path) -> dict[Path, bytes]:
        return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    out, aside, notes = tmp_path / "run", tmp_path / ".run.earlier", list[str]()
    train(load_config(asked, ("fit.epochs=1",)), out)
    before = files(out)
    for _ in range(2):
        with pytest.raises(ConfigError, match="the loss is no number any more"):
            train(load_config(asked, ("fit.learning_rate=1e30",)), out, overwrite=True)
        assert files(out) == before
    ended = load_config(asked, ("fit.epochs=2",))
    with pytest.raises(EndedError):
        train(ended, out, overwrite=True, tick=ended_after(6), note=notes.append)
    assert [str(aside) in note for note in notes] == [True]
    assert files(aside) == before
    train(ended, out, resume=True)
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_folder_that_is_no_run_is_not_resumed(asked: Path, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("chapter 1")
    with pytest.raises(RequestError, match="holds something else than a run, so there is none to resume"):
        train(load_config(asked), tmp_path, resume=True)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_two_runs_into_one_folder_do_not_meet(asked: Path, tmp_path: Path) -> None:
    config = load_config(asked, ("fit.epochs=1",))
    out = tmp_path / "run"
    told = rf"training into .*run is being done by process {os.getpid()} already .*; wait until it is done, or end it"
    with only_one(tmp_path / ".run.lock", f"training into {out}"):
        for how in ({}, {"overwrite": True}, {"resume": True}):
            with pytest.raises(LockedError, match=told):
                train(config, out, **how)
    assert not out.exists()
