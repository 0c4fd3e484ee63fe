"""Simulated signals against physics: where lines must stand, and how they must look.

The measure is independent of the simulator: squared envelope by `scipy.signal.hilbert`, spectrum by `numpy.fft`.
"""

from dataclasses import replace

import numpy as np
import pytest
from scipy.signal import hilbert

from pipeline.errors import FactError
from pipeline.signals.bearing_table import bearing_of
from pipeline.signals.gear import Gear
from pipeline.signals.labels import KNOWN
from pipeline.signals.simulation.background import Mesh
from pipeline.signals.simulation.impacts import Manner, Resonance
from pipeline.signals.simulation.simulated_machine import Machine, Neighbour, random_machine
from pipeline.signals.simulation.synthetic import SIMULATED_LABELS, simulate

BEARING_LABELS = ("outer_race", "inner_race", "ball", "cage")
EXACT = {label: Manner() for label in BEARING_LABELS}

PLAIN = Machine(
    "plain", seed=1, speed_rpm=1800.0, bearing=bearing_of("6205"), resonances=(Resonance(3000.0, 0.05, 1.0),)
)


def power(samples, rate_hz):
    """Spectrum, (order-free) frequencies in Hz."""
    windowed = (samples - samples.mean()) * np.hanning(samples.size)
    return np.fft.rfftfreq(samples.size, 1 / rate_hz), np.abs(np.fft.rfft(windowed))


def envelope_spectrum(signal):
    """Squared envelope spectrum over shaft orders."""
    samples = signal.samples[0].astype(np.float64)
    frequency_hz, spectrum = power(np.abs(hilbert(samples)) ** 2, signal.rate_hz)
    return frequency_hz / signal.speed_hz, spectrum


def height(orders, spectrum, order, reach=0.01):
    """Highest value near an order, in decibels over the median of the orders around."""
    near = np.abs(orders - order) <= reach * order
    around = np.abs(orders - order) <= 1.0
    return 20 * np.log10(spectrum[near].max() / np.median(spectrum[around]))


def peak_order(orders, spectrum, order):
    near = np.flatnonzero(np.abs(orders - order) <= 0.03 * order)
    return orders[near[spectrum[near].argmax()]]


@pytest.mark.parametrize("bearing", ["6205", "6203", "UER204"])
@pytest.mark.parametrize("label", BEARING_LABELS)
def test_each_fault_has_its_line_at_its_order_of_the_shaft(label, bearing):
    machine = replace(PLAIN, bearing=bearing_of(bearing), manners=EXACT)
    signal = simulate(machine, [label], duration_s=10.0, severity_db=0.0)
    order = getattr(machine.bearing.orders, label)
    orders, spectrum = envelope_spectrum(signal)
    assert peak_order(orders, spectrum, order) == pytest.approx(order, abs=0.1 / 30)  # one bin at 30 Hz
    assert height(orders, spectrum, order) > 25


@pytest.mark.parametrize("label", BEARING_LABELS)
def test_a_sound_machine_has_no_fault_line(label):
    order = getattr(PLAIN.bearing.orders, label)
    assert height(*envelope_spectrum(simulate(PLAIN, [], duration_s=10.0)), order) < 15


@pytest.mark.parametrize("label", ["outer_race", "inner_race", "ball"])
@pytest.mark.parametrize("seed", range(5))
def test_random_machines_show_a_strong_fault_within_the_slip_tolerance(label, seed):
    machine = replace(random_machine(seed, bearing=bearing_of("6205")), neighbour=None)
    signal = simulate(machine, [label], duration_s=5.0, severity_db=12.0, seed=seed)
    order = getattr(machine.bearing.orders, label)
    assert height(*envelope_spectrum(signal), order, reach=0.015) > 12


def test_the_line_moves_with_the_speed_and_with_nothing_else():
    def line_hz(speed_rpm, rate_hz):
        machine = replace(PLAIN, manners=EXACT)
        signal = simulate(machine, ["outer_race"], speed_rpm=speed_rpm, rate_hz=rate_hz, duration_s=10.0)
        return peak_order(*envelope_spectrum(signal), machine.bearing.orders.outer_race) * signal.speed_hz

    assert line_hz(1800.0, 12000.0) / line_hz(900.0, 12000.0) == pytest.approx(2.0, rel=2e-3)
    assert line_hz(1800.0, 12000.0) == pytest.approx(line_hz(1800.0, 25600.0), abs=0.15)


def test_slip_widens_the_line():
    def spread(slip):
        machine = replace(PLAIN, manners={"outer_race": Manner(slip=slip)})
        orders, spectrum = envelope_spectrum(simulate(machine, ["outer_race"], duration_s=20.0, severity_db=20.0))
        near = np.abs(orders / machine.bearing.orders.outer_race - 3) < 0.15  # the third harmonic
        weight = spectrum[near] ** 2 / np.sum(spectrum[near] ** 2)
        centre = weight @ orders[near]
        return np.sqrt(weight @ (orders[near] - centre) ** 2)

    assert spread(0.02) > 3 * spread(0.0)


