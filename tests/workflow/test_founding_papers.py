"""The founding papers' configs run anywhere, on simulated gears: honest, as published, and with nets of one's own."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.cli import run
from pipeline.config import load_config
from pipeline.errors import ConfigError, LeakError, WeightsError
from pipeline.signals.simulation import gear_sets
from pipeline.signals.simulation import gear_states as simulated
from pipeline.workflow.train import train
from pipeline.workflow.training_run.signals import learned_of, signals_of

CONFIGS = Path(__file__).parents[2] / "configs"
CAO, SHAO = CONFIGS / "gear_cao_alexnet.yaml", CONFIGS / "gearbox_shao_vgg16.yaml"
FEW = [104 * state + record for state in range(9) for record in (0, 50)]
"""Two records of every state."""
PUBLISHED = (
    "data.where={{gears: [1], record: {few}}}",
    "split={{group: record, test_share: 0.5, same_specimen: true}}",
)


@pytest.fixture(scope="module")
def gears(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The cache folder of all tests here, so that gears are simulated once."""
    return tmp_path_factory.mktemp("gears")


def few_of(number: int, seed: int = 0) -> np.ndarray:
    """A set of pinions in the published layout, of which only the records used here are simulated."""
    matrix = np.zeros((simulated.N_SAMPLES, len(simulated.STATES) * simulated.RECORDS), dtype=np.float32)
    for record in FEW:
        pinion = simulated.pinion_of(list(simulated.STATES)[record // simulated.RECORDS], number, seed)
        chance = np.random.default_rng([seed, number, record])
        matrix[:, record] = simulated.gear_record(pinion, simulated.run_of(record, number, seed), chance)
    return matrix


@pytest.fixture(autouse=True)
def _simulated_once(gears: Path, own_cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAULTPRINT_CACHE", str(gears))
    monkeypatch.setattr(gear_sets, "made_by", lambda: "tests")
    monkeypatch.setattr(gear_sets, "gear_set", few_of)


def quick(pixels: int, *more: str) -> tuple[str, ...]:
    """Few records, small pictures, one epoch, random weights, two folds."""
    return (
        f"data.where={{record: {FEW}}}",
        f"branches.0.stages=[{{resize: {{rows: {pixels}, columns: {pixels}}}}}, to_imagenet]",
        "branches.0.weights=random",
        "folds=2",
        "fit={epochs: 1, batch_windows: 9, accelerator: cpu}",
        *more,
    )


@pytest.mark.parametrize(("path", "pixels"), [(CAO, 64), (SHAO, 32)], ids=["cao", "shao"])
def test_a_config_runs_from_end_to_end_on_pinions_it_never_heard(path: Path, pixels: int, tmp_path: Path):
    metrics = train(load_config(path, quick(pixels)), tmp_path / "run")
    assert metrics["stamps"] == []
    assert metrics["specimens"] == {"train": 18, "test": 9}
    assert (metrics["test"]["windows"]["n"], metrics["test"]["windows"]["majority"]) == (18, 11.11)
    assert any("simulated" in note for note in metrics["notes"])
    assert metrics["regimes"] == ["last_blocks"]
    assert (tmp_path / "run" / "model" / "model.yaml").exists()


def test_by_the_command_line_a_user_changes_net_depth_and_split_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    settings = [
        *quick(64, "branches.0.backbone=squeezenet1_1", "branches.0.regime=head"),
        *(text.format(few=FEW) for text in PUBLISHED),
    ]
    flags = [part for setting in settings for part in ("--set", setting)]
    assert run(["train", str(CAO), "--out", str(tmp_path / "run"), "--json", "--quiet", *flags]) == 0
    metrics: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert metrics["stamps"] == ["same part"]
    assert metrics["specimens"] == {"train": 9, "test": 9}
    assert metrics["regimes"] == ["head"]


def test_records_of_one_pinion_on_both_sides_are_refused_unless_declared(tmp_path: Path):
    split = "split={group: record, test_share: 0.5}"
    config = load_config(CAO, quick(64, PUBLISHED[0].format(few=FEW), split))
    with pytest.raises(LeakError, match="is on both sides"):
        train(config, tmp_path / "run")


@pytest.mark.parametrize(("path", "file"), [(CAO, "alexnet-owt-7be5be79.pth"), (SHAO, "vgg16-397923af.pth")])
def test_missing_imagenet_weights_are_told_with_the_file_to_get_and_where_to_put_it(
    path: Path, file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def no_network(*_: object, **__: object) -> None:
        raise WeightsError("no network here")

    monkeypatch.setattr("pipeline.models.weights.download_file", no_network)
    monkeypatch.setenv("FAULTPRINT_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    config = load_config(path, (*quick(64), "branches.0.weights=imagenet"))
    with pytest.raises(WeightsError) as caught:
        train(config, tmp_path / "run")
    assert file in str(caught.value)
    assert "set FAULTPRINT_WEIGHTS" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("path", [CAO, SHAO], ids=["cao", "shao"])
def test_every_setting_that_a_configs_comments_name_is_one(path: Path):
    """Comments are what a user copies; each `--set` in them must be taken."""
    settings = []
    for text in path.read_text().splitlines():
        for part in text.split("--set ")[1:] if text.startswith("#") else []:
            part = part.strip()
            settings.append(part[1 : part.index("'", 1)] if part.startswith("'") else part.split()[0])
    assert len(settings) >= 8
    for setting in settings:
        load_config(path, (setting,))


def test_healthy_stays_healthy_and_every_other_signal_is_named_after_its_state():
    catalog = signals_of(load_config(CAO))
    assert set(catalog.labels) == set(simulated.STATES)
    assert {row.condition["state"] for row in catalog if row.labels == ("healthy",)} == {"healthy"}


def test_a_target_that_no_signal_has_is_answered_with_those_there_are():
    with pytest.raises(ConfigError, match=r"data\.target: no signal has the condition 'stat'; did you mean 'state'"):
        signals_of(load_config(CAO, ("data.target=stat",)))


def test_shaos_states_are_one_label_each_even_where_two_parts_are_damaged():
    from pipeline.catalog.catalog import Catalog
    from pipeline.catalog.corpora import manifest_of
    from pipeline.catalog.corpora.manifest import expand

    learned = learned_of(Catalog(expand(manifest_of("seu")).rows, Path()), "state")
    assert {len(row.labels) for row in learned} == {1}
    assert {"comb", "Chipped", "healthy"} < set(learned.labels)
    assert "Health" not in learned.labels
