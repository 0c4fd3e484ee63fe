"""Units of rotation and of measurement, in one place.

Speeds are written by people in revolutions per minute and used by formulae in hertz; both wear their unit in
their name (`speed_rpm`, `speed_hz`).
"""

MEASURED = ("g", "m/s2", "mm/s", "um", "V", "Pa", "A")
"""Units a channel may carry; an unknown unit is kept as text and never converted."""


def hz_from_rpm(speed_rpm: float) -> float:
    """Revolutions per second.

    Example:
        >>> hz_from_rpm(1800)
        30.0
    """
    return speed_rpm / 60.0


def rpm_from_hz(speed_hz: float) -> float:
    """Revolutions per minute.

    Example:
        >>> rpm_from_hz(30)
        1800.0
    """
    return speed_hz * 60.0