def side_bands(label, spacing, depth):
    """Mean height of the two neighbours of the fault line, against the line itself, in decibels."""
    machine = replace(PLAIN, manners={label: Manner(load_depth=depth)})
    orders, spectrum = envelope_spectrum(simulate(machine, [label], duration_s=10.0, severity_db=20.0))
    line = getattr(machine.bearing.orders, label)
    at = [spectrum[np.abs(orders - place).argmin()] for place in (line - spacing, line, line + spacing)]
    return 20 * np.log10((at[0] + at[2]) / 2 / at[1])


def test_an_inner_race_fault_has_side_bands_a_shaft_turn_away_from_passing_the_load_zone():
    assert side_bands("inner_race", 1.0, depth=1.0) > -12
    assert side_bands("inner_race", 1.0, depth=0.0) < -30


def test_a_ball_fault_has_side_bands_a_cage_turn_away():
    cage = PLAIN.bearing.orders.cage
    assert side_bands("ball", cage, depth=1.0) > -12
    assert side_bands("ball", cage, depth=0.0) < -30


def test_a_ball_that_meets_one_race_harder_than_the_other_has_a_line_at_its_spin():
    def spin_height(alternate):
        machine = replace(PLAIN, manners={"ball": Manner(alternate=alternate)})
        signal = simulate(machine, ["ball"], duration_s=10.0, severity_db=10.0)
        return height(*envelope_spectrum(signal), machine.bearing.orders.ball / 2)

    assert spin_height(0.3) > spin_height(1.0) + 10


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    ("label", "highest", "present"),
    [("imbalance", 1.0, ()), ("misalignment", 2.0, (1.0, 3.0)), ("looseness", None, (0.5, 1.0, 1.5, 2.0, 3.0))],
)
def test_rotor_faults_are_lines_at_multiples_of_the_shaft(label, highest, present, seed):
    signal = simulate(replace(PLAIN, seed=seed), [label], duration_s=10.0, severity_db=10.0, seed=seed)
    frequency_hz, spectrum = power(signal.samples[0], signal.rate_hz)
    orders = frequency_hz / signal.speed_hz
    if highest:
        assert orders[spectrum.argmax()] == pytest.approx(highest, abs=0.01)
    for order in present:
        assert height(orders, spectrum, order) > 20


def test_a_gear_meshes_at_teeth_times_speed_with_side_bands_and_a_broken_tooth_knocks_once_a_turn():
    machine = replace(random_machine(3, gear=Gear(teeth=(31, 80))), neighbour=None, bumps=(), shaft_lines=())
    machine = replace(machine, mesh=machine.mesh._replace(amplitudes=(1.0,), depth=0.8), speed_rpm=1500.0)
    sound, broken = (simulate(machine, labels, duration_s=10.0) for labels in ([], ["gear_tooth"]))
    frequency_hz, spectrum = power(sound.samples[0], sound.rate_hz)
    for order in (30.0, 31.0, 32.0):
        assert height(frequency_hz / 25.0, spectrum, order, reach=0.001) > 20
    knocks = replace(machine, mesh=machine.mesh._replace(amplitudes=()))
    assert height(*envelope_spectrum(simulate(knocks, ["gear_tooth"], duration_s=10.0)), 1.0) > 20
    assert broken.gear.teeth == (31, 80)


GEARED = replace(PLAIN, gear=Gear(teeth=(31, 80)), manners={"gear_tooth": Manner()})


@pytest.mark.parametrize("wheel", [0, 1])
def test_a_damaged_tooth_knocks_once_a_turn_of_its_own_wheel(wheel):
    signal = simulate(GEARED, ["gear_tooth"], duration_s=10.0, faulty_wheel=wheel)
    orders, spectrum = envelope_spectrum(signal)
    turns = (1.0, 31 / 80)
    for harmonic in (1, 2, 3, 4, 5):
        assert peak_order(orders, spectrum, harmonic * turns[wheel]) == pytest.approx(
            harmonic * turns[wheel], abs=0.004
        )
        assert height(orders, spectrum, harmonic * turns[wheel]) > 20
    # The other wheel's first two lines that no line of this one covers stay in the noise.
    for harmonic in (1, 2) if wheel else (1, 3):
        assert height(orders, spectrum, harmonic * turns[1 - wheel], reach=0.004) < 12


