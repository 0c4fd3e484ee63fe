"""Time shift: a window may start at any moment of a machine that runs steadily."""

import torch
from pydantic import Field
from torch import Tensor

from pipeline.preprocessing.augment.augmentation import Augmentation, AugmentationConfig, drawn
from pipeline.preprocessing.base import Batch


class TimeShiftConfig(AugmentationConfig):
    """How far a window may be shifted."""

    furthest: float = Field(
        0.5, gt=0, le=0.5, description="to either side, as a share of the window; 0.5 is any shift there is"
    )


def time_shift(samples: Tensor, by: Tensor) -> Tensor:
    """Shift windows in a circle: what leaves at the end comes in at the start.

    Circular, because every sample is then one the machine made, and the magnitude of the spectrum stays what it was,
    frequency by frequency. Zeros instead would paint an edge that no machine has, for a net to learn.

    Args:
        samples: any unit, shape (batch, channel, time).
        by: samples to the right, whole numbers, shape (batch,).

    Returns:
        Same shape.

    Source: the shift theorem; Oppenheim and Schafer (2010), Discrete-time signal processing, 3rd ed., section 8.6.2.

    Example:
        >>> time_shift(torch.tensor([[[1.0, 2.0, 3.0]], [[4.0, 5.0, 6.0]]]), torch.tensor([1, -1]))
        tensor([[[3., 1., 2.]],
        <BLANKLINE>
                [[5., 6., 4.]]])
    """
    n_samples = samples.shape[-1]
    source = (torch.arange(n_samples, device=samples.device) - by[:, None]) % n_samples
    return samples.gather(-1, source[:, None].expand_as(samples))


class TimeShift(Augmentation[TimeShiftConfig]):
    """`time_shift` of every window by its own amount, in training."""

    Config = TimeShiftConfig

    def changed(self, batch: Batch) -> Batch:
        """Shifted windows; facts stay."""
        count, _, n_samples = batch.values.shape
        furthest = self.config.furthest * n_samples
        by = drawn((-furthest, furthest), (count,), batch.values.device).round().long()
        return batch._replace(values=time_shift(batch.values, by))
