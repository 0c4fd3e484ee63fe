"""Exported models: torch's logits from other engines, checked when written and known again when run."""

import importlib
import shutil
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import pytest
import torch
import yaml

from pipeline.errors import BundleError, RequestError
from pipeline.models import export as exporting
from pipeline.models import parity as holding
from pipeline.models.branch import BranchConfig
from pipeline.models.bundle import Model, ModelCard, load_bundle, save_bundle
from pipeline.models.classifier import Classifier
from pipeline.models.engines import ENGINES, exports
from pipeline.models.engines.exports import refuse_unexported
from pipeline.models.export import RUNTIMES, Graph, export_model
from pipeline.models.inference import FeatureMaker
from pipeline.models.intake import Intake
from pipeline.models.parity import BATCHES, TOLERANCE, Parity, parity, probes
from pipeline.preprocessing.base import Batch
from pipeline.windows import WindowConfig
from pipeline.workflow.request.model import load_model

pytest.importorskip("onnxruntime", reason="needs the extra deploy")
pytest.importorskip("openvino", reason="needs the extra deploy")

RATE_HZ, LENGTH = 2000.0, 600
STAGES = [{"stft": {"n_fft": 64, "hop": 16}}, "decibels", "standardise"]
SMALL = BranchConfig(stages=[{"resize": {"rows": 32, "columns": 32}}, "to_imagenet"], backbone="small")
PIXELS = BranchConfig(stages=[{"resize": {"rows": 5, "columns": 7}}])
LABELS = ("inner_race", "outer_race", "ball")


