"""Bundles: what is loaded is what was saved, whole or not at all."""

import errno
import json
import shutil
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import torch
import yaml

from pipeline.errors import BundleError
from pipeline.models import added_export, bundle
from pipeline.models.added_export import add_export
from pipeline.models.branch import BranchConfig
from pipeline.models.bundle import ExportCard, Model, ModelCard, load_bundle, save_bundle, sha256_of
from pipeline.models.classifier import Classifier
from pipeline.models.inference import FeatureMaker
from pipeline.models.intake import Intake
from pipeline.preprocessing.base import Batch
from pipeline.windows import WindowConfig

SMALL = BranchConfig(stages=[{"resize": {"rows": 32, "columns": 32}}, "to_imagenet"], backbone="small")
STAGES = [{"stft": {"n_fft": 64, "hop": 16}}, "decibels", "standardise"]


def model(branches: int = 1) -> Model:
    torch.manual_seed(4)
    intake = Intake(rate_hz=2000.0, window=WindowConfig(samples=500))
    card = ModelCard(
        name="tiny",
        task="multilabel",
        labels=("ball", "cage"),
        stages=STAGES,
        branches=[SMALL] * branches,
        intake=intake,
    )
    classifier = Classifier(STAGES, card.branches, card.setting, card.labels)
    with torch.no_grad():
        classifier.branch_centre.uniform_(-1, 1)
        classifier.branch_spread.uniform_(0.5, 2)
    return Model(card, classifier.eval())


def windows(count: int = 5) -> Batch:
    return Batch.of(torch.randn(count, 1, 500, generator=torch.Generator().manual_seed(1)), rate_hz=2000.0)


@pytest.mark.parametrize("branches", [1, 2])
def test_a_fresh_process_gives_the_same_logits_bit_for_bit(tmp_path: Path, branches: int) -> None:
    saved = save_bundle(model(branches), tmp_path / "model")
    torch.save(FeatureMaker(saved.classifier).logits(windows()), tmp_path / "logits.pt")
    code = (
        "import sys, torch\n"
        "from pipeline.models.bundle import load_bundle\n"
        "from pipeline.models.inference import FeatureMaker\n"
        "from pipeline.preprocessing.base import Batch\n"
        "loaded = load_bundle(__import__('pathlib').Path(sys.argv[1]) / 'model')\n"
        "x = Batch.of(torch.randn(5, 1, 500, generator=torch.Generator().manual_seed(1)), rate_hz=2000.0)\n"
        "same = torch.equal(FeatureMaker(loaded.classifier).logits(x), torch.load(sys.argv[1] + '/logits.pt'))\n"
        "print(__import__('json').dumps([same, loaded.fingerprint]))"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [True, saved.fingerprint]


def test_a_batch_equals_its_windows_one_by_one() -> None:
    maker = FeatureMaker(model().classifier)
    batch = windows(64)
    one_by_one = torch.cat([maker.logits(batch.rows(slice(place, place + 1))) for place in range(64)])
    torch.testing.assert_close(maker.logits(batch), one_by_one, atol=1e-5, rtol=0)


def test_a_bundle_holds_no_pickle(tmp_path: Path) -> None:
    save_bundle(model(), tmp_path / "model")
    assert {path.name for path in (tmp_path / "model").iterdir()} == {"model.yaml", "weights.safetensors"}


def test_who_may_read_the_card_may_read_the_weights(tmp_path: Path) -> None:
    save_bundle(model(), tmp_path / "model")
    card, weights = (
        stat.S_IMODE((tmp_path / "model" / name).stat().st_mode) for name in ("model.yaml", "weights.safetensors")
    )
    assert weights == card


def test_a_bundle_never_changes(tmp_path: Path) -> None:
    save_bundle(model(), tmp_path / "model")
    with pytest.raises(BundleError, match="never changes"):
        save_bundle(model(), tmp_path / "model")


def test_the_fingerprint_tells_two_models_apart(tmp_path: Path) -> None:
    first, other = model(), model()
    with torch.no_grad():
        other.classifier.branches[0].head.linear.bias += 1e-3
    assert save_bundle(first, tmp_path / "a").fingerprint != save_bundle(other, tmp_path / "b").fingerprint
    assert load_bundle(tmp_path / "a").fingerprint == save_bundle(first, tmp_path / "c").fingerprint


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(bundle, "save_file", full)
    with pytest.raises(BundleError, match="No space left on device; nothing was written"):
        save_bundle(model(), tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_no_bundle_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"no model\.yaml"):
        load_bundle(tmp_path)


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    save_bundle(model(), tmp_path / "model")
    path = tmp_path / "model" / "weights.safetensors"
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(BundleError, match="damaged"):
        load_bundle(tmp_path / "model")


def test_one_flipped_bit_in_the_weights_is_noticed(tmp_path: Path) -> None:
    save_bundle(model(), tmp_path / "model")
    path = tmp_path / "model" / "weights.safetensors"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))
    with pytest.raises(BundleError, match="damaged"):
        load_bundle(tmp_path / "model")


