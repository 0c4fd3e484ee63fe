"""Steps: conditioning as a config writes it, a list of named steps, each done in its turn.

`conditioning: [{detrend: {kind: linear}}, {high_pass: {cutoff_hz: 10}}, {order_track: {samples_per_turn: 512}}]`
"""

from collections.abc import Iterable
from typing import Any

from pipeline.errors import ConfigError, FaultprintError
from pipeline.registry import Registry
from pipeline.signals.conditioning.step import Step
from pipeline.signals.signal import Signal

StepSpec = str | dict[str, dict[str, Any] | None]
"""`detrend`, or `{high_pass: {cutoff_hz: 10}}`."""

STEPS: Registry[type[Step]] = Registry(
    "step",
    {
        "unit": "pipeline.signals.conditioning.unit:Unit",
        "detrend": "pipeline.signals.conditioning.detrend:Detrend",
        "high_pass": "pipeline.signals.conditioning.high_pass:HighPass",
        "tacho_speed": "pipeline.signals.conditioning.tacho:TachoSpeed",
        "estimate_speed": "pipeline.signals.conditioning.speed:EstimateSpeed",
        "order_track": "pipeline.signals.conditioning.order_tracking:OrderTrack",
    },
    group="faultprint.conditioning",
)


def parse_step(spec: StepSpec) -> tuple[str, Step]:
    """A step's name and checked options.

    Raises:
        ConfigError: for an unknown step or option, with the nearest name.

    Example:
        >>> parse_step({"high_pass": {"cutoff_hz": 10}})
        ('high_pass', HighPass(cutoff_hz=10.0, order=4))
        >>> parse_step({"high_pass": {"cutof_hz": 10}})
        Traceback (most recent call last):
        ...
        pipeline.errors.ConfigError: conditioning.high_pass: cutof_hz: unknown key; did you mean 'cutoff_hz'?
    """
    named = {spec: None} if isinstance(spec, str) else spec
    if len(named) != 1:
        raise ConfigError(f"conditioning: each entry names one step, got {', '.join(named) or 'none'}")
    ((name, options),) = named.items()
    try:
        kind = STEPS[name]
    except FaultprintError as error:
        raise ConfigError(f"conditioning: {error}") from None
    return name, kind.parse(options or {}, f"conditioning.{name}")


def written_out(specs: Iterable[StepSpec]) -> list[dict[str, Any]]:
    """The complete spelling of a list of steps, every option written out.

    Example:
        >>> written_out(["detrend"])
        [{'detrend': {'kind': 'linear'}}]
    """
    return [{name: step.model_dump(mode="json")} for name, step in map(parse_step, specs)]


def apply_steps(signal: Signal, specs: Iterable[StepSpec]) -> Signal:
    """A signal after all steps, in their order.

    Args:
        signal: as recorded, with its tacho where it has one.
        specs: steps as a config writes them.

    Raises:
        ConfigError: for an unknown step or option.
        UnusableError: when the signal lacks what a step needs.

    Example:
        >>> import numpy as np
        >>> steps = [{"unit": {"to": "g"}}, {"detrend": {"kind": "constant"}}]
        >>> apply_steps(Signal(np.array([0.0, 9.80665]), unit="m/s2"), steps).history
        ('converted m/s2 -> g (x 0.101972)', 'mean 0.5 removed')
    """
    # All are checked before the first is done.
    for _, step in [parse_step(spec) for spec in specs]:
        signal = step.apply(signal)
    return signal
