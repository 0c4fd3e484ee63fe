"""Examine: a signal in, what physics alone says of it out. No trained model, nothing to fit, nothing guessed."""

from dataclasses import dataclass, field, replace

import numpy as np

from pipeline.diagnosis.witness.bearing_faults import BEARING_LABELS, SLIP, TEETH, askable, bearing_faults
from pipeline.diagnosis.witness.chance import FLOOR, NEARBY
from pipeline.diagnosis.witness.envelopes import envelopes_of
from pipeline.diagnosis.witness.gear_faults import FEWEST_LOUD, GEAR_TOOTH, HIGHEST_TURNS, WHITENING, gear_fault
from pipeline.diagnosis.witness.heard import Heard
from pipeline.diagnosis.witness.plain_spectrum import plain_spectrum
from pipeline.diagnosis.witness.rotor_faults import HARMONICS, HIGHEST, ROTOR_LINES, rotor_faults
from pipeline.diagnosis.witness.segments import FEWEST_TURNS, LONGEST, TURNS
from pipeline.diagnosis.witness.witness import NO_BEARING, NO_GEAR, FaultLine, OtherLine, Witness
from pipeline.signals.fitness import fitness_of
from pipeline.signals.signal import Signal

LEVEL = 0.05
"""The chance, over all labels of bearing and gear together, that something is found where nothing is."""

ROTOR_LABELS = tuple(ROTOR_LINES)
LABELS = (*BEARING_LABELS, GEAR_TOOTH, *ROTOR_LABELS)
"""All that the witness can be asked."""

NO_SPEED = "the shaft's speed is not known; give --speed-rpm"
NO_RATE = "the sampling rate is not known; give --rate-hz"


def examine(signal: Signal, level: float = LEVEL, seed: int = 0) -> Witness:
    """What physics alone says of a signal, as recorded.

    Args:
        signal: its first channel is heard. Rate and speed are needed; bearing, gear or both say what is asked for.
        level: the chance that anything of bearing or gear is found where nothing is; hints have their own.
        seed: of the random orders; the same signal gets the same answer.

    Returns:
        The answer; what could not be asked is in `unasked`, with what to give.

    Source: Randall and Antoni (2011), Rolling element bearing diagnostics: a tutorial, MSSP 25, 485-520, for what is
        measured; docs/witness.md for how it is judged.

    Example:
        >>> from pipeline.signals.simulation.simulated_machine import random_machine
        >>> from pipeline.signals.simulation.synthetic import simulate
        >>> heard = examine(simulate(random_machine(3), ["outer_race"], duration_s=5.0, severity_db=6.0))
        >>> heard.found, heard.lines[0].p_value
        (('outer_race',), 0.001)
        >>> examine(Signal(np.ones(9), rate_hz=9.0)).unasked["ball"]
        "the shaft's speed is not known; give --speed-rpm, and --bearing or --gear"
    """
    silent = _silent(signal)
    if silent is not None:
        return Witness(unasked=dict.fromkeys(LABELS, silent), floor=FLOOR, level=level)
    return _Hearing(signal, level, np.random.default_rng(seed)).witness()


def _silent(signal: Signal) -> str | None:
    """Why nothing at all can be asked."""
    if signal.rate_hz is None:
        return NO_RATE
    if signal.speed_rpm is None:
        return NO_SPEED if signal.bearing or signal.gear else f"{NO_SPEED}, and --bearing or --gear"
    of_turn = signal.rate_hz / signal.speed_hz
    if signal.n_samples < FEWEST_TURNS * of_turn:
        told = f"needs {FEWEST_TURNS:.0f} turns of the shaft, {FEWEST_TURNS / signal.speed_hz:.3g} s at"
        return f"{told} {signal.speed_rpm:.5g} rpm; the recording holds {signal.n_samples / of_turn:.1f}"
    if FEWEST_TURNS * of_turn > LONGEST:
        told = f"{FEWEST_TURNS:.0f} turns at {signal.speed_rpm:.4g} rpm are more than {LONGEST} samples"
        return f"{told} at {signal.rate_hz:g} Hz; resample to a lower rate"
    return fitness_of(signal.blocks()).reason


