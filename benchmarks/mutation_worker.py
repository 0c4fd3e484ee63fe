"""Mutation worker: a process that damages files and reads them, one per line of its input, until one kills it.

Each line in is `[reader, file, name, seed]`, each line out `[outcome, detail]`; `mutations.py` watches over it.
"""

import json
import os
import resource
import sys
from pathlib import Path
from typing import Any

import numpy as np
from mutants import mutant

from pipeline.errors import FaultprintError
from pipeline.readers import READERS
from pipeline.readers.base import Reader
from pipeline.readers.choose import reader_named
from pipeline.signals.recording import Samples

ADDRESS_SPACE_BYTES = 4 << 30
LARGE_BYTES = 2 << 30
MOST_CHANNELS = 8
PIECE = 777
OPTIONS = {"raw": "raw:int16,channels=2,offset=44"}
"""How a reader is named that must be told what it reads."""


def reading(reader: Reader, path: Path) -> dict[str, Samples]:
    """Everything a reader gives of a file: header, each channel, and the first one's pieces.

    Raises:
        AssertionError: when these contradict each other.
    """
    header = reader.header(path)
    found = {}
    for channel in header.channels[:MOST_CHANNELS]:
        recording = reader.read(path, [channel.name])
        assert recording.samples.shape == (1, channel.n_samples), (recording.samples.shape, channel.n_samples)
        assert recording.rate_hz == channel.rate_hz, (recording.rate_hz, channel.rate_hz)
        found[channel.name] = recording.samples
    for name, samples in list(found.items())[:1]:
        cut = list(reader.blocks(path, [name], PIECE, 0, 20 * PIECE))
        joined = np.concatenate(cut, axis=1) if cut else samples[:, :0]
        np.testing.assert_array_equal(joined, samples[:, : 20 * PIECE])
    return found


def told(error: BaseException) -> str:
    """An exception in one line, with the innermost place of our own it came through."""
    import traceback

    ours = [frame for frame in traceback.extract_tb(error.__traceback__) if "pipeline" in frame.filename]
    where = f" at {Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else ""
    return " ".join(f"{type(error).__name__}: {error}".split())[:200] + where


def outcome_of(name: str, path: Path, original: dict[str, Samples]) -> tuple[str, str]:
    """What a damaged file is answered with: the outcome, and what to know about it.

    Outcomes: `same` (reads as the sound file does), `right` (something else that the file does say), `refused`,
    `large`, `other` (any exception but ours, or answers that contradict each other).
    """
    try:
        accepted = [each for each in READERS if READERS[each]().can_read(path)]
    except Exception as error:
        return "other", f"can_read: {told(error)}"
    try:
        found = reading(reader_named(OPTIONS.get(name, name)), path)
    except FaultprintError as error:
        refused = "refused" if "\n" not in str(error) and str(path) in str(error) else "other"
        return refused, str(error)
    except Exception as error:
        return "other", told(error)
    same = found.keys() == original.keys() and all(
        np.array_equal(found[each], original[each], equal_nan=True) for each in found
    )
    return ("same" if same else "right"), ", ".join(accepted)


def peak_bytes() -> int:
    """The most memory this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def main() -> None:
    """Answer lines until there are no more."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    # C libraries print what they think of damaged files.
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    np.seterr(all="ignore")
    scratch = Path(sys.argv[1])
    sound: dict[tuple[str, str], tuple[bytes, dict[str, Any]]] = {}
    for line in sys.stdin:
        name, original, stem, seed = json.loads(line)
        if (name, original) not in sound:
            sound[name, original] = Path(original).read_bytes(), as_sound(name, Path(original))
            resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE_BYTES, ADDRESS_SPACE_BYTES))
        content, truth = sound[name, original]
        path = scratch / f"{os.getpid()}-{stem}"
        path.write_bytes(mutant(content, stem, seed))
        before = peak_bytes()
        outcome, detail = outcome_of(name, path, truth)
        if peak_bytes() - before > LARGE_BYTES:
            outcome, detail = "large", f"{peak_bytes() / 1e9:.2f} GB; {outcome}: {detail}"
        path.unlink()
        answers.write(json.dumps([outcome, detail]) + "\n")


def as_sound(name: str, path: Path) -> dict[str, Samples]:
    """The reading of the sound file; nothing where it is refused as it is."""
    try:
        return reading(reader_named(OPTIONS.get(name, name)), path)
    except FaultprintError:
        return {}


if __name__ == "__main__":
    main()
