"""Devices: how many processes train together, and which of them leaves results. Imports no Lightning."""

import os
from collections.abc import Mapping

from pipeline.training.regime import FitConfig

RANKS = ("RANK", "LOCAL_RANK", "NODE_RANK", "GROUP_RANK", "SLURM_PROCID")
"""Where launchers (torchrun, SLURM, Lightning itself) tell a process its number."""


def is_alone(fit: FitConfig) -> bool:
    """Whether one process on one device trains.

    Example:
        >>> is_alone(FitConfig()), is_alone(FitConfig(devices=2)), is_alone(FitConfig(devices=[3]))
        (True, False, True)
    """
    return fit.nodes == 1 and (fit.devices == 1 or (isinstance(fit.devices, list) and len(fit.devices) == 1))


def leads(fit: FitConfig, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether this process leaves results; the others, started beside it by a launcher, only help to train.

    Example:
        >>> leads(FitConfig(nodes=2), {"NODE_RANK": "1"}), leads(FitConfig(), {"SLURM_PROCID": "1"})
        (False, True)
    """
    return is_alone(fit) or all(environment.get(name, "0") in ("", "0") for name in RANKS)


def started_by_a_launcher(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether somebody else starts the processes of this machine.

    Example:
        >>> started_by_a_launcher({"LOCAL_RANK": "0"}), started_by_a_launcher({})
        (True, False)
    """
    return "LOCAL_RANK" in environment or int(environment.get("SLURM_NTASKS", "1") or 1) > 1
