"""`faultprint export`, and `diagnose --engine` after it: same verdicts, and one line for whatever is missing."""

import json
import re
from pathlib import Path

import pytest
import torch
import yaml
from tiny import RATE_HZ, write_recordings

from pipeline.models.branch import BranchConfig
from pipeline.models.bundle import Model, ModelCard, save_bundle
from pipeline.models.classifier import Classifier
from pipeline.models.intake import Intake
from pipeline.windows import WindowConfig

pytest.importorskip("onnxruntime", reason="needs the extra deploy")

STAGES = [{"fault_order": {"carriers": 3, "carrier_hz": 400.0}}]
SMALL = BranchConfig(
    stages=[{"resize": {"rows": 32, "columns": 32}}, {"to_imagenet": {"low": 0.0, "high": 4.0}}], backbone="small"
)
LABELS = ("outer_race", "inner_race", "ball")


@pytest.fixture(scope="module")
def recordings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_recordings(tmp_path_factory.mktemp("plant") / "recordings", per_label=2)


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model that needs speed and bearing, weights as they are drawn."""
    torch.manual_seed(0)
    intake = Intake(
        rate_hz=float(RATE_HZ),
        window=WindowConfig(samples=1000),
        needs=("rate_hz", "speed_hz", "orders"),
        fewest_turns=10.0,
    )
    card = ModelCard(name="tiny", task="multilabel", labels=LABELS, stages=STAGES, branches=[SMALL], intake=intake)
    folder = tmp_path_factory.mktemp("models") / "model"
    save_bundle(Model(card, Classifier(STAGES, card.branches, card.setting, LABELS).eval()), folder)
    return folder


@pytest.fixture(scope="module")
def exported(bundle: Path) -> dict[str, object]:
    """What the export told, once for all tests here."""
    from pipeline.workflow.export import export

    return export(bundle, "onnx")


def verdicts(out: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in out.splitlines()]


def test_verdicts_are_the_same_by_either_engine_and_name_one_model(run, bundle, exported, recordings: Path) -> None:
    code, out, err = run("diagnose", bundle, recordings, "--json", "--engine", "onnx")
    assert (code, err) == (0, "")
    by_torch = verdicts(run("diagnose", bundle, recordings, "--json", "--no-cache")[1])
    by_onnx = verdicts(out)
    assert len(by_onnx) == 6
    for theirs, ours in zip(by_onnx, by_torch, strict=True):
        assert theirs.pop("probabilities") == pytest.approx(ours.pop("probabilities"), abs=1e-5)
        assert theirs == ours
        assert theirs["model_fingerprint"] == exported["fingerprint"]


def test_the_graph_takes_speed_and_orders_where_the_model_needs_them(exported) -> None:
    assert exported["inputs"] == ["samples", "speed_hz", "orders"]


def test_a_page_has_torchs_pictures_whatever_engine_gave_the_verdict(
    run, bundle, exported, recordings, tmp_path
) -> None:
    pages = []
    for engine in ("torch", "onnx"):
        path = tmp_path / f"{engine}.html"
        code, _, err = run("diagnose", bundle, recordings / "ball", "--page", path, "--engine", engine)
        assert (code, err) == (0, "")
        pages.append(re.findall(r"<svg.*?</svg>|data:image/[^\"']+", path.read_text(), flags=re.DOTALL))
    by_torch, by_onnx = pages
    assert by_torch
    assert by_onnx == by_torch


def test_an_export_tells_one_document_and_nothing_else(run, bundle, exported, monkeypatch) -> None:
    from pipeline.models import export as exporting

    content = (bundle / "model.onnx").read_bytes()
    monkeypatch.setattr(exporting, "write_onnx", lambda graph, inputs, example, path: path.write_bytes(content))
    code, out, err = run("export", bundle, "--format", "onnx", "--json")
    assert (code, err) == (0, "")
    told = json.loads(out)
    assert told == json.loads(json.dumps(exported))
    assert told["parity"]["relative"] < 1e-4
    assert yaml.safe_load((bundle / "model.yaml").read_text())["exports"]["onnx"]["sha256"] == told["sha256"]


def test_an_engine_without_an_export_is_one_line_with_the_command(run, bundle, exported, recordings: Path) -> None:
    code, out, err = run("diagnose", bundle, recordings, "--json", "--engine", "openvino")
    assert (code, out) == (2, "")
    assert err.count("\n") == 1
    assert f"run: faultprint export {bundle} --format openvino" in err


def test_what_nobody_knows_is_one_line_with_the_nearest(run, bundle: Path, recordings: Path) -> None:
    code, _, err = run("diagnose", bundle, recordings, "--engine", "onx")
    assert (code, err) == (2, "faultprint: unknown engine 'onx'; did you mean 'onnx'? Known: torch, onnx, openvino\n")
    code, _, err = run("export", bundle, "--format", "onxx")
    assert (code, err) == (2, "faultprint: unknown format 'onxx'; did you mean 'onnx'? Known: onnx, openvino\n")
