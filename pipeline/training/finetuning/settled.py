"""Settled: what no epoch has to do again, done once, and where on its way a window is kept.

A window goes through shared stages, a branch's own, and the blocks that do not learn. Up to the first step that changes
windows at random (an augmentation, or mixup, which mixes images) the outcome is the same in every epoch.
"""

import json
import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from pipeline.models.branch import Branch
from pipeline.models.classifier import Classifier
from pipeline.models.features import FeatureCache, batch_key, cached, model_key
from pipeline.models.inference import CHUNK, body_digest
from pipeline.preprocessing.augment.augmentation import augmentations
from pipeline.preprocessing.base import Batch, Stage
from pipeline.preprocessing.chain import Chain
from pipeline.progress import Tick, unwatched
from pipeline.training.finetuning.frozen_prefix import FrozenBlock, frozen_prefix
from pipeline.training.window_set import WindowSet

KEPT_BYTES = 1 << 30
"""What frozen blocks make of all windows is kept up to this size; beyond it, what the deepest block makes that fits."""

SHARE_OF_CACHE = 0.25
"""Of the feature cache's limit that one run may fill with what its frozen blocks make."""


def settled_and_changing(*chains: Chain) -> tuple[nn.Sequential, nn.Sequential]:
    """Stages before the first augmentation, whose outcome is the same in every epoch; and it with those after it.

    Args:
        chains: that go on from one another, such as the shared one and a branch's own.

    Example:
        >>> from pipeline.preprocessing.base import Setting
        >>> shared = Chain(["fold"], Setting(None, 64))
        >>> before, after = settled_and_changing(shared, Chain(["standardise", "mask", "decibels"], shared.after))
        >>> len(before), len(after)
        (2, 2)
    """
    stages = [stage for chain in chains for stage in chain.stages]
    first = next((place for place, stage in enumerate(stages) if augmentations(stage)), len(stages))
    return nn.Sequential(*stages[:first]), nn.Sequential(*stages[first:])


@torch.no_grad()
def worth_keeping(settled: nn.Sequential, window: Batch, n_windows: int = 1) -> int:
    """How many settled steps to keep the outcome of.

    Stages cost little next to a backbone, and their last ones may only make more numbers of the same image (three
    planes of 224 x 224), so among them the outcome is kept where an image is smallest. Frozen blocks cost most of all:
    as many of them are run once as leave something that fits into `KEPT_BYTES`.

    Args:
        settled: steps whose outcome is the same in every epoch.
        window: one, as it reaches the first of them.
        n_windows: how many are to be kept.

    Example:
        >>> from pipeline.preprocessing.base import Setting
        >>> settled, _ = settled_and_changing(Chain([{"fold": {"rows": 8, "columns": 8}}, "resize"], Setting(None, 64)))
        >>> worth_keeping(settled, Batch.of(torch.zeros(1, 1, 64)))
        1
    """
    smallest, count = math.inf, 0
    for place, step in enumerate(settled, start=1):
        window = step(window)
        size = window.values.numel()
        if isinstance(step, FrozenBlock):
            if size * window.values.element_size() * n_windows <= KEPT_BYTES:
                count = place
        elif isinstance(step, Stage) and (step.takes == "samples" or size <= smallest):
            smallest, count = size, place
    return count


@dataclass(frozen=True)
class Way:
    """A window's way to what learns.

    Attributes:
        kept: steps done once, whose outcome is kept.
        anew: steps done for every batch.
        n_run: how many blocks of the backbone are among them.
    """

    kept: nn.Sequential
    anew: nn.Sequential
    n_run: int


def way_of(classifier: Classifier, branch: Branch, window: Batch, n_windows: int, *, mixes: bool) -> Way:
    """How windows reach the blocks that learn.

    Args:
        classifier, branch: the net and its branch, blocks frozen as its regime says.
        window: one of them.
        n_windows: how many are to be kept.
        mixes: whether images are mixed before the backbone sees them.
    """
    settled, changing = settled_and_changing(classifier.shared, branch.chain)
    # Mixed images reach even the frozen blocks anew, so these are then left to the branch.
    blocks = [] if mixes else frozen_prefix(branch)
    steps = [*settled, *changing, *blocks]
    firm = nn.Sequential(*(settled if len(changing) else steps))
    n_kept = worth_keeping(firm, window, n_windows)
    n_run = sum(isinstance(step, FrozenBlock) for step in blocks)
    return Way(nn.Sequential(*steps[:n_kept]), nn.Sequential(*steps[n_kept:]), n_run)


@torch.no_grad()
def made(
    way: Way,
    classifier: Classifier,
    branch: Branch,
    windows: WindowSet,
    cache: FeatureCache | None = None,
    tick: Tick = unwatched,
) -> Batch:
    """Every window after the steps that no epoch has to repeat.

    What frozen blocks made is taken from the feature cache and left there, where it fills a part of it only; images
    are quicker made than read.
    """
    n_windows, what = len(windows.signal_of_window), "running frozen blocks" if runs_blocks(way) else "making images"
    keys = _Keys(classifier, branch, way) if cache is not None and runs_blocks(way) else None
    values, facts, done = None, [], 0
    for number, batch in enumerate(windows.batches):
        tick(what, number, len(windows.batches))
        if keys is not None and (values is None or _fits(cache, values)):
            found = _cached(cache, keys.of(batch), way, batch)
        else:
            found = _through(way, batch)
        if values is None:
            values = torch.empty(n_windows, *found.values.shape[1:], dtype=found.values.dtype)
        values[done : done + len(found.values)] = found.values
        facts.append(found[1:])
        done += len(found.values)
    tick(what, len(windows.batches), len(windows.batches))
    assert values is not None
    return Batch(values, *(torch.cat(parts) for parts in zip(*facts, strict=True)))


def runs_blocks(way: Way) -> bool:
    """Whether what is kept was made by blocks of the backbone."""
    return any(isinstance(step, FrozenBlock) for step in way.kept)


def _cached(cache: FeatureCache | None, key: str, way: Way, batch: Batch) -> Batch:
    def compute() -> Tensor:
        return _through(way, batch).values

    return batch._replace(values=cached(cache, key, compute))


def _through(way: Way, batch: Batch) -> Batch:
    chunks = [way.kept(batch.rows(slice(start, start + CHUNK))) for start in range(0, len(batch.values), CHUNK)]
    return Batch(*(torch.cat(parts) for parts in zip(*chunks, strict=True)))


def _fits(cache: FeatureCache | None, values: Tensor) -> bool:
    return cache is not None and values.numel() * values.element_size() <= SHARE_OF_CACHE * cache.limit_bytes


class _Keys:
    """Under which key the feature cache has what the frozen blocks make of some windows."""

    def __init__(self, classifier: Classifier, branch: Branch, way: Way) -> None:
        assert branch.backbone is not None
        n_run = sum(isinstance(step, FrozenBlock) for step in way.kept)
        parts: dict[str, object] = {
            "shared": classifier.shared.specs,
            "stages": branch.chain.specs,
            "setting": list(classifier.setting),
            "backbone": branch.backbone.name,
            "blocks": branch.backbone.block_names[:n_run],
            "body": body_digest(branch),
            "places": branch.place_of_label.tolist(),
        }
        self.model = model_key({"frozen prefix": json.dumps(parts, sort_keys=True), "dtype": "float32"})

    def of(self, batch: Batch) -> str:
        """The key of some windows."""
        return model_key({"model": self.model, "windows": batch_key(batch)})
