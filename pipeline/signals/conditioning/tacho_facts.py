"""Tacho facts: which channel of a recording is the tacho, and how often it pulses in a turn."""

from pydantic import Field

from pipeline.strict import Strict


class Tacho(Strict):
    """A channel that pulses as the shaft turns: a key phasor, a toothed wheel, an encoder.

    Args:
        channel: its name in the recording, a unique part of it, or a glob.
        pulses_per_turn: of the shaft whose speed is meant; below 1 or broken where the sensor sits behind a gear.

    Example:
        >>> Tacho(channel="tacho").pulses_per_turn
        1.0
        >>> Tacho.parse({"channel": "encoder", "pulses_per_turn": 1024}, "pump.yaml").pulses_per_turn
        1024.0
    """

    channel: str
    pulses_per_turn: float = Field(1.0, gt=0, allow_inf_nan=False)
