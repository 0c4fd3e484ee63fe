"""Weights are fetched whole, verified, once; or nothing is left, and it is said what to do."""

import socket
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from weight_files import NET, flipped, publish, put, sha256_of

from pipeline.errors import WeightsError
from pipeline.models import weights
from pipeline.models.weights import WeightsFile, fetch_weights, find_weights


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
