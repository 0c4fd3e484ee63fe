"""Pretraining: the loss falls, and what was learned is a weights file that fine-tuning starts from."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

from pipeline.models.branch import Branch
from pipeline.preprocessing.base import Setting
from pipeline.preprocessing.chain import Chain
from pipeline.signals.simulation.endless.ranges import RANGES
from pipeline.training.fit import start_weights
from pipeline.training.regime import TrainedBranchConfig
from pipeline.training.simulated.pretrain import PretrainConfig, pretrain
from pipeline.training.simulated.ready_model import LABELS

SMALL = PretrainConfig(backbone="small", weights="random", pixels=32, n_signals=640, learning_rate=3e-3)
LOUD = replace(RANGES, fault_db=(12.0, 12.0), faulty=0.9)


def test_the_loss_falls_on_machines_never_shown_before(tmp_path: Path):
    losses = pretrain(SMALL, tmp_path / "small.safetensors", seed=1, ranges=LOUD)
    assert len(losses) == 10
    assert np.mean(losses[-3:]) < 0.9 * np.mean(losses[:2])


def test_what_was_learned_starts_a_backbone(tmp_path: Path):
    path = tmp_path / "small.safetensors"
    pretrain(SMALL.model_copy(update={"n_signals": 64}), path, seed=1)
    config = TrainedBranchConfig(backbone="small", weights=str(path), planes="shared", stages=SMALL.branch.stages)
    shared = Chain(["fault_order"], Setting(12000.0, 12000))
    branch = Branch(config.architecture, shared.after, LABELS)
    file = start_weights(branch, config, seed=0)
    assert file is not None
    assert file.path == path
    learned = load_file(path)
    assert branch.backbone is not None
    state = branch.backbone.net.state_dict()
    assert all(torch.equal(state[name], tensor) for name, tensor in learned.items())
