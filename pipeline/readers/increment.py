"""Increment: the sampling rate meant by a time step that a file gives with few digits."""

from decimal import Decimal, InvalidOperation
from math import isfinite

ROUNDED = 5
"""A step shown with fewer digits was not rounded: nobody prints 1/65536 s as 1.5e-05."""


def rate_of_increment(printed: str) -> float | None:
    """The simplest rate whose time step is printed like this.

    Loggers sample at round rates and print the step: 65536 Hz becomes `1.52588e-05`, whose inverse is 65535.95 Hz. A
    rate off by 1e-6 is enough to be refused beside a right one, and to be resampled for nothing. So the whole rate of
    fewest digits is taken whose step, rounded to the digits shown, is what the file shows, unless the step itself is
    much the simpler number (3.90000e-05 s is no rounded 1/25641 s). Neither is a guess: both are what the file says.

    Args:
        printed: the step in seconds, as the file has it, or the `repr` of a stored float.

    Returns:
        The rate in hertz; None for a step that is no positive number.

    Example:
        >>> rate_of_increment("1.52588e-05"), rate_of_increment("1.95312E-05"), rate_of_increment("2.04800E-05")
        (65536.0, 51200.0, 48828.125)
        >>> rate_of_increment("0.00000e+00") is None
        True
    """
    try:
        step = Decimal(printed.strip().upper().replace("D", "E"))
    except InvalidOperation:
        return None
    if not step.is_finite() or float(step) <= 0.0 or not isfinite(float(step)) or not isfinite(1.0 / float(step)):
        return None
    n_shown, n_needed = n_digits(step, zeros=True), n_digits(step)
    whole = simplest_whole(step) if n_shown >= ROUNDED else None
    # One zero at its end is chance, two are a step that was chosen: 1.02400e-05 s.
    is_chosen = whole is not None and n_shown - n_needed >= 2 and n_needed < n_digits(whole)
    return float(1 / step if whole is None or is_chosen else whole)


def simplest_whole(step: Decimal) -> Decimal | None:
    """The whole number of fewest digits whose inverse rounds to a step; None where there is none.

    Example:
        >>> simplest_whole(Decimal("1.30208e-06"))
        Decimal('768000')
    """
    half_a_digit = Decimal((0, (5,), int(step.as_tuple().exponent) - 1))
    for power in range(9, -1, -1):
        unit = Decimal(10) ** power
        whole = round(1 / step / unit) * unit
        if whole and abs(1 / whole - step) <= half_a_digit:
            return whole
    return None


def n_digits(number: Decimal, zeros: bool = False) -> int:
    """Digits that a number needs; with the zeros it ends in, where asked for.

    Example:
        >>> n_digits(Decimal("0.0020480")), n_digits(Decimal("0.0020480"), zeros=True), n_digits(Decimal(51200))
        (4, 5, 3)
    """
    digits = "".join(map(str, number.as_tuple().digits)).lstrip("0")
    return len(digits if zeros else digits.rstrip("0"))
