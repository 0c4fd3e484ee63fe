"""Rolling-element bearings: geometry to fault orders.

Source: Randall and Antoni (2011), Rolling element bearing diagnostics: a tutorial, eqs. 1-4 (stationary outer ring).
"""

import math
from typing import Any, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class BearingOrders(NamedTuple):
    """Fault frequencies in multiples of shaft speed; `ball` is twice the ball's spin (it strikes both races)."""

    outer_race: float
    inner_race: float
    ball: float
    cage: float


class Bearing(BaseModel):
    """A bearing, by geometry or by the orders its maker states.

    Args:
        name: what people call it, such as "6205".
        n_elements: number of balls or rollers.
        diameter_ratio: element diameter over pitch diameter, d / D.
        contact_angle_deg: contact angle in degrees.
        stated_orders: outer, inner, ball (2 BSF), cage, where a maker or publisher states them; they win.
        provenance: where the numbers come from.

    Raises:
        ValueError: when neither geometry nor orders are given.

    Example:
        >>> bearing = Bearing(name="NICE", n_elements=8, diameter_ratio=0.235 / 1.245)
        >>> [round(order, 3) for order in bearing.orders]
        [3.245, 4.755, 5.109, 0.406]
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = ""
    n_elements: int | None = Field(None, ge=3)
    diameter_ratio: float | None = Field(None, gt=0, lt=1)
    contact_angle_deg: float = Field(0.0, ge=0, lt=90)
    stated_orders: tuple[float, float, float, float] | None = None
    provenance: str = ""

    @model_validator(mode="before")
    @classmethod
    def _sizes_to_ratio(cls, value: Any) -> Any:
        """Accept `element_mm` and `pitch_mm` in place of their ratio."""
        if isinstance(value, dict) and {"element_mm", "pitch_mm"} <= value.keys():
            rest = {key: item for key, item in value.items() if key not in ("element_mm", "pitch_mm")}
            return rest | {"diameter_ratio": _ratio(value["element_mm"], value["pitch_mm"])}
        return value

    @model_validator(mode="after")
    def _known(self) -> Self:
        if self.stated_orders is None and (self.n_elements is None or self.diameter_ratio is None):
            raise ValueError("give n_elements with diameter_ratio (or element_mm and pitch_mm), or stated_orders")
        if self.stated_orders is not None and not all(0 < order < math.inf for order in self.stated_orders):
            raise ValueError(f"stated_orders must be positive, got {self.stated_orders}")
        return self

    @property
    def orders(self) -> BearingOrders:
        """Fault orders: outer race, inner race, ball (2 BSF), cage."""
        if self.stated_orders is not None:
            return BearingOrders(*self.stated_orders)
        assert self.n_elements is not None
        assert self.diameter_ratio is not None
        g = self.diameter_ratio * math.cos(math.radians(self.contact_angle_deg))
        return BearingOrders(
            outer_race=self.n_elements / 2 * (1 - g),
            inner_race=self.n_elements / 2 * (1 + g),
            # Randall and Antoni eq. 4 gives the spin with the bare ratio outside the bracket; 2 BSF here.
            ball=(1 - g**2) / self.diameter_ratio,
            cage=(1 - g) / 2,
        )


def _ratio(element_mm: Any, pitch_mm: Any) -> float:
    try:
        return float(element_mm) / float(pitch_mm)
    except (TypeError, ValueError, ZeroDivisionError):
        raise ValueError(f"element_mm and pitch_mm must be sizes in mm, got {element_mm} and {pitch_mm}") from None
