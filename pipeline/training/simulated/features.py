"""Features of simulated machines: what a net's heads are trained on, computed on as many processes as are at hand."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

import numpy as np
import torch
from torch import Tensor

from pipeline.models.branch import BranchConfig
from pipeline.models.classifier import Classifier
from pipeline.models.inference import FeatureMaker
from pipeline.preprocessing.base import Setting
from pipeline.preprocessing.chain import StageSpec
from pipeline.progress import Tick, unwatched
from pipeline.signals.simulation.endless.ranges import RANGES, Ranges
from pipeline.training.simulated.stream import CHUNK, shown


def simulated_features(
    stages: Sequence[StageSpec],
    branch: BranchConfig,
    setting: Setting,
    labels: Sequence[str],
    *,
    seed: int,
    n_signals: int,
    ranges: Ranges = RANGES,
    workers: int = 1,
    tick: Tick = unwatched,
) -> tuple[Tensor, Tensor]:
    """What a branch's head sees of so many machines, and what is wrong with them.

    Args:
        stages, branch, setting, labels: of the net.
        seed, n_signals, ranges: which machines.
        workers: processes; what comes out does not depend on it.
        tick: told of progress.

    Returns:
        Features (signal, feature), and truth (signal, label), 0 or 1.
    """
    of_chunk = partial(_of_chunk, list(stages), branch, setting, list(labels), seed, n_signals, ranges)
    starts = range(0, n_signals, CHUNK)
    features = np.empty(0, dtype=np.float32)
    truth = np.zeros((n_signals, len(labels)), dtype=np.float32)
    for start, (found, targets) in zip(starts, _each(of_chunk, starts, workers), strict=True):
        if not features.size:
            features = np.zeros((n_signals, found.shape[1]), dtype=np.float32)
        features[start : start + CHUNK], truth[start : start + CHUNK] = found, targets
        tick("simulating machines", start, n_signals)
    tick("simulating machines", n_signals, n_signals)
    return torch.from_numpy(features), torch.from_numpy(truth)


Found = tuple["np.ndarray[tuple[int, int], np.dtype[np.float32]]", "np.ndarray[tuple[int, int], np.dtype[np.float32]]"]


def _each(of_chunk: "partial[Found]", starts: Sequence[int], workers: int) -> Iterator[Found]:
    if workers == 1:
        yield from map(of_chunk, starts)
        return
    # Started anew, not forked: torch's threads do not outlive a fork.
    with ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=torch.set_num_threads, initargs=(1,)
    ) as pool:
        yield from pool.map(of_chunk, starts, chunksize=8)


_nets: dict[str, FeatureMaker] = {}
"""Of this process; a net is built once and serves every chunk."""


def _of_chunk(
    stages: list[StageSpec],
    branch: BranchConfig,
    setting: Setting,
    labels: list[str],
    seed: int,
    n_signals: int,
    ranges: Ranges,
    start: int,
) -> Found:
    key = f"{stages} {branch!r} {setting} {labels}"
    if key not in _nets:
        _nets[key] = FeatureMaker(Classifier(stages, [branch], setting, labels))
    batch, targets = shown(seed, range(start, min(start + CHUNK, n_signals)), labels, ranges)
    return _nets[key].features(batch)[0].numpy(), targets.numpy()