@dataclass
class _Hearing:
    """One signal on its way."""

    signal: Signal
    level: float
    rng: np.random.Generator
    lines: list[FaultLine] = field(default_factory=list)
    unasked: dict[str, str] = field(default_factory=dict)
    others: list[OtherLine] = field(default_factory=list)
    heard_in: tuple[float, int] = (0.0, 0)

    def witness(self) -> Witness:
        """Bearing, gear and rotor, one after the other; the level is shared between bearing and gear."""
        parts = (self.signal.bearing is not None) + (self.signal.gear is not None)
        tooth = self.gear(self.level / max(parts, 1))
        self.bearing(self.level / max(parts, 1), tooth)
        if tooth is not None:
            self.lines.append(_not_of_bearing(tooth, self.lines))
        self.rotor()
        turns, segments = self.heard_in
        told = (tuple(self.lines), self.unasked, tuple(self.others))
        return Witness(*told, floor=FLOOR, level=self.level, turns=turns, segments=segments)

    def bearing(self, level: float, tooth: FaultLine | None) -> None:
        """Lines of its faults; those of a damaged tooth are blanked first, for they may stand anywhere."""
        if self.signal.bearing is None:
            self.unasked |= dict.fromkeys(BEARING_LABELS, NO_BEARING)
            return
        orders = self.signal.bearing.orders
        highest = max(orders) * TEETH.multiples[-1] * NEARBY[1] * (1 + SLIP)
        spectra = envelopes_of(self.signal, highest).without_shaft()
        if tooth is not None and tooth.found:
            spectra = spectra.without(tooth.order * np.arange(1.0, spectra.top / tooth.order))
        self.heard_in = (spectra.turns, spectra.segments)
        labels, reasons = askable(spectra, orders)
        self.unasked |= reasons
        heard, others = bearing_faults(spectra, orders, labels, level, self.rng)
        self.lines += [self.told(label, each, getattr(orders, label)) for label, each in heard.items()]
        speed_hz = self.signal.speed_hz
        self.others += [
            OtherLine(comb.order, comb.order * speed_hz, float(chance.tooth_db.max())) for comb, chance in others
        ]

    def gear(self, level: float) -> FaultLine | None:
        """Harmonics of each wheel's turn."""
        if self.signal.gear is None:
            self.unasked[GEAR_TOOTH] = NO_GEAR
            return None
        wheels = self.signal.gear.wheel_orders
        slowest = min(wheels)
        assert self.signal.rate_hz is not None
        held = min(self.signal.n_samples, LONGEST) * self.signal.speed_hz / self.signal.rate_hz * slowest
        if held < FEWEST_TURNS:
            need = f"needs {FEWEST_TURNS:.0f} turns of the slowest wheel"
            self.unasked[GEAR_TOOTH] = f"{need}, the recording holds {held:.1f}; record longer"
            return None
        turns = TURNS / min(slowest, 1.0)
        highest = HIGHEST_TURNS * max(wheels)
        spectra = envelopes_of(self.signal, highest, WHITENING, turns)
        if spectra.top < HIGHEST_TURNS * max(wheels) * (1 - SLIP):
            self.unasked[GEAR_TOOTH] = "the rate lets no envelope show enough harmonics of the fastest wheel's turn"
            return None
        heard, wheel = gear_fault(spectra, wheels, self.signal.speed_hz, self.rng)
        found = heard.chance.p_value <= level and heard.harmonics >= FEWEST_LOUD
        note = f"wheel {wheel + 1} of {len(wheels)}"
        return self.told(GEAR_TOOTH, heard, wheels[wheel], found=found, note=note)

    def rotor(self) -> None:
        """Hints from the plain spectrum."""
        spectrum = plain_spectrum(self.signal, HIGHEST)
        if spectrum.levels.top < HARMONICS:
            reason = f"the rate lets no spectrum show {HARMONICS} harmonics of the shaft"
            self.unasked |= dict.fromkeys(ROTOR_LABELS, reason)
            return
        for label, heard in rotor_faults(spectrum, self.level, self.rng).items():
            order, teeth = ROTOR_LINES[label]
            note = "a hint: levels or directions must decide" if heard.found else ""
            line = self.told(label, heard, order, found=False, hint=heard.found, note=note)
            self.lines.append(line.times(teeth.multiples[0]))

    def told(self, label: str, heard: Heard, stated: float, **said: bool | str) -> FaultLine:
        """What was heard, in orders and in hertz."""
        fields = {"found": heard.found, "note": heard.note, **said}
        return FaultLine(
            label=label,
            order=heard.comb.order,
            hz=heard.comb.order * self.signal.speed_hz,
            stated_order=float(stated),
            harmonics=heard.harmonics,
            snr_db=float(heard.chance.tooth_db.max()),
            p_value=heard.chance.p_value,
            band_hz=heard.band_hz,
            **fields,  # type: ignore[arg-type] # by the names above
        )


def _not_of_bearing(tooth: FaultLine, lines: list[FaultLine]) -> FaultLine:
    """The shaft's own harmonics are no tooth's beside a bearing fault, which the shaft modulates."""
    if tooth.found and abs(tooth.stated_order - 1) < SLIP and any(line.found for line in lines):
        return replace(tooth, found=False, note=f"{tooth.note}: the shaft's harmonics, which a bearing fault makes too")
    return tooth
