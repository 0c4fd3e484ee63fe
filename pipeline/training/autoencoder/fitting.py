"""Fitting: encoder and decoder trained together until the picture that comes out is the one that went in."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from pipeline.errors import ConfigError, RequestError
from pipeline.models.backbone import Backbone
from pipeline.progress import Tick, unwatched
from pipeline.training.autoencoder.decoder import Decoder
from pipeline.training.regime import FitConfig

FEWEST_PICTURES = 2


@dataclass(frozen=True)
class Fitted:
    """How well pictures are drawn again; errors are mean squares of pictures as the backbone sees them.

    Attributes:
        history: `epoch`, `loss`.
        error: of pictures that did not train.
        mean_image_error: of the same by the mean of those that trained, which is what drawing without looking gives.
    """

    history: list[dict[str, float]]
    error: float
    mean_image_error: float

    @property
    def explained(self) -> float:
        """Share of what sets pictures apart that comes out again, 1 at best."""
        return 1.0 - self.error / self.mean_image_error if self.mean_image_error else 0.0


def fit_autoencoder(
    backbone: Backbone, pictures: Tensor, held_out: Tensor, fit: FitConfig, seed: int, tick: Tick = unwatched
) -> Fitted:
    """Train a backbone to keep in its features what a decoder needs to draw the picture again.

    Args:
        backbone: trained in place; its norms follow the pictures. Left in eval.
        pictures: as the backbone sees them, (picture, 3, row, column).
        held_out: others, to judge by.
        fit: `epochs`, `batch_windows`, `learning_rate` (peak of one cycle), `weight_decay`.
        seed: of the decoder's start and the order of pictures; the global random state stays as it is.
        tick: told of progress.

    Raises:
        RequestError: for fewer than two pictures.
        ConfigError: when the loss becomes no number.

    Source: Masci, Meier, Ciresan and Schmidhuber (2011), Stacked convolutional auto-encoders for hierarchical feature
        extraction.
    """
    if len(pictures) < FEWEST_PICTURES:
        raise RequestError(f"an autoencoder needs {FEWEST_PICTURES} pictures or more, got {len(pictures)}")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        net = nn.Sequential(backbone, Decoder(backbone, *pictures.shape[-2:]))
        history = _trained(net.train(), pictures, fit, tick)
        _refuse_no_numbers(net, history, fit)
    net.eval()
    mean = pictures.mean(dim=0)
    return Fitted(history, _error(net, held_out, fit.batch_windows), float((held_out - mean).square().mean()))


def _trained(net: nn.Sequential, pictures: Tensor, fit: FitConfig, tick: Tick) -> list[dict[str, float]]:
    n_batches = -(-len(pictures) // fit.batch_windows)
    optimiser = torch.optim.AdamW(net.parameters(), lr=fit.learning_rate, weight_decay=fit.weight_decay)
    steps = max(n_batches * fit.epochs, 10)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, fit.learning_rate, total_steps=steps)
    history = []
    for epoch in range(1, fit.epochs + 1):
        total = 0.0
        # Batches of about the same size: a last one of one picture would upset the norms.
        for chosen in torch.randperm(len(pictures)).tensor_split(n_batches):
            loss = (net(pictures[chosen]) - pictures[chosen]).square().mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += float(loss.detach()) * len(chosen)
        tick("drawing pictures again", epoch, fit.epochs)
        history.append({"epoch": epoch, "loss": total / len(pictures)})
    return history


def _refuse_no_numbers(net: nn.Module, history: list[dict[str, float]], fit: FitConfig) -> None:
    """Nothing, where the last loss and all that was learned are finite."""
    last = history[-1]["loss"]
    if not math.isfinite(last) or not all(value.isfinite().all() for value in net.state_dict().values()):
        raise ConfigError(
            f"drawing pictures again: the loss became {last:g} at a learning rate of {fit.learning_rate:g}; lower "
            "fit.learning_rate"
        )


@torch.inference_mode()
def _error(net: nn.Module, pictures: Tensor, batch: int) -> float:
    parts = torch.split(pictures, batch)
    return float(sum((net(part) - part).square().mean() * len(part) for part in parts) / len(pictures))
