"""A real Ray cluster of two nodes on this host."""

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from kept_rows import diagnoses_in, files_in
from plant import Obeys, fill, night

from pipeline.batch.executors.on_ray import OnRay
from pipeline.errors import RequestError

ray = pytest.importorskip("ray", reason="needs the extra ray")
TESTS = Path(__file__).parents[1]


class SaysWhere(Obeys):
    """Tells on which node a file was read, as its site."""

    def diagnose(self, place, source):
        node = ray.get_runtime_context().get_node_id()
        return [replace(answer, site=node) for answer in super().diagnose(place, source)]


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch):
    from ray.cluster_utils import Cluster

    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(TESTS), os.environ.get("PYTHONPATH")])))
    made = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "include_dashboard": False})
    made.add_node(num_cpus=1)
    made.wait_for_nodes()
    yield made
    ray.shutdown()
    made.shutdown()


def test_two_nodes_share_an_inbox_and_a_crash_suspects_one_file_alone(cluster, tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGTERM)
    texts = {f"{number:02}.txt": f"ball{number}" for number in range(16)} | {"07.txt": "crash", "09.txt": "broken"}
    inbox, store = fill(tmp_path / "inbox", texts), str(tmp_path / "plant.db")
    summary = night(
        inbox,
        store,
        maker=SaysWhere(pause_s=0.2),
        executor=lambda maker, known: OnRay(maker, known, 2, cluster.address),
    )
    assert (summary.diagnosed, summary.quarantined, summary.left) == (14, 2, 0)
    assert {name for name, (state, _) in files_in(store).items() if state == "quarantined"} == {"07.txt", "09.txt"}
    assert signal.getsignal(signal.SIGTERM) is before
    assert len({row[6] for row in diagnoses_in(store) if row[8]}) == 2


def test_a_cluster_that_is_not_there_is_told(tmp_path: Path) -> None:
    inbox, store = fill(tmp_path / "inbox", {"a.txt": "ball"}), str(tmp_path / "plant.db")
    with pytest.raises(RequestError, match=r"--address 127.0.0.1:1: no Ray cluster answers"):
        night(inbox, store, executor=lambda maker, known: OnRay(maker, known, 2, "127.0.0.1:1"))
    assert {state for state, _ in files_in(store).values()} <= {"waiting"}


def test_more_workers_than_the_cluster_has_cores_wait_for_nothing(cluster, tmp_path: Path) -> None:
    inbox = fill(tmp_path / "inbox", {f"{number}.txt": f"ball{number}" for number in range(6)})
    store = str(tmp_path / "plant.db")
    summary = night(inbox, store, executor=lambda maker, known: OnRay(maker, known, 5, cluster.address))
    assert summary.diagnosed == 6
