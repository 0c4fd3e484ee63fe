"""The one module that imports torchvision, in processes of its own, because an import happens once."""

import re
import subprocess
import sys
from pathlib import Path

import pipeline

NEEDS_THE_OPERATOR = """
import torch

@torch.library.register_fake("torchvision::nms")
def shape_of_nms(dets, scores, iou_threshold):
    return dets
"""


def run(script: str, fake_torchvision: Path | None = None) -> subprocess.CompletedProcess[str]:
    first = f"import sys; sys.path.insert(0, {str(fake_torchvision)!r})\n" if fake_torchvision else ""
    command = [sys.executable, "-W", "error", "-c", first + script]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def fake(tmp_path: Path, source: str) -> Path:
    (tmp_path / "torchvision").mkdir()
    (tmp_path / "torchvision" / "__init__.py").write_text(source)
    return tmp_path


def test_torchvision_and_those_who_import_it_work_in_a_fresh_process():
    done = run(
        "from pipeline.models.torchvision_adapter import import_torchvision, torchvision\n"
        "import pytorch_lightning, timm\n"
        "assert import_torchvision() is torchvision\n"
        "print(torchvision.models.get_model_weights('resnet18').IMAGENET1K_V1.url)\n"
    )
    assert done.stdout.strip().endswith("resnet18-f37072fd.pth"), done.stderr


def test_missing_operators_are_declared_and_the_import_is_tried_again(tmp_path):
    script = "from pipeline.models.torchvision_adapter import torchvision; print(torchvision.shape_of_nms.__name__)"
    plain = run("import torchvision", fake(tmp_path, NEEDS_THE_OPERATOR))
    assert "operator torchvision::nms does not exist" in plain.stderr
    assert run(script, tmp_path).stdout.strip() == "shape_of_nms"


def test_a_healthy_torchvision_is_left_alone(tmp_path):
    script = (
        "from pipeline.models.torchvision_adapter import torchvision; import torch\n"
        "print(torchvision.healthy, hasattr(torch.ops.torchvision, 'nms'))"
    )
    assert run(script, fake(tmp_path, "healthy = True")).stdout.strip() == "True False"


def test_any_other_fault_is_raised_as_it_came_with_nothing_declared(tmp_path):
    script = (
        "import torch\n"
        "try:\n"
        "    import pipeline.models.torchvision_adapter\n"
        "except RuntimeError as error:\n"
        "    print(error, hasattr(torch.ops.torchvision, 'nms'))"
    )
    done = run(script, fake(tmp_path, "raise RuntimeError('no CUDA driver')"))
    assert done.stdout.strip() == "no CUDA driver False", done.stderr


def test_no_other_module_imports_torchvision():
    importing = re.compile(r"^\s*(import torchvision|from torchvision|.*import_module\(.torchvision)", re.MULTILINE)
    sources = Path(pipeline.__file__).parent.rglob("*.py")
    assert [path.name for path in sources if importing.search(path.read_text())] == ["torchvision_adapter.py"]
