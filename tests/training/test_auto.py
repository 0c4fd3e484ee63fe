"""The regime `auto`: what an amount of labelled data leads to, and where that is said."""

import json
from pathlib import Path

import pytest
import torch
import yaml
from tiny import write_config, write_recordings
from tiny_nets import LABELS, SMALL, accuracy, plan, windows
from typer.testing import CliRunner

from pipeline.catalog.row import Row
from pipeline.catalog.scanning.scan import scan
from pipeline.cli import app
from pipeline.config import load_config
from pipeline.errors import ConfigError
from pipeline.training.auto import MODERATE, MUCH, Amount, regime_for, scarcest, settled
from pipeline.training.learn import learn
from pipeline.training.out_of_fold import window_logits
from pipeline.training.regime import FitConfig, TrainedBranchConfig
from pipeline.training.window_set import WindowSet

PRETRAINED = {"backbone": "squeezenet1_1", "regime": "auto"}


def labelled(parts: dict[str, int], per_part: int = 1) -> WindowSet:
    """Signals without samples: so many parts of each label, `healthy` being none of the others."""
    rows = [
        Row(f"{label}-{part}-{number}", f"{label}-{part}-{number}.wav", labels=(label,), specimen=f"{label}-{part}")
        for label, count in parts.items()
        for part in range(count)
        for number in range(per_part)
    ]
    faults = [label for label in parts if label != "healthy"]
    targets = torch.tensor([[float(label in row.labels) for label in faults] for row in rows])
    return WindowSet(tuple(rows), (), targets)


def chosen(given: WindowSet, faults: list[str], **changes: object) -> str:
    return settled([TrainedBranchConfig(**(PRETRAINED | changes))], FitConfig(), given, faults).branches[0].regime


def test_more_data_never_leads_to_less_training() -> None:
    order = ["head", "last_blocks", "full"]
    found = [order.index(regime_for(Amount(2 * n, n))) for n in range(1, 2 * MUCH.specimens)]
    assert found == sorted(found)
    assert set(found) == {0, 1, 2}


@pytest.mark.parametrize(
    ("needed", "below", "from_here"), [(MODERATE, "head", "last_blocks"), (MUCH, "last_blocks", "full")]
)
def test_a_regime_begins_at_its_threshold_of_signals_and_of_parts(needed: Amount, below: str, from_here: str) -> None:
    assert regime_for(needed) == from_here
    assert regime_for(needed._replace(signals=needed.signals - 1)) == below
    assert regime_for(needed._replace(specimens=needed.specimens - 1)) == below


def test_many_recordings_of_few_parts_are_little_data() -> None:
    assert chosen(labelled({"ball": 3, "cage": 3, "healthy": 3}, per_part=200), ["ball", "cage"]) == "head"


