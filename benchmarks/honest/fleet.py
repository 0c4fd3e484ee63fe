"""Fleet: simulated machines as a protocol, for rigs of any size, and where no recordings are at hand."""

from collections.abc import Sequence

import torch

from honest.h1 import INTAKE
from honest.protocol import Protocol, ProtocolSplit, placed
from pipeline.catalog.row import Row
from pipeline.catalog.splitting.split import Split
from pipeline.signals.signal import Signal
from pipeline.signals.simulation.fleet import FLEET_LABELS, demo_fleet
from pipeline.training.window_set import WindowSet, labels_of, target_of

MOST_WINDOWS = 4
"""Seconds that a simulated recording holds."""


def fleet(
    n_training: int,
    n_inbox: int,
    per_signal: int = MOST_WINDOWS,
    seed: int = 0,
    of_labels: Sequence[str] = FLEET_LABELS,
) -> Protocol:
    """Machines to learn from, each recorded at two speeds, and others that test.

    Args:
        n_training, n_inbox: machines per label, on either side.
        per_signal: windows of a second that a recording gives.
        seed: the same seed gives the same fleet.
        of_labels: machines with other labels are left out.
    """
    signals = [
        [signal for signal in side if set(signal.labels) <= set(of_labels)]
        for side in demo_fleet(seed, n_training, n_inbox)
    ]
    train, test = (
        tuple(_row(signal, f"{side}-{place}") for place, signal in enumerate(of_side))
        for side, of_side in zip(("train", "test"), signals, strict=True)
    )
    intake = INTAKE.model_copy(update={"window": INTAKE.window.model_copy(update={"per_signal": per_signal})})
    rows = (*train, *test)
    labels = labels_of(train, "multilabel")
    targets = torch.tensor([target_of(row, labels, "multilabel") for row in rows])
    windows = WindowSet(rows, tuple(intake.take(signal) for of_side in signals for signal in of_side), targets)
    split = Split(train, test, protocol=f"simulated fleet, seed {seed}")
    return Protocol(windows, labels, "multilabel", intake, (placed(f"fleet {seed}", split, windows),), split)


def _row(signal: Signal, name: str) -> Row:
    return Row(
        name, f"{name}.wav", machine=signal.machine, specimen=signal.specimen, labels=tuple(signal.labels),
        rate_hz=signal.rate_hz, speed_rpm=signal.speed_rpm,
    )  # fmt: skip


def random_splits(setting: Protocol, n: int, n_train: int, n_test: int) -> tuple[ProtocolSplit, ...]:
    """Windows dealt at random, for timings only: what such splits score means nothing, and they are stamped so."""
    orders = [torch.randperm(len(setting.windows.signal_of_window), generator=_drawn(seed)) for seed in range(n)]
    return tuple(
        ProtocolSplit(
            f"draw {seed}",
            order[:n_train].sort().values,
            order[n_train : n_train + n_test].sort().values,
            0,
            ("leaky",),
        )
        for seed, order in enumerate(orders)
    )


def _drawn(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)
