"""Ranges: how machines differ, as far as a diagnosis must not care; every number a net trained on them depends on."""

from dataclasses import dataclass

Span = tuple[float, float]
"""Lowest and highest."""


@dataclass(frozen=True)
class Ranges:
    """What chance draws from; shares are probabilities, spans are uniform unless said otherwise.

    Attributes:
        shaft_hz: turns per second, logarithmic; half of all machines, `usual` of them, run at `usual_hz`.
        speed_error: how far the speed that is handed on is off, as a share.
        elements, ratio: of bearings: rolling elements, and d / D times the cosine of the contact angle.
        fastest_hz: bearings whose faults would strike more often are drawn again; no image reads them.
        faulty, second: shares of bearings with a fault, and, of those, with a second one.
        fault_db, neighbour_db: rms of a fault, of a faulty neighbour's, against the noise.
        neighbour_beside_healthy, neighbour_beside_faulty: shares of machines with a faulty neighbour.
        other_shaft: share of neighbours on a shaft of another speed.
        order_error: how far a fault's true order is from the geometric one, as a share.
        modes, mode_hz, damping: of the structure.
        slip, scatter: of strikes.
        rough, wide, two_ways: shares of faults that strike by bursts, that strike on leaving too, and (of rolling
            elements) that are heard differently by either race.
        wandering: share of faulty rolling elements whose fault turns away now and then.
        tilt_db, hills: colour of the noise: decibels per octave, hills beside those of the structure.
        breathing, shaft_noise, foreign_noise: shares of noise that swings slowly, with the shaft, with anything else.
        sub_noise: share of machines with a second source of noise, in hills of its own.
        shaft_tones, geared, humming, whirring: shares of machines with shaft lines, a gear, hum, a modulated tone.
        loose, clicking, caged: shares of machines that knock with the shaft, at random, with a damaged cage.
        filtered, coarse: shares of recorders whose filter ends within the band, of few bits.
    """

    shaft_hz: Span = (10.0, 100.0)
    usual: float = 0.5
    usual_hz: Span = (20.0, 60.0)
    speed_error: float = 0.006
    elements: tuple[int, int] = (6, 16)
    ratio: Span = (0.12, 0.38)
    fastest_hz: float = 990.0
    faulty: float = 0.6
    second: float = 0.0
    fault_db: Span = (-20.0, 12.0)
    neighbour_db: Span = (-20.0, 6.0)
    neighbour_beside_healthy: float = 0.6
    neighbour_beside_faulty: float = 0.0
    other_shaft: float = 0.05
    order_error: float = 0.008
    modes: tuple[int, int] = (1, 5)
    mode_hz: Span = (500.0, 5800.0)
    damping: Span = (0.01, 0.08)
    slip: Span = (0.0, 0.02)
    scatter: Span = (0.0, 0.6)
    rough: float = 0.15
    wide: float = 0.1
    two_ways: float = 0.3
    wandering: float = 0.2
    tilt_db: Span = (-3.0, 1.0)
    hills: tuple[int, int] = (0, 5)
    breathing: float = 0.3
    shaft_noise: float = 0.05
    foreign_noise: float = 0.02
    sub_noise: float = 0.15
    shaft_tones: float = 0.9
    geared: float = 0.15
    humming: float = 0.15
    whirring: float = 0.3
    loose: float = 0.05
    clicking: float = 0.03
    caged: float = 0.01
    filtered: float = 0.05
    coarse: float = 0.03


RANGES = Ranges()
"""What the ready model learns from."""
