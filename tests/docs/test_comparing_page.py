"""docs/comparing.md: its scripts run in their order, and every protocol is told."""

import re
from pathlib import Path
from typing import Any

import pytest
from pages import blocks
from tiny import write_config, write_recordings

from pipeline.catalog.scanning.scan import scan
from pipeline.catalog.splitting.protocols import PROTOCOLS
from pipeline.catalog.splitting.protocols.cwru_bearingwise import REPORTED

PAGE = (Path(__file__).parents[2] / "docs" / "comparing.md").read_text()


def test_the_scripts_of_the_page_compare_and_count_by_class(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    scan(write_recordings(tmp_path / "recordings", per_label=8)).write(tmp_path / "catalog.csv")
    split = {"group": "specimen", "folds": 4, "fold": 1}
    write_config(tmp_path / "stft.yaml", tmp_path / "catalog.csv", split=split)
    wavelet = [{"wavelet": {"rows": 32, "columns": 32, "min_hz": 50, "max_hz": 900}}, "decibels", "standardise"]
    write_config(tmp_path / "wavelet.yaml", tmp_path / "catalog.csv", split=split, stages=wavelet)
    told: dict[str, Any] = {}
    spread, by_class, arrays = blocks(PAGE, "python")
    exec(compile(spread, "docs/comparing.md", "exec"), told)
    assert len(re.findall(r"± [\d.]+ over 4 splits", capsys.readouterr().out)) == 3
    exec(compile(by_class, "docs/comparing.md", "exec"), told)
    assert sum(map(sum, told["confusion"]["counts"])) == len(told["tested"]) == 6
    assert len(re.findall(r"precision [\d.]+, recall [\d.]+, F1 [\d.]+", capsys.readouterr().out)) == 3
    exec(compile(arrays, "docs/comparing.md", "exec"), told)
    assert capsys.readouterr().out.endswith("float32 (6, 3)\n")
    assert told["image"].shape[0] == 1
    assert (tmp_path / "roc.svg").read_text().startswith("<?xml")


def test_every_protocol_is_told_and_the_seeds_of_the_published_one() -> None:
    assert all(f"`{name}`" in PAGE for name in PROTOCOLS)
    assert f"`seed` {min(REPORTED)} to {max(REPORTED)}" in PAGE
