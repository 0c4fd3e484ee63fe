"""docs/explain.md: its command and its snippet run as they stand, and it tells every method and every answer."""

import re
import shlex
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from scipy.io import wavfile

from pipeline.diagnosis.explanation import METHODS, USUAL
from pipeline.diagnosis.explanation.explanation import Agrees
from pipeline.reporting.explained.words import LOOKED_AT
from pipeline.signals.bearing_table import bearing_of
from pipeline.signals.simulation.simulated_machine import random_machine
from pipeline.signals.simulation.synthetic import simulate

PAGE = (Path(__file__).parents[2] / "docs" / "explain.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", PAGE, flags=re.DOTALL)


def test_every_command_of_the_page_runs(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert bearing_of("6205") is not None
    samples = np.asarray(simulate(random_machine(4), ["outer_race"], duration_s=2.0).samples)[0]
    wavfile.write("pump.wav", 12000, (samples / np.abs(samples).max()).astype(np.float32))
    (commands,) = blocks("sh")
    for line in commands.splitlines():
        _, *words = shlex.split(line)
        code, _, err = run(*words)
        assert code == 0, err
    assert len(list((tmp_path / "sheets").iterdir())) == 3


def test_the_snippet_of_the_page_says_what_the_page_says(capsys: pytest.CaptureFixture[str]) -> None:
    (snippet,) = blocks("python")
    exec(compile(snippet, "docs/explain.md", "exec"), {})
    assert capsys.readouterr().out == "yes True (3, 12, 25)\n"


def test_the_page_tells_every_method_and_every_answer() -> None:
    for method in METHODS:
        assert f"| `{method}`" in PAGE
    assert f"`{USUAL}` (the default)" in PAGE
    assert set(LOOKED_AT) == set(get_args(Agrees))
    assert all(words in " ".join(PAGE.split()) for words in LOOKED_AT.values())
