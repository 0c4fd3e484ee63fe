"""Like simulated: whether a config's branch would see of recordings what it sees of simulated machines."""

from collections.abc import Iterator
from typing import Any

from pipeline.config import RunConfig
from pipeline.errors import ConfigError
from pipeline.preprocessing.chain import parse_stage
from pipeline.training.simulated.ready_model import SETTING

LENGTHS = ("samples", "seconds", "turns")
"""How a config tells how long a window is."""


def refuse_unlike_simulated(config: RunConfig, place: int) -> None:
    """Nothing, for a config whose branch simulated machines can teach.

    Args:
        config: a run's; its data are not looked at.
        place: of the branch.

    Raises:
        ConfigError: for other pictures than bearings' `fault_order`, other windows than theirs, conditioning, and a
            branch whose planes are not shared.
    """
    for told in _unlike(config, place):
        raise ConfigError(f"{config.name}: simulated machines {told}")


def _unlike(config: RunConfig, place: int) -> Iterator[str]:
    """What differs, and what to do, each after the words "simulated machines"."""
    stages: dict[str, Any] = dict(parse_stage(spec) for spec in config.stages)
    if list(stages) != ["fault_order"]:
        came = ", ".join(stages) or "none"
        yield f"are seen as fault_order, the shared stages are {came}; make them [fault_order], or --method autoencoder"
    elif stages["fault_order"].family != "bearing":
        yield f"have bearings, and fault_order is of family {stages['fault_order'].family}; leave family out"
    if not _same_window(config):
        rate = "the recordings' own rate" if config.rate_hz is None else f"{config.rate_hz:g} Hz"
        yield (
            f"have windows of {SETTING.n_samples} samples at {SETTING.rate_hz:g} Hz, the config has {_length(config)} "
            f"at {rate}; make it rate_hz: {SETTING.rate_hz:g}, window: {{samples: {SETTING.n_samples}}}"
        )
    if config.branches[place].planes != "shared":
        yield (
            f"teach to ask every plane whether its fault is there, branch {place} has planes: together; make it "
            "planes: shared, after the stage rivals"
        )
    if config.conditioning:
        steps = ", ".join(step if isinstance(step, str) else next(iter(step)) for step in config.conditioning)
        yield f"come as they are, the config conditions by {steps}; add --set conditioning=[]"


def _same_window(config: RunConfig) -> bool:
    window, rate_hz = config.window, config.rate_hz
    return rate_hz == SETTING.rate_hz and window.turns is None and window.length(rate_hz) == SETTING.n_samples


def _length(config: RunConfig) -> str:
    return next(f"{value:g} {name}" for name in LENGTHS if (value := getattr(config.window, name)) is not None)
