"""Making the ready model: the same seed makes the same one."""

from pathlib import Path

import torch
from safetensors.torch import load_file

from pipeline.workflow.rebuild_ready import rebuild


def test_the_same_seed_makes_the_same_weights_which_know_something_and_another_seed_makes_others(tmp_path: Path):
    asked = (("a", 200, 1), ("b", 200, 1), ("c", 64, 2))
    one, again, other = (rebuild(tmp_path / name, n_signals=count, seed=seed) for name, count, seed in asked)
    weights = [load_file(model.folder / "weights.safetensors") for model in (one, again, other)]
    assert one.fingerprint == again.fingerprint != other.fingerprint
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])
    assert not all(torch.equal(weights[0][name], weights[2][name]) for name in weights[0])
    assert one.card.provenance["held_out"]["macro_auroc"] > 60
