"""How fast the regime `head` trains: against the usual loop through the frozen net, and on all of H1.

    FAULTPRINT_DATA=... FAULTPRINT_WEIGHTS=... python benchmarks/training_speed.py --json training_speed.json

Two jobs, SqueezeNet 1.1 on wavelet images, two threads. The first: 720 windows (an H1 training side), features computed
once and written to a cache, and a head trained on them, against 30 epochs of the usual loop through the same frozen net
with the same head and optimiser (AdamW, one cycle, batches of 32, no gradients in the net). Images are made once for
both. The second: the 1,440 windows of H1, features and the heads of its 100 splits.

Without the public recordings: as many windows of simulated machines, and splits drawn at random. `--quick`: few windows
and splits, and three epochs of the loop, scaled to 30; `epochs_measured` says how many were run.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from honest.fleet import fleet, random_splits
from honest.h1 import h1
from honest.h1_table import ORDERS, RANDOM, WAVELET
from honest.methods import CONFIGS, start_of
from honest.protocol import Protocol
from ledger import Ledger, arguments, count
from torch import Tensor

from pipeline.config import load_config
from pipeline.errors import CatalogError, WeightsError
from pipeline.models.branch import Branch
from pipeline.models.classifier import Classifier
from pipeline.models.features import FeatureCache
from pipeline.models.head import Head
from pipeline.preprocessing.base import Batch
from pipeline.training.fit import solve_heads, specimens_of
from pipeline.training.heads import HeadConfig, solve_head
from pipeline.training.heads.mlp import train_mlp
from pipeline.training.heads.solve import scale_of
from pipeline.training.loss import balance_of, soft_loss
from pipeline.training.regime import TrainedBranchConfig
from pipeline.training.window_features import compute_features
from pipeline.training.window_set import WindowSet

EPOCHS = 30
LEAST_RATIO = 20.0
LONGEST_S = 180.0
LOOP = HeadConfig(method="mlp", epochs=EPOCHS, batch=32, learning_rate=1e-3, dropout=0.0, noise=0.0)
"""The head of both sides: one linear layer, trained by AdamW."""
HEADS = (
    HeadConfig(method="ridge"),
    HeadConfig(method="ridge", strength="auto"),
    HeadConfig(method="logistic"),
    HeadConfig(method="logistic", strength="auto"),
)


class Size(NamedTuple):
    """How much is timed.

    Attributes:
        signals: that train in the first job.
        epochs: of the loop that are run.
        splits: of the second job; of the slower heads a thirtieth of them.
    """

    signals: int = 72
    epochs: int = EPOCHS
    splits: int = 100


QUICK = Size(signals=10, epochs=3, splits=10)


def flags(parser: argparse.ArgumentParser) -> None:
    """What this script takes besides the flags of every script."""
    parser.add_argument("--threads", type=count, default=2)


class Net(NamedTuple):
    """A frozen net.

    Attributes:
        classifier: with one branch.
        branches: as its config has them.
        weights: imagenet, or random where the weights are not at hand.
    """

    classifier: Classifier
    branches: Sequence[TrainedBranchConfig]
    weights: str

    @property
    def branch(self) -> Branch:
        """The one."""
        return self.classifier.branches[0]


def net_of(file: str, setting: Protocol) -> Net:
    """A config's net; with random weights where ImageNet's are not at hand, which takes as long."""
    config = load_config(CONFIGS / file)
    with suppress(WeightsError):
        return Net(start_of(config, setting).classifier, config.branches, "imagenet")
    config = load_config(CONFIGS / file, (RANDOM,))
    return Net(start_of(config, setting).classifier, config.branches, "random")


def seconds_of(function: Callable[[], object]) -> float:
    """How long one call takes; these take seconds, and a second call would find its features in the cache."""
    started = time.perf_counter()
    function()
    return time.perf_counter() - started


def by_features(net: Net, windows: WindowSet, config: HeadConfig) -> Head:
    """The regime head: features once, written to a cache of its own, then the head."""
    with tempfile.TemporaryDirectory() as folder:
        (features,) = compute_features(net.classifier, windows, FeatureCache(Path(folder)))
        head = Head(features.shape[1], windows.targets.shape[1])
        if config is LOOP:
            centre, spread = scale_of(features)
            return train_mlp(head.scale(centre, spread), features, windows.window_targets, config, False, seed=0)
        solve_head(head, features, windows.window_targets, config, False, 0, specimens_of(windows))
    return head


def images_of(net: Net, windows: WindowSet) -> Tensor:
    """What the shared stages make of every window."""
    with torch.inference_mode():
        return torch.cat([net.classifier.shared(batch).values for batch in windows.batches]).clone()


def epoch_of(net: Net, head: Head, images: Tensor, targets: Tensor, step: Callable[[Tensor], None]) -> None:
    """The usual loop, once around: every image through the frozen net, and a step of the head."""
    balance = balance_of(targets, multiclass=False)
    for chosen in torch.split(torch.randperm(len(images)), LOOP.batch):
        with torch.no_grad():
            features = net.branch.features(Batch.of(images[chosen]))
        step(soft_loss(head(features), targets[chosen], balance, multiclass=False))


def loop_seconds(net: Net, windows: WindowSet, epochs: int) -> tuple[float, list[float]]:
    """Seconds to make the images, and of every epoch that was run."""
    net.classifier.eval()
    targets = windows.window_targets
    head = Head(net.branch.head.n_features, targets.shape[1])
    optimiser = torch.optim.AdamW(head.parameters(), weight_decay=LOOP.weight_decay)
    steps = -(-len(targets) // LOOP.batch) * EPOCHS
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LOOP.learning_rate, total_steps=steps)

    def step(loss: Tensor) -> None:
        optimiser.zero_grad()
        torch.autograd.backward(loss)
        optimiser.step()
        schedule.step()

    started = time.perf_counter()
    images = images_of(net, windows)
    made_s = time.perf_counter() - started
    return made_s, [seconds_of(partial(epoch_of, net, head, images, targets, step)) for _ in range(epochs)]


def ratio(ledger: Ledger, setting: Protocol, size: Size, data: str) -> None:
    """The first job."""
    net = net_of(WAVELET, setting)
    windows = setting.windows.some(range(size.signals))
    by_features(net, windows.some([0, 1]), LOOP)  # warms up
    made_s, epochs_s = loop_seconds(net, windows, size.epochs)
    loop_s = made_s + EPOCHS * float(np.mean(epochs_s))
    common = {"job": "head on frozen net", "data": data, "windows": len(windows.signal_of_window), **said(net)}
    ledger.add(**common, method=f"usual loop, {EPOCHS} epochs", seconds=loop_s, epochs_measured=size.epochs)
    for name, config in (("the same head and optimiser", LOOP), ("ridge", HEADS[0])):
        ours_s = seconds_of(partial(by_features, net, windows, config))
        found = loop_s / ours_s
        target = LEAST_RATIO if config is LOOP else None
        reached = None if target is None else "reached" if found >= target else "missed"
        ledger.add(
            **common, method=f"features once, cache written; {name}", seconds=ours_s, ratio=found, target=target,
            reached=reached,
        )  # fmt: skip


def said(net: Net) -> dict[str, str | None]:
    """The columns of a net."""
    return {"backbone": net.branch.config.backbone, "weights": net.weights}


def all_splits(ledger: Ledger, setting: Protocol, data: str, file: str, image: str) -> None:
    """The second job."""
    net, owners = net_of(file, setting), specimens_of(setting.windows)
    started = time.perf_counter()
    features = compute_features(net.classifier, setting.windows, FeatureCache())
    features_s, targets = time.perf_counter() - started, setting.windows.window_targets
    for config in HEADS:
        splits = setting.splits if config is HEADS[0] else setting.splits[: max(1, len(setting.splits) // 30)]
        branches = [branch.model_copy(update={"head": config}) for branch in net.branches]
        started = time.perf_counter()
        for one in splits:
            solve_heads(
                net.classifier, branches, [found[one.train] for found in features], targets[one.train],
                multiclass=False, specimens=owners[one.train],
            )  # fmt: skip
            with torch.inference_mode():
                net.branch.head(features[0][one.test])
        a_split_s = (time.perf_counter() - started) / len(splits)
        total_s = features_s + 100 * a_split_s
        complete = len(splits) == 100
        ledger.add(
            job="features and 100 splits of heads", data=data, windows=len(targets), **said(net), image=image,
            method=f"{config.method}, strength {config.strength or 'as is'}", features_s=features_s,
            ms_per_split=1000 * a_split_s, seconds=total_s, splits_measured=len(splits),
            target=LONGEST_S if complete else None,
            reached=("reached" if total_s < LONGEST_S else "missed") if complete else None,
        )  # fmt: skip


def setting_of(size: Size, quick: bool) -> tuple[Protocol, str]:
    """H1, or as many windows of simulated machines."""
    try:
        return h1(n_splits=size.splits, per_signal=2 if quick else 10), "H1"
    except CatalogError:
        made = fleet(*(2, 2) if quick else (20, 20))
        counted = len(made.windows.signal_of_window)
        return replace(made, splits=random_splits(made, size.splits, counted // 2, counted // 4)), "simulated"


def main() -> None:
    """Both jobs."""
    options = arguments(__doc__, flags)
    torch.set_num_threads(options.threads)
    size, ledger = QUICK if options.quick else Size(), Ledger("training_speed.py")
    with tempfile.TemporaryDirectory() as cache:
        os.environ["FAULTPRINT_CACHE"] = cache
        setting, data = setting_of(size, options.quick)
        ratio(ledger, setting, size, data)
        all_splits(ledger, setting, data, WAVELET, "wavelet")
        all_splits(ledger, setting, data, ORDERS, "fault_order")
    ledger.note("images are made once on both sides; the loop resizes them and asks the net in every epoch")
    ledger.note("heads beside plain ridge are timed on a thirtieth of the splits and scaled to 100")
    ledger.finish(options.json)


if __name__ == "__main__":
    main()
