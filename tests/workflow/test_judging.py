"""Verdicts judged over a catalog: each recording heard once, as `diagnose` does; unknown labels are OUTSIDE's own."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from scipy.io import wavfile
from tiny import RATE_HZ, tone, write_config, write_recordings

from pipeline.catalog.catalog import Catalog
from pipeline.catalog.opening import open_row
from pipeline.catalog.row import Row
from pipeline.catalog.scanning.scan import scan
from pipeline.config import load_config
from pipeline.diagnosis.diagnoser import Diagnoser
from pipeline.verdict import Outcome
from pipeline.workflow.diagnose import diagnoses
from pipeline.workflow.evaluate import evaluate
from pipeline.workflow.request.model import load_model
from pipeline.workflow.train import train
from pipeline.workflow.verdicts.beside_truth import heard


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A calibrated model of sound machines and outer races, and a catalog of those it never saw, and of ball faults."""
    folder = tmp_path_factory.mktemp("world")
    catalog = scan(write_recordings(folder / "recordings", per_label=8))
    catalog.write(folder / "catalog.csv")
    data = {"catalog": str(folder / "catalog.csv"), "where": {"labels": ["healthy", "outer_race"]}}
    changes = {"data": data, "task": "multilabel", "window": {"samples": 500, "per_signal": 2}}
    config = write_config(folder / "tiny.yaml", folder / "catalog.csv", **changes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FAULTPRINT_CACHE", str(folder / "cache"))
        train(load_config(config), folder / "run")
    return folder


def test_every_recording_is_heard_once(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model, seen = load_model(world / "run"), []
    model.classifier.shared.register_forward_pre_hook(lambda _, given: seen.append(len(given[0].values)))
    found = evaluate(model, world / "catalog.csv")
    # Four windows of half a second each are in a recording, of which training takes two.
    assert sum(seen) == 4 * found["verdicts"]["n"]
    assert found["windows"]["n"] == 2 * found["recordings"]["n"]


def test_windows_are_scored_as_when_the_model_was_trained(world: Path) -> None:
    metrics = json.loads((world / "run" / "metrics.json").read_text())
    assert evaluate(world / "run", world / "catalog.csv")["windows"] == metrics["test"]["windows"]


def test_verdicts_are_those_of_diagnose(world: Path) -> None:
    catalog = Catalog.read(world / "catalog.csv")
    judged = heard(catalog, Diagnoser(load_model(world / "run"))).judged
    assert {one.signal for one in judged if not one.known} == {row.signal for row in catalog if "ball" in row.labels}
    for one in judged:
        path = catalog.root / catalog[one.signal].source
        verdict = next(diagnoses(world / "run", [path])).verdict
        assert (one.answer, one.outcome, one.set) == (verdict.labels, verdict.verdict, verdict.set)
        assert one.probabilities == pytest.approx(verdict.probabilities)
        assert one.outside_p == verdict.outside_p
        assert one.specimen == Path(one.recording).stem


def test_labels_never_taught_are_no_failure_and_count_for_outside(world: Path) -> None:
    found = evaluate(world / "run", world / "catalog.csv")
    assert found["skipped"] == []
    assert found["untaught"] == found["verdicts"]["outside"]["n_unknown"] == 8
    assert found["verdicts"]["n"] == 8 + found["recordings"]["n"]
    assert found["verdicts"]["calibrated"]
    assert found["verdicts"]["outside"]["auroc"] > 90  # a tone of another frequency is not like any tone it knows
    assert ["ball"] in found["verdicts"]["confusion"]["truths"]


def test_an_unlabelled_recording_is_skipped_and_not_judged(world: Path) -> None:
    catalog = Catalog.read(world / "catalog.csv")
    rows = [row.changed(labels=()) if "ball" in row.labels else row for row in catalog]
    found = evaluate(world / "run", replace(catalog, rows=tuple(rows)))
    assert found["verdicts"]["outside"]["n_unknown"] == 0
    assert all("has no label" in one["reason"] for one in found["skipped"])


def test_a_recording_that_cannot_be_used_is_counted_and_not_judged(world: Path, tmp_path: Path) -> None:
    wavfile.write(tmp_path / "short.wav", RATE_HZ, tone("healthy", seed=99)[:100])
    catalog = Catalog.read(world / "catalog.csv")
    short = Row("short", str(tmp_path / "short.wav"), labels=("healthy",), specimen="short")
    found = evaluate(world / "run", replace(catalog, rows=(*catalog.rows, short)))
    assert found["verdicts"]["unusable"] == 1
    assert "too short" in found["skipped"][-1]["reason"]
    assert found["verdicts"]["n"] == evaluate(world / "run", catalog)["verdicts"]["n"]


def test_labels_never_taught_alone_give_figures_of_outside(world: Path) -> None:
    catalog = Catalog.read(world / "catalog.csv").where(lambda row: "ball" in row.labels)
    found = evaluate(world / "run", catalog)
    assert found["verdicts"]["outside"]["told"]["n"] == 8
    assert "only OUTSIDE has figures" in found["recordings"]["note"]


def test_the_diagnosis_of_a_refused_signal_has_no_logits(world: Path) -> None:
    diagnoser = Diagnoser(load_model(world / "run"))
    assert diagnoser.refused("a.wav", "not there").window_logits is None
    catalog = Catalog.read(world / "catalog.csv")
    made = diagnoser.diagnose(open_row(catalog.rows[0], catalog.root))
    assert made.verdict.verdict is not Outcome.UNUSABLE
    assert made.window_logits is not None
    assert made.window_logits.shape == (made.verdict.windows, len(diagnoser.model.card.labels))
    assert torch.isfinite(made.window_logits).all()


def test_another_level_asks_for_other_sets(world: Path) -> None:
    low, high = (evaluate(world / "run", world / "catalog.csv", level=level)["verdicts"] for level in (0.5, 0.99))
    assert (low["level"], high["level"]) == (50.0, 99.0)
    assert low["coverage"]["confident"]["value"] > high["coverage"]["confident"]["value"] == 0.0
    assert low["accuracy"]["n"] == high["accuracy"]["n"]
