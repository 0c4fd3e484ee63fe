"""Files and folders of weights; nothing but this machine can be reached."""

import errno
import socket
from pathlib import Path

import pytest
import torch
from weight_files import NET, named_by_hash

from pipeline.models.torchvision_adapter import torchvision


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
