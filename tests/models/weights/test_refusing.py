"""A file of anything else is refused in one line, with what differs, and never run."""

import pickle
import re
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file
from weight_files import NET, as_file

from pipeline.errors import WeightsError
from pipeline.models.backbone import Backbone, recipe_of
from pipeline.models.pretrained.fit import fit_of
from pipeline.models.torchvision_adapter import torchvision
from pipeline.models.weights import WeightsFile, find_weights, load_weights


def refused(backbone: Backbone, path: Path) -> str:
    before = {key: tensor.clone() for key, tensor in backbone.state_dict().items()}
    with pytest.raises(WeightsError) as told:
        load_weights(backbone, as_file(path))
    assert all(torch.equal(tensor, before[key]) for key, tensor in backbone.state_dict().items())
    assert "\n" not in str(told.value)
    return str(told.value)


def test_a_file_of_another_net_is_refused_with_what_differs(original):
    message = refused(Backbone("squeezenet1_0"), original)
    assert "is not a weights file of squeezenet1_0" in message
    assert "12 missing (features.5.squeeze.weight, " in message
    assert "features.0.weight 64x3x3x3 for 96x3x7x7" in message


def test_a_deeper_net_of_the_same_family_is_refused_too(tmp_path):
    with torch.device("meta"):
        deeper = torchvision.models.resnet34(weights=None)
    state = {key: torch.zeros(tensor.shape, dtype=tensor.dtype) for key, tensor in deeper.state_dict().items()}
    torch.save(state, tmp_path / "resnet34.pth")
    assert "unknown (layer1.2.conv1.weight" in refused(Backbone("resnet18"), tmp_path / "resnet34.pth")
    assert "unknown (layer1.2.conv1.weight" in refused(Backbone("resnet18", "layer1"), tmp_path / "resnet34.pth")


@pytest.mark.parametrize("kept", [0, 10, 5_000, 2_000_000])
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_a_file_that_was_cut_off_is_refused(tmp_path, original, whole_net, kept, suffix):
    if suffix == ".safetensors":
        save_file(whole_net, tmp_path / "whole.safetensors")
    whole = original if suffix == ".pth" else tmp_path / "whole.safetensors"
    path = tmp_path / f"cut{suffix}"
    path.write_bytes(whole.read_bytes()[:kept])
    assert "cannot be read as weights" in refused(Backbone(NET), path)


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@pytest.mark.parametrize(
    "content", [b"174812789\n", b"<html>not found</html>", b"version https://git-lfs...", b"\x00" * 99]
)
def test_a_file_that_no_weights_were_written_to_says_so_and_not_what_torch_says(tmp_path, content, suffix):
    path = tmp_path / f"page{suffix}"
    path.write_bytes(content)
    told = (
        f"{path} cannot be read as weights: it is neither a safetensors file nor one of torch.save; give a weights file"
    )
    assert refused(Backbone(NET), path) == told


def test_weights_are_known_by_what_is_in_a_file_and_not_by_its_name(tmp_path, whole_net):
    save_file(whole_net, tmp_path / "tensors.pth")
    load_weights(Backbone(NET), WeightsFile(tmp_path / "tensors.pth", "", "path"))


class Trap:
    def __reduce__(self):
        return (Path.touch, (Path("trap-was-sprung"),))


@pytest.mark.parametrize("content", [Trap(), [torch.zeros(3)], {"epoch": 3}, torch.zeros(3)])
def test_a_file_of_anything_but_named_tensors_is_refused_and_never_run(tmp_path, monkeypatch, content):
    monkeypatch.chdir(tmp_path)
    torch.save(content, tmp_path / "odd.pth")
    assert re.search("cannot be read as weights|holds no state dict", refused(Backbone(NET), tmp_path / "odd.pth"))
    assert not (tmp_path / "trap-was-sprung").exists()


def test_names_that_training_on_several_devices_left_are_told_with_what_to_save(tmp_path, whole_net):
    torch.save({f"module.{key}": tensor for key, tensor in whole_net.items()}, tmp_path / "parallel.pth")
    message = refused(Backbone(NET), tmp_path / "parallel.pth")
    assert "every name begins with module., as DataParallel writes them; save net.module.state_dict()" in message


def test_a_file_with_values_that_are_no_numbers_is_refused_by_name_and_by_verify(tmp_path):
    state = Backbone("small").net.state_dict()
    name = next(iter(state))
    state[name].view(-1)[0] = float("nan")
    torch.save(state, tmp_path / "broken.pth")
    told = f"1 with values that are no numbers ({name})"
    with pytest.raises(WeightsError, match=re.escape(told)):
        load_weights(Backbone("small"), find_weights("small", tmp_path / "broken.pth"))
    assert fit_of(recipe_of("small"), tmp_path / "broken.pth").differs == told


def test_a_pickle_of_something_else_is_refused_without_a_word_of_torchs(tmp_path, recwarn):
    (tmp_path / "other.pth").write_bytes(pickle.dumps({"a": 1}, protocol=4))
    with pytest.raises(WeightsError, match="another pickle"):
        load_weights(Backbone("small"), find_weights("small", tmp_path / "other.pth"))
    assert not recwarn.list


def test_a_trained_model_in_place_of_weights_is_told_where_it_belongs(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model.yaml").touch()
    with pytest.raises(WeightsError, match=r"which is a trained model; take it over by a branch that is bundle: "):
        find_weights(NET, tmp_path)
