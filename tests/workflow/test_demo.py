"""The demo where no weights can be had, and where its folder is taken; the whole of it runs in docs/test_readme.py."""

from pathlib import Path

import pytest

from pipeline import terminal
from pipeline.errors import RequestError, WeightsError
from pipeline.signals.simulation.fleet import demo_fleet
from pipeline.training.regime import FitConfig
from pipeline.workflow import demo as module
from pipeline.workflow.demo import demo


@pytest.fixture
def few_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two machines a label, learned from for an epoch."""
    fleet = demo_fleet(seed=0, n_training=2, n_inbox=1)
    monkeypatch.setattr(module, "demo_fleet", lambda seed: fleet)
    monkeypatch.setattr(module, "WITHOUT_WEIGHTS", FitConfig(epochs=1))


def an_earlier_demo(folder: Path) -> Path:
    folder.mkdir()
    (folder / module.MARK).touch()
    (folder / "report-of-yesterday.html").touch()
    return folder


def test_without_weights_the_demo_says_so_in_one_line_and_trains_a_small_net(
    few_machines: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_here(*_: object, **__: object) -> None:
        raise WeightsError("no weights of efficientnet_lite0")

    monkeypatch.setattr(module, "find_weights", none_here)
    notes: list[str] = []
    out = an_earlier_demo(tmp_path / "demo")
    phases: list[str] = []
    found = demo(out, note=notes.append, phase=phases.append)
    assert [phase.split()[0] for phase in phases] == ["simulating", "training", "diagnosing", "training"]
    assert not (out / "report-of-yesterday.html").exists()
    assert len(notes) == 1
    assert "no ImageNet weights here" in notes[0]
    assert "\n" not in notes[0]
    assert found.summary["weights"] == "none"
    assert 0.0 <= found.summary["accuracy"] <= 1.0
    assert found.summary["majority"] == pytest.approx(1 / 6)
    assert len(found.table) == 6
    assert Path(found.summary["page"]).exists()


def test_a_folder_of_the_users_own_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "faultprint-demo").mkdir()
    (tmp_path / "faultprint-demo" / "thesis.tex").write_text("years of work")
    with pytest.raises(RequestError, match="something else"):
        demo(tmp_path / "faultprint-demo")
    assert (tmp_path / "faultprint-demo" / "thesis.tex").exists()


def test_a_log_is_told_lines_where_a_terminal_would_show_bars(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.log_line(quiet=False)("training on 192 recordings")
    terminal.log_line(quiet=True)("diagnosing 54 recordings")
    assert capsys.readouterr().err == "faultprint: training on 192 recordings\n"
