"""Devices: how many processes train together, and which of them leaves results. Imports no Lightning."""

import os
from collections.abc import Iterator, Mapping, Sequence

from pipeline.errors import ConfigError
from pipeline.training.regime import FitConfig, TrainedBranchConfig

RANKS = ("RANK", "LOCAL_RANK", "NODE_RANK", "GROUP_RANK", "SLURM_PROCID")
"""Where launchers (torchrun, SLURM, Lightning itself) tell a process its number."""


ADDRESS, PORT = "MASTER_ADDR", "MASTER_PORT"
NODE_NUMBERS = ("NODE_RANK", "GROUP_RANK", "RANK")
"""Where machines that train together meet, and which of them this is, as Lightning and torch read it."""

SCHEDULERS = ("SLURM_NTASKS", "TORCHELASTIC_RUN_ID", "LSB_JOBID", "OMPI_COMM_WORLD_SIZE")
"""Set by those who tell Lightning the place in ways of their own: SLURM, torchrun, LSF, MPI."""


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


def may_descend(branches: Sequence[TrainedBranchConfig]) -> bool:
    """Whether some branch trains a net, or may be found to; heads are solved by every process for itself.

    Example:
        >>> may_descend([TrainedBranchConfig(backbone="small", regime="auto")]), may_descend([TrainedBranchConfig()])
        (True, False)
    """
    return any(branch.descends or branch.regime == "auto" for branch in branches)


def refuse_without_meeting_place(fit: FitConfig, environment: Mapping[str, str] = os.environ) -> None:
    """Nothing, where machines that train together can find one another, or one machine trains.

    Where nobody names a place, Lightning waits on this very machine, at a port that it draws: for ever.

    Raises:
        ConfigError: with the variables that are missing.

    Example:
        >>> refuse_without_meeting_place(FitConfig(nodes=2), {"SLURM_NTASKS": "2"})
    """
    if fit.nodes == 1 or any(name in environment for name in SCHEDULERS):
        return
    missing = [name for name in (ADDRESS, PORT) if not environment.get(name)]
    missing += [] if any(environment.get(name) for name in NODE_NUMBERS) else [NODE_NUMBERS[0]]
    if missing:
        raise ConfigError(
            f"fit.nodes: {fit.nodes} machines cannot find one another without {', '.join(missing)} in the environment; "
            f"start this command on each with the first one's address as {ADDRESS}, a free port of it as {PORT} and "
            f"its own number, from 0, as {NODE_NUMBERS[0]}, or let torchrun or srun do so"
        )


def waiting_for(fit: FitConfig, environment: Mapping[str, str] = os.environ) -> Iterator[str]:
    """What a process that trains with other machines waits for, in a line; none where one machine trains.

    Example:
        >>> list(waiting_for(FitConfig(nodes=2), {"MASTER_ADDR": "10.0.0.1", "MASTER_PORT": "29500"}))
        ['training begins when all 2 machines have joined at 10.0.0.1:29500']
    """
    if fit.nodes > 1:
        there = environment.get(ADDRESS) and environment.get(PORT)
        place = f" at {environment[ADDRESS]}:{environment[PORT]}" if there else ""
        yield f"training begins when all {fit.nodes} machines have joined{place}"
