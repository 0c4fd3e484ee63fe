"""MLP: a head with hidden layers, by gradient descent on features that are there already."""

import torch
from torch import Tensor, nn

from pipeline.models.head import Head
from pipeline.training.heads.config import HeadConfig
from pipeline.training.loss import balance_of, soft_loss


def train_mlp(head: Head, features: Tensor, targets: Tensor, config: HeadConfig, multiclass: bool, seed: int) -> Head:
    """Train a head whose scale is set; one cycle of AdamW with dropout and noise on what comes in.

    Args:
        head: trained in place.
        features: (window, feature).
        targets: (window, label), shares between 0 and 1.
        config: epochs, batch, rate, dropout, noise.
        multiclass: whether labels exclude one another.
        seed: start, order, noise and dropout; the global random state stays as it is.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        _start_anew(head, config.dropout)
        asked, answers = head.standardised(features).detach(), head.answers(targets)
        balance = balance_of(answers, multiclass)
        steps = -(-len(asked) // config.batch) * config.epochs
        optimiser = torch.optim.AdamW(head.parameters(), weight_decay=config.weight_decay)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, config.learning_rate, total_steps=max(steps, 10))
        head.train()
        for _ in range(config.epochs):
            for chosen in torch.split(torch.randperm(len(asked)), config.batch):
                noisy = asked[chosen] + config.noise * torch.randn_like(asked[chosen])
                loss = soft_loss(head.linear(head.hidden(noisy)), answers[chosen], balance, multiclass)
                optimiser.zero_grad()
                torch.autograd.backward(loss)
                optimiser.step()
                schedule.step()
    return head.eval()


def _start_anew(head: Head, dropout: float) -> None:
    for module in head.modules():
        if isinstance(module, nn.Linear):
            module.reset_parameters()
        elif isinstance(module, nn.Dropout):
            module.p = dropout