def test_weights_of_another_card_are_refused(tmp_path: Path) -> None:
    save_bundle(model(1), tmp_path / "one")
    save_bundle(model(2), tmp_path / "two")
    (tmp_path / "one" / "weights.safetensors").write_bytes((tmp_path / "two" / "weights.safetensors").read_bytes())
    with pytest.raises(BundleError, match="is not the file that"):
        load_bundle(tmp_path / "one")


def test_another_format_says_what_reads_it(tmp_path: Path) -> None:
    save_bundle(model(), tmp_path / "model")
    path = tmp_path / "model" / "model.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(path.read_text()) | {"format": 99}))
    with pytest.raises(BundleError, match="format 99; this Faultprint reads format 1; upgrade"):
        load_bundle(tmp_path / "model")


@pytest.mark.parametrize("text", ["", "just words", "a: [1", "format: 1\nname: x\nsurprise: 1\n"])
def test_a_spoilt_card_is_one_line_not_a_traceback(tmp_path: Path, text: str) -> None:
    save_bundle(model(), tmp_path / "model")
    (tmp_path / "model" / "model.yaml").write_text(text)
    with pytest.raises(BundleError, match=r"model\.yaml|format"):
        load_bundle(tmp_path / "model")


def test_a_key_of_a_newer_faultprint_is_named(tmp_path: Path) -> None:
    save_bundle(model(), tmp_path / "model")
    path = tmp_path / "model" / "model.yaml"
    path.write_text(path.read_text() + "orders_from: stars\n")
    with pytest.raises(BundleError, match=r"model\.yaml.*orders_from"):
        load_bundle(tmp_path / "model")


def export_of(folder: Path, kind: str, content: str) -> tuple[ExportCard, Path]:
    """Two files as an exporter would leave them, and what the card is to tell of them."""
    made = folder / f".export-{kind}"
    made.mkdir()
    for ending in ("a", "b"):
        (made / f"{kind}.{ending}").write_text(content + ending)
    sums = {path.name: sha256_of(path) for path in sorted(made.iterdir())}
    card = ExportCard(file=f"{kind}.a", sha256=sums.pop(f"{kind}.a"), beside=sums, opset=18, inputs=("samples",))
    return card, made


def test_exports_made_at_the_same_time_are_all_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "model"
    save_bundle(model(), folder)
    kinds = [f"kind{number}" for number in range(4)]
    loaded = [load_bundle(folder) for _ in kinds]
    read = added_export.card_in

    def read_slowly(folder: Path) -> ModelCard:
        card = read(folder)
        time.sleep(0.05)
        return card

    monkeypatch.setattr(added_export, "card_in", read_slowly)
    with ThreadPoolExecutor(len(kinds)) as pool:
        list(pool.map(lambda held, kind: add_export(held, kind, *export_of(folder, kind, kind)), loaded, kinds))
    card = load_bundle(folder).card
    assert set(card.exports) == set(kinds)
    for export in card.exports.values():
        assert all(sha256_of(folder / name) == sha256 for name, sha256 in export.files.items())


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def refuse(monkeypatch: pytest.MonkeyPatch, *refused: str) -> None:
    """Files that cannot be moved to where the words say, `folder/name`."""
    replace = Path.replace

    def replaced(self: Path, target: Any) -> Path:
        if "/".join(Path(target).parts[-2:]) in refused or "/".join(self.parts[-2:]) in refused:
            raise PermissionError(errno.EACCES, "Permission denied")
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", replaced)


@pytest.mark.parametrize("refused", ["kind.a", "kind.b", "model.yaml"])
@pytest.mark.parametrize("again", [False, True])
def test_a_file_that_cannot_be_moved_leaves_the_bundle_as_it_was(tmp_path, monkeypatch, refused: str, again) -> None:
    folder = tmp_path / "model"
    saved = save_bundle(model(), folder)
    if again:
        card, made = export_of(folder, "kind", "old")
        saved = add_export(saved, "kind", card, made)
        shutil.rmtree(made)
    before = contents(folder)
    card, made = export_of(folder, "kind", "new")
    refuse(monkeypatch, f"model/{refused}")
    with pytest.raises(OSError, match="Permission denied"):
        add_export(saved, "kind", card, made)
    assert contents(folder) == before
    assert load_bundle(folder).fingerprint == saved.fingerprint


def test_a_bundle_that_cannot_be_put_back_says_so_and_its_card_refuses_the_new_file(tmp_path, monkeypatch) -> None:
    folder = tmp_path / "model"
    saved = add_export(save_bundle(model(), folder), "kind", *export_of(folder, "kind", "old"))
    shutil.rmtree(folder / ".export-kind")
    card, made = export_of(folder, "kind", "new")
    refuse(monkeypatch, "model/model.yaml", "before/kind.a")
    with pytest.raises(BundleError, match=r"holds half an export .*Permission denied; torch still runs it"):
        add_export(saved, "kind", card, made)
    export = load_bundle(folder).card.exports["kind"]
    assert sha256_of(folder / "kind.a") != export.sha256


def test_a_bundle_replaced_by_another_model_takes_no_export_of_the_first(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    saved = save_bundle(model(), folder)
    shutil.rmtree(folder)
    save_bundle(model(2), folder)
    with pytest.raises(BundleError, match="another model than the one that was exported"):
        add_export(saved, "kind", *export_of(folder, "kind", "new"))
