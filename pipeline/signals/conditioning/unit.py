"""Unit: a signal's samples in the unit one wants to read them in."""

from pydantic import Field, ValidationInfo, field_validator

from pipeline.errors import FactError, UnusableError
from pipeline.signals.conditioning.step import Step
from pipeline.signals.long_samples import scaled
from pipeline.signals.sensitivity import parse_sensitivity
from pipeline.signals.signal import Signal
from pipeline.units import canonical, dimension_of, factor


def in_unit(signal: Signal, unit: str, sensitivity: str | None = None) -> Signal:
    """The signal in another unit of what it measures, or, from volts, of what its sensor measures.

    Args:
        signal: with its unit stated.
        unit: wanted, in any usual spelling.
        sensitivity: of the sensor, such as "100 mV/g"; needed, and looked at, only for a signal in volts.

    Returns:
        Samples scaled, float64, and a line of history; a signal already in that unit as it is.

    Raises:
        FactError: when a unit is not stated or not known, or no factor leads from one to the other.

    Example:
        >>> import numpy as np
        >>> felt = in_unit(Signal(np.array([9.80665, -9.80665]), unit="m/s²"), "g")
        >>> felt.samples.round(9), felt.unit, felt.history
        (array([[ 1., -1.]]), 'g', ('converted m/s² -> g (x 0.101972)',))
    """
    if signal.unit is None:
        raise FactError(f"{signal.source}: to convert to {unit}, its present unit must be known; give --unit")
    scale, via = _scale(signal.unit, unit, sensitivity)
    unit = canonical(unit) or unit
    if scale == 1.0:
        return signal.changed(unit=unit)
    return signal.changed(
        f"converted {signal.unit} -> {unit} ({via or f'x {scale:.6g}'})",
        samples=scaled(signal.samples, scale),
        unit=unit,
    )


def _scale(old: str, new: str, sensitivity: str | None) -> tuple[float, str | None]:
    if sensitivity is None or dimension_of(old) != "voltage":
        return factor(old, new), None
    sensor = parse_sensitivity(sensitivity)
    return factor(old, "V") / sensor.volts * factor(sensor.unit, new), sensitivity


class Unit(Step):
    """`in_unit` of a signal.

    Example:
        >>> import numpy as np
        >>> Unit(to="g", sensitivity="100 mV/g").apply(Signal(np.array([0.1]), unit="V")).samples
        array([[1.]])
    """

    in_pieces = True
    to: str = Field(description="the unit wanted, such as g or m/s2", examples=["g"])
    sensitivity: str | None = Field(
        None, description="of the sensor, for samples in volts: 100 mV/g", examples=["100 mV/g"]
    )

    @field_validator("to", "sensitivity")
    @classmethod
    def _understood(cls, text: str | None, info: ValidationInfo) -> str | None:
        """A slip of the pen is answered when the config is read, not at the first signal."""
        if text is not None:
            try:
                factor(text, text) if info.field_name == "to" else parse_sensitivity(text)
            except FactError as error:
                raise ValueError(str(error)) from None
        return text

    def apply(self, signal: Signal) -> Signal:
        """The signal in the unit `to`.

        Raises:
            UnusableError: when that cannot be.
        """
        try:
            return in_unit(signal, self.to, self.sensitivity)
        except FactError as error:
            raise UnusableError(str(error)) from None
