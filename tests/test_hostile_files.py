"""Files that would run code, if anything in them were run: each is refused in a line, and nothing happens."""

import hashlib
import io
import pickle
import re
import shutil
from pathlib import Path

import pytest
import torch
from scipy.io import wavfile
from tiny import RATE_HZ, tone, write_config

from pipeline.models import ready
from pipeline.training.finetuning.checkpoint import left_in

YAML_BOMB = "!!python/object/apply:pathlib.Path.touch [!!python/object/apply:pathlib.Path [{path}]]\n"


class Bomb:
    """Touches a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[Path]]:
        return Path.touch, (self.path,)


@pytest.fixture
def crater(tmp_path: Path):
    """What is there once a bomb went off."""
    path = tmp_path / "crater"
    pickle.loads(pickle.dumps(Bomb(path)))
    assert path.exists(), "the bomb is a dud, and the test proves nothing"
    path.unlink()
    yield path
    assert not path.exists()


@pytest.fixture
def pump(tmp_path: Path) -> Path:
    path = tmp_path / "pump.wav"
    wavfile.write(path, RATE_HZ, tone("ball", seed=1))
    return path


def saved(content: object) -> bytes:
    """As torch.save writes it."""
    file = io.BytesIO()
    torch.save(content, file)
    return file.getvalue()


def refused(answer: tuple[int, str, str]) -> None:
    code, _, err = answer
    assert code == 2
    assert len(err.splitlines()) == 1
    assert "internal error" not in err


@pytest.mark.parametrize("packed", [pickle.dumps, saved], ids=["pickle", "torch.save"])
def test_weights_of_a_bundle_are_never_unpickled_even_where_its_card_vouches_for_them(
    run, crater: Path, pump: Path, tmp_path: Path, packed
) -> None:
    bundle = shutil.copytree(ready.FOLDER, tmp_path / "model")
    (bundle / "weights.safetensors").write_bytes(packed({"head.weight": Bomb(crater)}))
    sha256 = hashlib.sha256((bundle / "weights.safetensors").read_bytes()).hexdigest()
    card = (bundle / "model.yaml").read_text()
    vouched = re.sub(r"^weights_sha256: \w+", f"weights_sha256: {sha256}", card, flags=re.MULTILINE)
    assert vouched.count(sha256) == 1
    (bundle / "model.yaml").write_text(vouched)
    refused(run("diagnose", bundle, pump))


@pytest.mark.parametrize("packed", [pickle.dumps, saved], ids=["pickle", "torch.save"])
def test_a_file_of_weights_holds_tensors_or_is_refused(run, crater: Path, tmp_path: Path, packed) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(packed({"conv.weight": Bomb(crater)}))
    code, out, err = run("weights", "verify", path, "--backbone", "resnet18")
    assert code == 2
    assert "cannot be read as weights" in out + err


def test_a_checkpoint_holds_tensors_or_is_none(crater: Path, tmp_path: Path) -> None:
    path = tmp_path / "fold.ckpt"
    path.write_bytes(saved({"model": Bomb(crater)}))
    assert left_in(path) is None


@pytest.mark.parametrize("where", ["side file", "bearing", "config", "card", "rules"])
def test_no_yaml_makes_an_object(run, crater: Path, pump: Path, tmp_path: Path, where: str) -> None:
    text = YAML_BOMB.format(path=crater)
    path = tmp_path / "hostile.yaml"
    path.write_text(f"name: {text}")
    if where == "side file":
        (tmp_path / "pump.wav.yaml").write_text(f"labels: {text}")
        code, out, err = run("inspect", pump)
        assert code == 3
        assert "cannot be read as YAML" in out + err
    elif where == "bearing":
        refused(run("diagnose", "ready", pump, "--speed-rpm", 1797, "--bearing", path))
    elif where == "config":
        refused(run("split", path))
        good = write_config(tmp_path / "tiny.yaml", tmp_path / "none.csv")
        refused(run("split", good, "--set", f"name={text.strip()}"))
    elif where == "card":
        bundle = shutil.copytree(ready.FOLDER, tmp_path / "model")
        (bundle / "model.yaml").write_text(f"format: 1\nname: {text}")
        refused(run("diagnose", bundle, pump))
    else:
        (tmp_path / "inbox").mkdir()
        refused(run("batch", "ready", tmp_path / "inbox", "--store", tmp_path / "plant.db", "--rules", path))
