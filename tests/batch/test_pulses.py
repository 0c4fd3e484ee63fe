"""Pulses: what a monitor asks of a store, of either kind."""

import json
from pathlib import Path

from plant import fill, night


def test_health_asks_either_store(run, store: str, tmp_path: Path) -> None:
    inbox = fill(tmp_path / "inbox", {"a-1.txt": "healthy", "b-1.txt": "broken"})
    night(inbox, store)
    code, out, _ = run("health", store, "--json")
    (pulse,) = json.loads(out)["inboxes"]
    assert (code, pulse["inbox"], pulse["outcome"]) == (0, str(inbox), "done")
    assert (pulse["files"], pulse["newest"]) == ({"done": 1, "quarantined": 1}, {"done": 1, "quarantined": 1})
    assert (pulse["listed"], pulse["untold"], pulse["reason"]) == (2, 0, "as it says")