def mesh_side_bands(mesh, wheel):
    """Highest line at three to six turns of a wheel beside the mesh, in decibels against the mesh itself."""
    machine = replace(GEARED, mesh=Mesh((1.0,), depth=0.0), manners={"gear_tooth": Manner(mesh=mesh)}, speed_rpm=1500.0)
    resonant = replace(machine, resonances=(Resonance(5000.0, 0.02, 1.0),))  # far from the mesh at 775 Hz
    signal = simulate(resonant, ["gear_tooth"], duration_s=10.0, severity_db=0.0, faulty_wheel=wheel)
    frequency_hz, spectrum = power(signal.samples[0], signal.rate_hz)
    turn = (1.0, 31 / 80)[wheel]
    beside = [31.0 + side * count * turn for count in range(3, 7) for side in (-1, 1)]
    at = [spectrum[np.abs(frequency_hz / 25.0 - order).argmin()] for order in (31.0, *beside)]
    return 20 * np.log10(max(at[1:]) / at[0])


@pytest.mark.parametrize("wheel", [0, 1])
def test_a_damaged_tooth_spreads_side_bands_a_turn_of_its_wheel_apart_around_the_mesh(wheel):
    assert mesh_side_bands(mesh=1.0, wheel=wheel) > -20
    assert mesh_side_bands(mesh=0.0, wheel=wheel) < -32


def test_a_wheel_that_the_machine_does_not_have_is_answered_with_those_it_has():
    with pytest.raises(FactError, match="faulty_wheel: plain has wheels 0 to 1, got 2"):
        simulate(GEARED, ["gear_tooth"], faulty_wheel=2)
    with pytest.raises(FactError, match="plain has wheels 0 to 0, got 1"):
        simulate(PLAIN, ["gear_tooth"], faulty_wheel=1)


def test_a_machine_of_unknown_gear_knocks_once_a_turn_of_its_shaft():
    signal = simulate(replace(PLAIN, manners={"gear_tooth": Manner()}), ["gear_tooth"], duration_s=10.0)
    assert height(*envelope_spectrum(signal), 1.0) > 20


@pytest.mark.parametrize("severity_db", [-10.0, 0.0, 15.0])
@pytest.mark.parametrize("label", [label for label in SIMULATED_LABELS if label != "healthy"])
def test_severity_is_the_rms_of_the_fault_against_the_background(label, severity_db):
    machine = replace(random_machine(11), neighbour=None)
    sound, faulty = (
        simulate(machine, labels, seed=5, duration_s=4.0, severity_db=severity_db).samples for labels in ([], [label])
    )
    ratio_db = 20 * np.log10(np.std(faulty - sound) / np.std(sound))
    assert ratio_db == pytest.approx(severity_db, abs=1.0)


def test_severity_may_differ_from_fault_to_fault():
    machine, levels = replace(PLAIN, manners=EXACT), {"outer_race": 12.0, "inner_race": -20.0}
    orders, spectrum = envelope_spectrum(simulate(machine, list(levels), duration_s=10.0, severity_db=levels))
    outer, inner = (height(orders, spectrum, getattr(machine.bearing.orders, label)) for label in levels)
    assert outer > inner + 20


def test_a_faulty_neighbour_is_heard_at_its_own_order():
    neighbour = Neighbour(bearing_of("6203"), "outer_race", level_db=0.0)
    heard = envelope_spectrum(simulate(replace(PLAIN, neighbour=neighbour), [], duration_s=10.0))
    assert height(*heard, neighbour.bearing.orders.outer_race) > 20
    assert height(*heard, PLAIN.bearing.orders.outer_race) < 15


def test_a_seed_means_one_signal():
    one, same, other = (simulate(random_machine(4), ["ball"], seed=seed).samples for seed in (0, 0, 1))
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


def test_every_machine_is_another():
    machines = [random_machine(seed) for seed in range(20)]
    assert len({machine.resonances for machine in machines}) == 20
    assert random_machine(3) == random_machine(3)


def test_a_fault_behaves_alike_on_one_machine_and_otherwise_on_another():
    one, other = random_machine(1), random_machine(2)
    assert one.manner("ball") == one.manner("ball") != other.manner("ball")


def test_the_signal_knows_its_truth():
    machine = random_machine(6, bearing=bearing_of("6203"), gear=Gear(teeth=(20, 50)), name="pump-7")
    signal = simulate(machine, ["healthy", "ball", "imbalance"], speed_rpm=1490, duration_s=0.5, rate_hz=20000.0)
    assert signal.labels == ("ball", "imbalance")
    assert (signal.machine, signal.specimen, signal.bearing, signal.gear) == (
        "pump-7",
        "pump-7",
        machine.bearing,
        machine.gear,
    )
    assert (signal.rate_hz, signal.speed_rpm, signal.samples.shape, signal.unit) == (20000.0, 1490, (1, 10000), "g")
    assert signal.samples.dtype == np.float32
    assert simulate(machine).labels == ("healthy",)


def test_every_label_that_is_known_can_be_simulated():
    assert set(SIMULATED_LABELS) == set(KNOWN)


def test_a_label_that_cannot_be_simulated_is_answered_with_the_nearest():
    with pytest.raises(FactError, match="cannot simulate 'outer_ring'; did you mean 'outer_race'"):
        simulate(PLAIN, ["outer_ring"])
