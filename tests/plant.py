"""A plant's night for tests: an inbox of small files, a diagnoser that does as each file says, and a run of them."""

import ctypes
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from pipeline.batch.answer import Answer, Diagnose, ModelFacts, refused
from pipeline.batch.executors import EXECUTORS
from pipeline.batch.executors.base import Executor
from pipeline.batch.executors.limit import NO_HURRY, Limit
from pipeline.batch.inbox import Wanted
from pipeline.batch.reading import Maker
from pipeline.batch.run import Inbox, Run
from pipeline.batch.store.lease import Wish, take
from pipeline.batch.store.opened import open_store
from pipeline.batch.summary import Summary
from pipeline.readers.places import Place
from pipeline.signals.levels.level import Level
from pipeline.verdict import Outcome, Verdict

FOR_EVER_S = 300
MODEL = ModelFacts("fake", "sha256:0", "multilabel", ("outer_race",))


@dataclass(frozen=True)
class Obeys:
    """Makes a diagnoser that does what the first word of a file says.

    `crash` ends the process as a broken C library does, `hang` never ends, `clutch` neither and lets no other thread
    run meanwhile, `broken` is UNUSABLE, `raise` is a fault of ours, and anything else is a verdict on as many signals
    as the file has lines; `ball 0.9 2.5 0.4` is its label, the probability of outer_race, the level, and how often one
    like those trained on would be as strange.
    """

    pause_s: float = 0.0

    def __call__(self) -> Diagnose:
        """The diagnoser."""
        return self.diagnose

    def diagnose(self, place: Place, source: str) -> list[Answer]:
        """What the file says."""
        text = Path(place).read_text()
        time.sleep(self.pause_s)
        if text.startswith("crash"):
            ctypes.string_at(0)
        if text.startswith("hang"):
            time.sleep(FOR_EVER_S)
        if text.startswith("clutch"):
            ctypes.PyDLL(None).sleep(FOR_EVER_S)
        if text.startswith("raise"):
            raise ZeroDivisionError("a fault of the reader")
        if text.startswith("broken"):
            return [refused(str(place), "as it says", MODEL)]
        return [said_by(line, f"c{number}", str(place), source) for number, line in enumerate(text.splitlines())]


def said_by(line: str, channel: str, place: str, source: str) -> Answer:
    """The answer that a line asks for."""
    label, probability, rms = [*line.split(), "0.5", "1.0"][:3] if " " in line else (line, "0.5", "1.0")
    outside_p = float(line.split()[3]) if line.count(" ") > 2 else None
    probabilities = {"outer_race": float(probability), "healthy": 1.0 - float(probability)}
    return Answer(
        Verdict(
            place,
            Outcome.UNCALIBRATED,
            (label,),
            channel,
            probabilities=probabilities,
            outside_p=outside_p,
            model=MODEL.name,
        ),
        machine=source.partition("-")[0],
        level=Level(float(rms), 2.0, 3.0, 1.5, {"low": float(rms)}, {"ball": {"amplitude": 0.5, "over_db": 12.0}}),
    )


def fill(inbox: Path, texts: dict[str, str], age_s: float = 3600.0) -> Path:
    """Files that were written some time ago."""
    inbox.mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        path = inbox / name
        path.write_text(text)
        os.utime(path, (time.time() - age_s,) * 2)
    return inbox


def night(
    inbox: Path, store: str, wanted: Wanted | None = None, executor: Any = "in-process", pause_s: float = 0.0,
    maker: object = None, limit: Limit = NO_HURRY, wait: bool = False, **more: object,
) -> Summary:  # fmt: skip
    """One run over an inbox."""
    wanted = wanted or Wanted()
    opened = open_store(store)
    try:
        with take(opened, Wish(f"{inbox} fake", str(wanted.shard)), wait=wait) as lease:
            return Run(
                lease,
                Inbox(inbox, (), wanted),
                MODEL,
                maker or Obeys(pause_s),  # type: ignore[arg-type]
                executor if callable(executor) else partial(made, executor, limit),
                limit=limit,
                **more,  # type: ignore[arg-type]
            )()
    finally:
        opened.close()


def made(executor: str, limit: Limit, maker: Maker, known: frozenset[str]) -> Executor:
    """An executor with two workers."""
    return EXECUTORS[executor](maker, known, 2, None, limit)


def run_of(
    inbox: Path, store: str, executor: str = "in-process", pause_s: float = 0.0, limit_s: float = 600.0, **more: object
) -> subprocess.Popen:
    """A run in a process of its own, with its children in one group."""
    command = [sys.executable, __file__, inbox, store, executor, str(pause_s), str(limit_s)]
    return subprocess.Popen(command, start_new_session=True, **({"stderr": subprocess.DEVNULL} | more))


if __name__ == "__main__":
    night(
        Path(sys.argv[1]),
        sys.argv[2],
        executor=sys.argv[3],
        pause_s=float(sys.argv[4]),
        limit=Limit(float(sys.argv[5]), partial(print, file=sys.stderr, flush=True), may_end=True),
    )