def built(**intake: object) -> Model:
    """Two branches, random weights, logits of some size."""
    torch.manual_seed(4)
    asked = Intake(rate_hz=RATE_HZ, window=WindowConfig(samples=LENGTH), **intake)  # type: ignore[arg-type]
    card = ModelCard(
        name="tiny", task="multilabel", labels=LABELS, stages=STAGES, branches=[SMALL, PIXELS], intake=asked
    )
    classifier = Classifier(STAGES, card.branches, card.setting, LABELS, asked.n_channels)
    with torch.no_grad():
        classifier.branch_centre.uniform_(-1, 1)
        classifier.branch_spread.uniform_(0.1, 0.3)
    return Model(card, classifier.eval())


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle exported to both formats."""
    folder = tmp_path_factory.mktemp("exported") / "model"
    model = save_bundle(built(), folder)
    for kind in RUNTIMES:
        model, _ = export_model(model, kind)
    return folder


@pytest.fixture
def bundle(exported: Path, tmp_path: Path) -> Path:
    """A copy of it, to be spoilt."""
    return Path(shutil.copytree(exported, tmp_path / "model"))


def windows(count: int) -> Batch:
    return Batch.of(torch.randn(count, 1, LENGTH, generator=torch.Generator().manual_seed(1)), rate_hz=RATE_HZ)


@pytest.mark.parametrize("kind", RUNTIMES)
@pytest.mark.parametrize("count", [1, 3, 64, 70])
def test_an_exported_model_gives_torchs_logits_at_any_batch_size(exported: Path, kind: str, count: int) -> None:
    model = load_bundle(exported)
    theirs, ours = ENGINES[kind](model).logits(windows(count)), FeatureMaker(model.classifier).logits(windows(count))
    assert ours.abs().max() > 1
    assert theirs.shape == ours.shape == (count, len(LABELS))
    assert (theirs - ours).abs().max() < 1e-4


@pytest.mark.parametrize("kind", RUNTIMES)
def test_the_bundle_tells_what_was_exported_and_how_near_it_came(exported: Path, kind: str) -> None:
    told = yaml.safe_load((exported / "model.yaml").read_text())["exports"][kind]
    assert (exported / told["file"]).is_file()
    assert told["opset"] == 18
    assert told["inputs"] == ["samples"]
    assert told["parity"]["windows"] == len(torch.cat([batch.values for batch in probes(built())]))
    assert 0 < told["parity"]["relative"] < 1e-4
    assert set(told["versions"]) >= {"torch", "onnx", {"onnx": "onnxruntime", "openvino": "openvino"}[kind]}
    assert not [path.name for path in exported.iterdir() if path.name.startswith(".")]


def test_onnx_itself_finds_the_graph_sound_with_a_batch_of_any_size(exported: Path) -> None:
    onnx = importlib.import_module("onnx")
    graph = onnx.load(exported / "model.onnx")
    onnx.checker.check_model(graph, full_check=True)
    (samples,) = graph.graph.input
    sizes = [size.dim_value or size.dim_param for size in samples.type.tensor_type.shape.dim]
    assert isinstance(sizes[0], str)
    assert sizes[1:] == [1, LENGTH]
    assert {node.op_type for node in graph.graph.node}.isdisjoint({"DFT", "STFT", "Loop", "If"})


@pytest.mark.parametrize("kind", RUNTIMES)
def test_the_model_that_ships_whose_planes_share_a_head_gives_torchs_logits(tmp_path: Path, kind: str) -> None:
    ready = load_model("ready")
    assert all(branch.planes == "shared" for branch in ready.card.branches)
    _, export = export_model(save_bundle(ready, tmp_path / "ready"), kind)
    assert export.parity["windows"] == len(torch.cat([batch.values for batch in probes(ready)]))
    assert export.parity["relative"] < TOLERANCE


def test_exporting_changes_the_fingerprint_and_nothing_of_the_weights(tmp_path: Path, exported: Path) -> None:
    plain = save_bundle(built(), tmp_path / "model")
    assert load_bundle(exported).fingerprint != plain.fingerprint
    assert (exported / "weights.safetensors").read_bytes() == (plain.folder / "weights.safetensors").read_bytes()


def test_a_bundle_from_before_there_were_exports_loads(tmp_path: Path) -> None:
    save_bundle(built(), tmp_path / "model")
    path = tmp_path / "model" / "model.yaml"
    card = yaml.safe_load(path.read_text())
    del card["exports"]
    path.write_text(yaml.safe_dump(card))
    assert load_bundle(tmp_path / "model").card.exports == {}


def test_a_copy_saved_elsewhere_does_not_claim_exports_it_lacks(bundle: Path, tmp_path: Path) -> None:
    save_bundle(load_bundle(bundle), tmp_path / "copy")
    assert load_bundle(tmp_path / "copy").card.exports == {}


@pytest.mark.parametrize("kind", RUNTIMES)
def test_an_engine_that_was_not_exported_names_the_command(tmp_path: Path, kind: str) -> None:
    model = save_bundle(built(), tmp_path / "model")
    with pytest.raises(BundleError, match=rf"faultprint export \S+model --format {kind}"):
        ENGINES[kind](model)


@pytest.mark.parametrize(
    ("kind", "name"), [("onnx", "model.onnx"), ("openvino", "model.xml"), ("openvino", "model.bin")]
)
@pytest.mark.parametrize("harm", ["changed", "removed"])
def test_a_file_that_is_not_the_exported_one_is_refused(bundle: Path, kind: str, name: str, harm: str) -> None:
    path = bundle / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.unlink()
    if harm == "changed":
        path.write_bytes(content)
    with pytest.raises(BundleError, match=rf"{name} is missing or not the file that was exported"):
        ENGINES[kind](load_bundle(bundle))


@pytest.mark.parametrize(("kind", "name"), [("onnx", "model.onnx"), ("openvino", "model.xml")])
def test_a_batch_is_told_before_it_begins_that_an_export_is_gone(bundle: Path, kind: str, name: str) -> None:
    refuse_unexported(bundle, kind)
    (bundle / name).unlink()
    with pytest.raises(BundleError, match=rf"{name} is missing.*faultprint export \S+ --format {kind}"):
        refuse_unexported(bundle, kind)


def test_a_batch_is_told_before_it_begins_that_a_runtime_is_not_installed(
    bundle: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exports, "find_spec", lambda _: None)
    with pytest.raises(RequestError, match=r"^engine onnx needs onnxruntime; pip install 'faultprint\[deploy\]'$"):
        refuse_unexported(bundle, "onnx")
    refuse_unexported(bundle, "torch")


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def refuses(bundle: Path, match: str) -> None:
    """An export that is refused leaves the bundle byte for byte as it was."""
    before = files(bundle)
    with pytest.raises(BundleError, match=match):
        export_model(load_bundle(bundle), "onnx")
    assert files(bundle) == before


def without_exporting(monkeypatch: pytest.MonkeyPatch, bundle: Path) -> None:
    """The exporter's work is taken from the bundle, so that a test of what follows it is quick."""
    content = (bundle / "model.onnx").read_bytes()
    monkeypatch.setattr(exporting, "write_onnx", lambda graph, inputs, example, path: path.write_bytes(content))


