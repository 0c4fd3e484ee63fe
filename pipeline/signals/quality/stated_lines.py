"""Stated lines: fault frequencies that a file states, checked against each other by the bearing's kinematics."""

from collections.abc import Mapping

from pipeline.signals.quality.finding import Finding
from pipeline.units import hz_from_rpm

WHOLE = 0.02
"""A number of rolling elements is whole to this; stated frequencies are rounded."""

ALIKE = 0.01
LINES = ("BPFO", "BPFI", "FTF")


def contradictions(stated: Mapping[str, float | None], speed_rpm: float | None) -> list[Finding]:
    """What stated fault frequencies cannot be at once.

    Whatever the geometry of a bearing with a stationary outer ring, n elements pass the outer race n times per turn
    of the cage: BPFO = n FTF. Relative to the inner race the cage turns the rest of the speed: BPFI = n (f - FTF).
    So BPFO + BPFI = n f with n whole, and FTF = BPFO / n.
    Source: Randall and Antoni (2011), Rolling element bearing diagnostics: a tutorial, MSSP 25, eqs. 1-3.

    Args:
        stated: any of BPFO, BPFI, FTF, in hertz.
        speed_rpm: of the shaft.

    Example:
        >>> found = contradictions({"BPFO": 81.125, "BPFI": 118.875, "FTF": 14.8375}, speed_rpm=1500.0)
        >>> found[0].message
        'stated FTF 14.84 Hz contradicts BPFO / 8 = 10.14 Hz; it is the cage relative to the inner race (BPFI / 8)'
        >>> contradictions({"BPFO": 81.125, "BPFI": 118.875, "FTF": 10.14}, speed_rpm=1500.0)
        []
    """
    known = {name: hertz for name in LINES if (hertz := float(stated.get(name) or 0)) > 0}
    if not speed_rpm or not {"BPFO", "BPFI"} <= known.keys():
        return []
    outer, inner = known["BPFO"], known["BPFI"]
    elements = (outer + inner) / hz_from_rpm(speed_rpm)
    n = round(elements)
    if n < 3 or abs(elements - n) > WHOLE * n:
        told = f"stated BPFO {outer:.4g} + BPFI {inner:.4g} Hz is {elements:.4g} x the speed of {speed_rpm:g} rpm"
        sense = "a whole number of rolling elements is needed; one of the three is wrong"
        return [Finding("stated_lines", f"{told}; {sense}", numbers={"elements": elements})]
    cage = outer / n
    if "FTF" not in known or abs(known["FTF"] - cage) <= ALIKE * cage:
        return []
    told = f"stated FTF {known['FTF']:.4g} Hz contradicts BPFO / {n} = {cage:.4g} Hz"
    if abs(known["FTF"] - inner / n) <= ALIKE * inner / n:
        told += f"; it is the cage relative to the inner race (BPFI / {n})"
    return [Finding("stated_lines", told, numbers={"FTF": known["FTF"], "cage_hz": cage})]
