"""docs/postgresql.md and docs/ray.md: their commands work, where a server and Ray are at hand."""

import os
import time
from pathlib import Path

import pytest
from pages import blocks, run_all

from pipeline.catalog.export import write_signals
from pipeline.signals.simulation.fleet import demo_fleet

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """An inbox whose names tell machine and speed."""
    _, signals = demo_fleet(seed=0, n_training=0, n_inbox=1)
    for signal in signals[:2]:
        (path,) = write_signals([signal], tmp_path / "inbox", with_labels=False)
        path.with_name(path.name + ".yaml").unlink()
        named = path.with_name(f"{signal.machine}_{signal.speed_rpm:.0f}.csv")
        path.rename(named)
        os.utime(named, (time.time() - 3600,) * 2)
    return tmp_path


def test_the_commands_of_the_page_on_postgresql_work(
    desk: Path, new_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STORE", new_database)
    (commands,) = blocks((DOCS / "postgresql.md").read_text(), "sh", needing=True)
    run_all(commands.splitlines(), desk)
    assert (desk / "report" / "index.html").is_file()


def test_the_command_of_the_page_on_ray_works(desk: Path) -> None:
    pytest.importorskip("ray", reason="needs the extra ray")
    (commands,) = blocks((DOCS / "ray.md").read_text(), "sh", needing=True)
    run_all(commands.splitlines(), desk)
    assert (desk / "plant.db").exists()