def test_a_model_can_be_exported_again(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_exporting(monkeypatch, bundle)
    before = load_bundle(bundle)
    after, _ = export_model(before, "onnx")
    assert after.card == before.card
    assert load_bundle(bundle).fingerprint == after.fingerprint == before.fingerprint


def test_a_graph_that_differs_from_torch_is_refused(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    without_exporting(monkeypatch, bundle)
    model = load_bundle(bundle)
    model.classifier.branches[1].head.linear.bias.data += 1e-3
    before = files(bundle)
    with pytest.raises(BundleError, match=r"differs from torch by 0\.0.* nothing was written"):
        export_model(model, "onnx")
    assert files(bundle) == before


def test_a_bundle_that_cannot_be_written_is_refused(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(*args: object, **kwargs: object) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(exporting.tempfile, "mkdtemp", denied)
    refuses(bundle, r"cannot write into .*Permission denied; copy the bundle where you may write")


def test_a_disk_that_is_full_leaves_nothing_behind(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(graph: object, inputs: object, example: object, path: Path) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(exporting, "write_onnx", full)
    refuses(bundle, "No space left")


def test_what_torch_cannot_export_is_one_line(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def untraceable(self: object, batch: Batch) -> torch.Tensor:
        return torch.zeros(2) if float(batch.values.sum()) > 0 else torch.ones(2)

    monkeypatch.setattr(Classifier, "looked", untraceable)
    refuses(bundle, r"^this model has no form in ONNX: [^\n]*; diagnose with --engine torch$")


def test_without_the_extra_it_is_named(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for library in ("onnxscript", "openvino"):
        monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(RequestError, match=r"^export to onnx needs onnxscript; pip install 'faultprint\[deploy\]'$"):
        export_model(load_bundle(bundle), "onnx")
    with pytest.raises(RequestError, match=r"^engine openvino needs openvino; pip install 'faultprint\[deploy\]'$"):
        ENGINES["openvino"](load_bundle(bundle))


def test_what_openvino_cannot_convert_is_one_line(bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "write_onnx", lambda graph, inputs, example, path: path.write_bytes(b"no graph"))
    before = files(bundle)
    with pytest.raises(BundleError, match=r"^OpenVINO cannot convert this model: [^\n]*; export it to onnx, or"):
        export_model(load_bundle(bundle), "openvino")
    assert files(bundle) == before


def test_a_runtime_from_a_package_of_another_name_tells_its_version(bundle, monkeypatch) -> None:
    def unlisted(library: str) -> str:
        if library == "onnxruntime":
            raise PackageNotFoundError(library)
        return "1"

    without_exporting(monkeypatch, bundle)
    monkeypatch.setattr(exporting, "version", unlisted)
    _, export = export_model(load_bundle(bundle), "onnx")
    assert export.versions["onnxruntime"] == importlib.import_module("onnxruntime").__version__
    assert export.versions["onnx"] == "1"


@pytest.mark.parametrize("kind", RUNTIMES)
def test_threads_that_share_an_engine_get_their_own_logits(exported: Path, kind: str) -> None:
    engine = ENGINES[kind](load_bundle(exported))
    batches = [windows(24).rows(slice(3 * part, 3 * part + 3)) for part in range(8)]
    alone = [engine.logits(batch) for batch in batches]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(engine.logits, batches * 4))
    assert all(torch.equal(ours, theirs) for ours, theirs in zip(together, alone * 4, strict=True))


@pytest.mark.parametrize("kind", RUNTIMES)
def test_an_engine_goes_on_after_windows_of_another_length(exported: Path, kind: str) -> None:
    engine = ENGINES[kind](load_bundle(exported))
    before = engine.logits(windows(3))
    for _ in range(3):
        with pytest.raises(
            BundleError, match=r"cannot run this model: [^\n]*torch$|of shape \(1, 600\), and \(1, 77\) came"
        ):
            engine.logits(Batch.of(torch.zeros(2, 1, 77)))
    assert torch.equal(engine.logits(windows(3)), before)


def test_an_unknown_format_or_engine_names_the_nearest(bundle: Path) -> None:
    with pytest.raises(RequestError, match="did you mean 'onnx'"):
        export_model(load_bundle(bundle), "onx")
    with pytest.raises(RequestError, match="did you mean 'openvino'"):
        ENGINES["openvin"]


def test_a_graph_asks_only_for_what_the_model_needs() -> None:
    assert Graph(built().classifier).inputs == ("samples",)


def test_probes_are_unlike_each_other_and_the_same_each_time() -> None:
    model = built(fewest_turns=12.0)
    once, again = probes(model), probes(model)
    assert {len(batch.values) for batch in once} >= set(BATCHES)
    for batch, same in zip(once, again, strict=True):
        assert all(torch.equal(a.nan_to_num(), b.nan_to_num()) for a, b in zip(batch, same, strict=True))
    speeds = torch.cat([batch.speed_hz for batch in once])
    assert len(speeds.unique()) == 3
    assert speeds.min() * LENGTH / RATE_HZ >= 12.0
    levels = torch.cat([batch.values.std(dim=(1, 2)) for batch in once])
    assert levels.max() > 1e4 * levels.min()


class Shifted:
    """Torch's own logits, but for one window."""

    def __init__(self, model: Model, change: Callable[[torch.Tensor], torch.Tensor]) -> None:
        self.maker, self.change = FeatureMaker(model.classifier), change

    def logits(self, batch: Batch) -> torch.Tensor:
        logits = self.maker.logits(batch).clone()
        logits[0] = self.change(logits[0])
        return logits


def test_parity_sees_one_window_with_another_logit_and_one_that_is_no_number() -> None:
    model = built()
    assert parity(model, Shifted(model, lambda logits: logits)).holds
    off = parity(model, Shifted(model, lambda logits: logits + 0.01))
    assert not off.holds
    assert off.largest_difference == pytest.approx(0.01, rel=1e-3)
    assert not parity(model, Shifted(model, lambda logits: logits * torch.nan)).holds


class Fixed:
    """The same logits for every window."""

    def __init__(self, *logits: float) -> None:
        self.rows = torch.tensor([logits], dtype=torch.float64)

    def logits(self, batch: Batch) -> torch.Tensor:
        return self.rows.expand(len(batch.values), -1)


def held(monkeypatch: pytest.MonkeyPatch, task: str, torchs: tuple[float, ...], theirs: tuple[float, ...]) -> Parity:
    """Parity of an engine that answers one thing with a torch that answers another, whatever the window."""
    model = built()
    model.card = model.card.model_copy(update={"task": task})
    monkeypatch.setattr(holding, "FeatureMaker", lambda classifier: Fixed(*torchs))
    return parity(model, Fixed(*theirs))


NEAR, FAR = 0.4 * TOLERANCE, 1.6 * TOLERANCE


@pytest.mark.parametrize(
    ("task", "torchs", "theirs", "told"),
    [
        # labels_equal, near_edge of 12, clearly_other of 12, holds
        ("multiclass", (0.5, 0.2, -1.0), (0.5, 0.2, -1.0), (True, 0, 0, True)),
        ("multiclass", (0.5, 0.5 - NEAR, -1.0), (0.5, 0.5 - NEAR, -1.0), (True, 12, 0, True)),
        ("multiclass", (0.5, 0.5 - NEAR, -1.0), (0.5 - NEAR, 0.5, -1.0), (False, 12, 0, True)),
        # Either logit is within the tolerance, but torch is not that undecided.
        ("multiclass", (0.5, 0.5 - FAR, -1.0), (0.5 - FAR / 2, 0.5 - FAR / 2.1, -1.0), (False, 12, 12, False)),
        ("multiclass", (0.5, 0.2, -1.0), (0.2, 0.5, -1.0), (False, 12, 12, False)),
        # Two are nearly equal, and the engine takes the third.
        ("multiclass", (0.5, 0.5 - NEAR, -1.0), (0.5, 0.5, 0.6), (False, 12, 12, False)),
        ("multilabel", (0.5, NEAR, -1.0), (0.5, NEAR, -1.0), (True, 12, 0, True)),
        ("multilabel", (0.5, NEAR, -1.0), (0.5, -NEAR, -1.0), (False, 12, 0, True)),
        ("multilabel", (0.5, FAR, -1.0), (0.5, -NEAR, -1.0), (False, 12, 12, False)),
        ("multilabel", (0.5, NEAR, -1.0), (-0.5, -NEAR, -1.0), (False, 12, 12, False)),
    ],
)
def test_labels_may_differ_only_where_torch_is_undecided(monkeypatch, task, torchs, theirs, told) -> None:
    found = held(monkeypatch, task, torchs, theirs)
    assert (found.labels_equal, found.near_edge, found.clearly_other, found.holds) == told
    assert found.windows == 12


@pytest.mark.parametrize(
    ("largest", "off", "holds"),
    [(0.01, 0.9e-4, True), (0.01, 1.1e-4, False), (1.0, 1.1e-4, False), (50.0, 4.5e-3, True), (50.0, 5.5e-3, False)],
)
def test_the_tolerance_is_absolute_up_to_logits_of_one_and_a_share_beyond(monkeypatch, largest, off, holds) -> None:
    assert held(monkeypatch, "multilabel", (-largest, -largest), (-largest, -largest - off)).holds == holds
