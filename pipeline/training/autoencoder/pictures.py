"""Pictures: what a backbone sees of recordings, whatever is wrong with them."""

from collections.abc import Sequence

import torch
from torch import Tensor

from pipeline.catalog.row import Row
from pipeline.catalog.splitting.groups import part_of
from pipeline.errors import RequestError
from pipeline.models.branch import Branch
from pipeline.models.classifier import Classifier
from pipeline.models.inference import CHUNK
from pipeline.training.window_set import WindowSet

MOST_BYTES = 2 << 30


@torch.inference_mode()
def pictures_of(net: Classifier, branch: Branch, windows: WindowSet) -> Tensor:
    """Every window as a branch's backbone sees it, (picture, 3, row, column); several where it asks plane by plane.

    Raises:
        RequestError: for a branch without a backbone, or more pictures than a memory holds.
    """
    if branch.backbone is None:
        raise RequestError("there is nothing to pretrain: this branch has no backbone; name one, such as small")
    found, taken = [], 0
    for batch in windows.batches:
        for start in range(0, len(batch.values), CHUNK):
            image = branch.image(net.shared(batch.rows(slice(start, start + CHUNK))))
            if branch.config.first_convolution or image.shape[1] % 3:
                raise RequestError(f"pictures of three planes are drawn again, got {image.shape[1]}; add to_imagenet")
            found.append(image.reshape(-1, 3, *image.shape[-2:]).contiguous())
            taken += found[-1].nbytes
            if taken > MOST_BYTES:
                told = f"more than {MOST_BYTES >> 30} GiB of pictures"
                raise RequestError(f"{told}; give fewer windows (window.per_signal) or smaller pictures (resize)")
    # Made without gradients, used with them.
    with torch.inference_mode(False):
        return torch.cat(found).clone()


def held_out_signals(rows: Sequence[Row], share: float, seed: int) -> list[int]:
    """Signals to judge by: all of some parts, so that none of them trains.

    Args:
        rows: of all signals; one that names no part goes with the others of its recording.
        share: of the parts.
        seed: which.

    Returns:
        Places; none where there is one part only.

    Example:
        >>> rows = [Row(name, "a.wav", specimen=part) for name, part in [("a", "x"), ("b", "y"), ("c", "x")]]
        >>> held_out_signals(rows, share=0.5, seed=0) in ([0, 2], [1])
        True
    """
    parts = sorted({part_of(row) for row in rows})
    order = torch.randperm(len(parts), generator=torch.Generator().manual_seed(seed)).tolist()
    held = {parts[place] for place in order[: max(1, round(share * len(parts)))]} if len(parts) > 1 else set()
    return [place for place, row in enumerate(rows) if part_of(row) in held]
