"""The public names: few, documented, quick to import."""

import subprocess
import sys

import pytest

import pipeline


def test_public_names_are_few_and_sorted() -> None:
    assert pipeline.__all__ == sorted(pipeline.__all__)
    assert len(pipeline.__all__) <= 20


@pytest.mark.parametrize("name", pipeline.__all__)
def test_every_public_name_is_there_and_documented_with_an_example(name: str) -> None:
    assert ">>> " in (getattr(pipeline, name).__doc__ or "")


def test_importing_the_package_loads_neither_torch_nor_anything_slow() -> None:
    code = "import sys, pipeline; print(sorted({'torch', 'numpy', 'scipy', 'pydantic', 'pandas'} & sys.modules.keys()))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_the_command_line_loads_no_torch_before_a_command_runs() -> None:
    code = "import sys, pipeline.cli; print(sorted({'torch', 'numpy', 'scipy', 'matplotlib'} & sys.modules.keys()))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_an_export_that_cannot_be_made_is_refused_before_torch_is_loaded() -> None:
    code = """
import sys
from pipeline.errors import RequestError
from pipeline.workflow.export import export

sys.modules["onnx"] = None  # as where the extra is not installed
for kind in ("onnx", "onyx"):
    try:
        export("no-such-model", kind)
    except RequestError as error:
        print(str(error).split(";")[0], "torch" in sys.modules)
"""
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.splitlines() == ["export to onnx needs onnx False", "unknown format 'onyx' False"]


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        pipeline.nonsense  # noqa: B018 - the look-up is the test
