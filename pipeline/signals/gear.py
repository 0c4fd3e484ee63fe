"""Gear stages: teeth to wheel and mesh orders."""

from pydantic import BaseModel, ConfigDict, Field


class Gear(BaseModel):
    """One gear stage, driven by the shaft whose speed is known.

    Args:
        name: what people call it.
        teeth: teeth of the driving wheel and of the driven wheel (then further wheels in mesh).
        provenance: where the numbers come from.

    Example:
        >>> stage = Gear(teeth=(32, 80))
        >>> stage.wheel_orders, stage.mesh_order
        ((1.0, 0.4), 32.0)
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = ""
    teeth: tuple[int, ...] = Field(min_length=2, max_length=4)
    provenance: str = ""

    @property
    def wheel_orders(self) -> tuple[float, ...]:
        """Turns of each wheel per turn of the driving shaft."""
        return tuple(self.teeth[0] / teeth for teeth in self.teeth)

    @property
    def mesh_order(self) -> float:
        """Tooth meetings per turn of the driving shaft."""
        return float(self.teeth[0])
