"""Noise: white noise, so many decibels below each window's own power."""

import torch
from pydantic import Field
from torch import Tensor

from pipeline.preprocessing.augment.augmentation import Augmentation, AugmentationConfig, Range, drawn
from pipeline.preprocessing.augment.level import swing
from pipeline.preprocessing.base import Batch


class NoiseConfig(AugmentationConfig):
    """How far the window stands above the noise."""

    snr_db: Range = Field((5.0, 30.0), description="window over noise, by power; drawn evenly between the two")


def noise(samples: Tensor, snr_db: Tensor) -> Tensor:
    """Windows with white Gaussian noise added, each channel relative to its own power about its mean.

    Args:
        samples: any unit, shape (batch, channel, time).
        snr_db: 10 log10 of the power of the window over that of the noise, shape (batch,); kept exactly, as the noise
            is scaled by the power it turned out to have.

    Returns:
        Same shape; a window that does not move gets no noise.

    Source: Zhang, Li, Peng, Chen and Zhang (2018), A deep convolutional neural network with new training methods for
        bearing fault diagnosis under noisy environment and different working load, MSSP 100.

    Example:
        >>> noise(torch.tensor([[[3.0, 3.0, 3.0]]]), torch.tensor([0.0]))
        tensor([[[3., 3., 3.]]])
    """
    white = torch.randn_like(samples)
    signal, _ = swing(samples)
    raw, _ = swing(white)
    return samples + white * (signal / raw.clamp(min=1e-6) * 10.0 ** (-snr_db[:, None, None] / 20.0))


class Noise(Augmentation[NoiseConfig]):
    """`noise` in every window at its own ratio, in training."""

    Config = NoiseConfig

    def changed(self, batch: Batch) -> Batch:
        """Noisy windows; facts stay."""
        snr_db = drawn(self.config.snr_db, (len(batch.values),), batch.values.device)
        return batch._replace(values=noise(batch.values, snr_db))
