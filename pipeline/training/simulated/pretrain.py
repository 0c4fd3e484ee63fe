"""Pretraining: a CNN that learns to read fault-order pictures of simulated machines before it meets a real one.

It asks every fault plane whether its fault is there, as the ready model does; its backbone is kept as a weights file,
which a config's `weights: PATH` starts fine-tuning from. No machine is shown twice.
"""

from pathlib import Path
from typing import Literal

import torch
from pydantic import Field
from safetensors.torch import save_file

from pipeline.models.branch import Branch
from pipeline.models.classifier import Classifier
from pipeline.preprocessing.base import Batch
from pipeline.preprocessing.chain import StageSpec
from pipeline.progress import Tick, unwatched
from pipeline.signals.simulation.endless.ranges import RANGES, Ranges
from pipeline.strict import Strict
from pipeline.training.fit import start_weights
from pipeline.training.loss import Balance, soft_loss
from pipeline.training.regime import TrainedBranchConfig
from pipeline.training.simulated.ready_model import LABELS, SETTING
from pipeline.training.simulated.stream import CHUNK, Shown, stream


class PretrainConfig(Strict):
    """What is pretrained, and for how long.

    Example:
        >>> PretrainConfig(backbone="squeezenet1_1").weights
        'imagenet'
    """

    backbone: str
    layer: str | None = Field(None, description="the last block that is trained and kept")
    weights: Literal["imagenet", "random"] = "imagenet"
    pixels: int = Field(112, ge=16, description="rows and columns of the picture")
    n_signals: int = Field(20_000, ge=1, description="machines, each seen once")
    learning_rate: float = Field(1e-3, gt=0, description="peak of one cycle")
    weight_decay: float = Field(1e-2, ge=0)

    @property
    def branch(self) -> TrainedBranchConfig:
        """The branch that learns; fine-tuning wants the same stages."""
        resize: StageSpec = {"resize": {"rows": self.pixels, "columns": self.pixels}}
        stages: list[StageSpec] = ["rivals", resize, {"to_imagenet": {"low": 0.0, "high": 4.0}}]
        return TrainedBranchConfig(
            stages=stages, backbone=self.backbone, layer=self.layer, weights=self.weights, planes="shared"
        )


def pretrain(
    config: PretrainConfig, out: Path, *, seed: int = 0, ranges: Ranges = RANGES, tick: Tick = unwatched
) -> list[float]:
    """Train a net on simulated machines, and write its backbone as a weights file.

    Args:
        config: which net, from which weights, for how long.
        out: the file, `.safetensors`.
        seed: of machines and random weights.
        ranges: how machines differ.
        tick: told of progress.

    Returns:
        The loss, batch by batch.

    Raises:
        WeightsError: when the weights to start from cannot be had.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        classifier = Classifier(["fault_order"], [config.branch.architecture], SETTING, LABELS)
        branch = classifier.branches[0]
        start_weights(branch, config.branch, seed)
        # Standardised features are clipped in a solved head; here that would stop gradients.
        branch.head.clip.fill_(torch.inf)
        losses = _taught(classifier, branch, config, seed, ranges, tick)
    assert branch.backbone is not None
    kept = {name: tensor.contiguous() for name, tensor in branch.backbone.net.state_dict().items()}
    save_file(kept, out)
    return losses


def _taught(
    classifier: Classifier, branch: Branch, config: PretrainConfig, seed: int, ranges: Ranges, tick: Tick
) -> list[float]:
    n_steps = -(-config.n_signals // CHUNK)
    optimiser = torch.optim.AdamW(branch.parameters(), weight_decay=config.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, config.learning_rate, total_steps=max(n_steps, 10))
    share = ranges.faulty / len(LABELS)
    balance = Balance(torch.full((1,), 0.5 / share), torch.full((1,), 0.5 / (1 - share)))
    branch.train()
    losses = []
    for done, one in enumerate(stream(seed, config.n_signals, LABELS, ranges)):
        tick("pretraining", done, n_steps)
        loss = _loss(classifier, branch, one, balance)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimiser.step()
        schedule.step()
        losses.append(float(loss.detach()))
    branch.eval()
    return losses


def _loss(classifier: Classifier, branch: Branch, one: Shown, balance: Balance) -> torch.Tensor:
    with torch.no_grad():
        image: Batch = classifier.shared(one.batch)
    return soft_loss(branch(image), one.targets, balance, multiclass=False)