def test_the_scarcest_class_decides_and_healthy_is_one() -> None:
    plenty = MUCH.specimens
    per_part = -(-MUCH.signals // MUCH.specimens)
    assert chosen(labelled({"ball": plenty, "cage": plenty, "healthy": plenty}, per_part), ["ball", "cage"]) == "full"
    for rare in ("cage", "healthy"):
        parts = {"ball": plenty, "cage": plenty, "healthy": plenty} | {rare: 2}
        given = labelled(parts, per_part)
        assert chosen(given, ["ball", "cage"]) == "head"
        label, amount = scarcest(given, ["ball", "cage"])
        assert label == ("none of them" if rare == "healthy" else rare)
        assert amount == Amount(2 * per_part, 2)


def test_signals_without_a_named_part_count_by_their_recording() -> None:
    rows = (Row("a-1", "a.wav", start=0, stop=5), Row("a-2", "a.wav", start=5, stop=9), Row("b", "b.wav"))
    assert scarcest(WindowSet(rows, (), torch.ones(3, 1)), ["ball"]) == ("ball", Amount(3, 2))


def test_a_label_that_nobody_has_does_not_decide() -> None:
    given = labelled({"ball": 3, "healthy": 5})
    targets = torch.cat([given.targets, torch.zeros(8, 1)], dim=1)
    assert scarcest(WindowSet(given.rows, (), targets), ["ball", "cage"]) == ("ball", Amount(3, 3))


def test_random_weights_are_never_half_kept() -> None:
    assert regime_for(MODERATE, pretrained=False) == "head"
    assert regime_for(MUCH, pretrained=False) == "scratch"
    few = labelled({"ball": 3, "healthy": 3})
    reasons = {
        weights: settled([TrainedBranchConfig(**PRETRAINED, weights=weights)], FitConfig(), few, ["ball"]).reasons[0]
        for weights in ("random", "imagenet")
    }
    assert "random ones were asked for: below full they stay as they are drawn" in str(reasons["random"])
    assert "random" not in str(reasons["imagenet"])


def test_without_a_backbone_there_is_a_head_only() -> None:
    found = settled([TrainedBranchConfig(stages=[], regime="auto")], FitConfig(), labelled({"ball": 500}), ["ball"])
    assert found.branches[0].regime == "head"
    assert "no backbone" in str(found.reasons[0])


def test_what_a_config_names_stays() -> None:
    asked = [TrainedBranchConfig(backbone="squeezenet1_1", regime="full"), TrainedBranchConfig(**PRETRAINED)]
    found = settled(asked, FitConfig(mixup=0.2), labelled({"ball": 3, "healthy": 3}), ["ball"])
    assert [branch.regime for branch in found.branches] == ["full", "head"]
    assert found.reasons[0] is None
    assert "3 signals of 3 parts" in str(found.reasons[1])
    assert found.fit.mixup == 0.2


def test_mixup_is_left_out_where_auto_trains_heads_only_and_refused_where_the_config_does() -> None:
    asked = plan(SMALL | {"regime": "auto"}, fit=FitConfig(mixup=0.2, accelerator="cpu"))
    learn(asked, windows())
    with pytest.raises(ConfigError, match="mixup"):
        learn(plan(SMALL, fit=FitConfig(mixup=0.2)), windows())


def test_auto_trains_as_the_regime_it_chose_does(monkeypatch: pytest.MonkeyPatch) -> None:
    from pipeline.training import auto

    monkeypatch.setattr(auto, "MODERATE", Amount(4, 4))
    monkeypatch.setattr(auto, "MUCH", Amount(4, 4))
    found, named = (learn(plan(SMALL | {"regime": regime}), windows())[0] for regime in ("auto", "scratch"))
    torch.testing.assert_close(window_logits(found, windows(seed=1)), window_logits(named, windows(seed=1)))
    assert accuracy(window_logits(found, windows(seed=1)), windows(seed=1)) > 0.9
    source = found.card.provenance["branches"][0]
    assert source["regime"] == "scratch"
    assert source["regime_reason"].startswith("auto chose scratch: the scarcest class, ball, has 4 signals of 4 parts")
    assert "regime_reason" not in named.card.provenance["branches"][0]
    assert LABELS[0] == "ball"


def test_a_run_says_what_auto_chose_in_its_metrics_its_bundle_and_on_stderr(tmp_path: Path) -> None:
    scan(write_recordings(tmp_path / "data")).write(tmp_path / "catalog.csv")
    config = write_config(tmp_path / "run.yaml", tmp_path / "catalog.csv")
    asked = ["train", str(config), "--out", str(tmp_path / "run"), "--set", "branches.0.regime=auto", "--json"]
    result = CliRunner().invoke(app, asked)
    assert result.exit_code == 0, result.output
    metrics = json.loads(result.stdout)
    assert metrics["regimes"] == ["head"]
    assert metrics["regime_reasons"][0].startswith("auto chose head: the scarcest class")
    assert metrics["regime_reasons"][0] in result.stderr
    card = yaml.safe_load((tmp_path / "run" / "model" / "model.yaml").read_text())
    assert card["provenance"]["branches"][0]["regime_reason"] == metrics["regime_reasons"][0]
    # What was asked for stays in the run's config; what was done stands in the bundle.
    assert load_config(tmp_path / "run" / "config.yaml").branches[0].regime == "auto"
