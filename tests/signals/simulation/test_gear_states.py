"""Simulated gear states against physics: where lines stand, what a damaged tooth does, and how much of it.

The measures are independent of the simulator: spectra by `numpy.fft`, envelopes by `scipy.signal.hilbert`.
"""

import numpy as np
import pytest
from scipy.io import loadmat
from scipy.signal import butter, hilbert, sosfiltfilt

from pipeline.catalog.corpora import check_corpus, load_corpus
from pipeline.catalog.opening import open_row
from pipeline.catalog.row import Row
from pipeline.signals.simulation import gear_states as module
from pipeline.signals.simulation.gear_sets import PLACE, write_gear_states
from pipeline.signals.simulation.gear_states import (
    RATE_HZ,
    RECORDS,
    STATES,
    TEETH,
    Run,
    gear_record,
    pinion_of,
    run_of,
)
from pipeline.workflow.training_run.signals import gear_states

LONG = 60000
"""Three seconds: ninety turns, for lines a twentieth of a turn wide."""
STEADY = Run(speed_hz=30.0, load=1.0, begin=0.0)
CHIPPINGS = [f"chipping_{severity}a" for severity in range(1, 6)]


def heard(name, /, number=1, run=STEADY, noise=0, **changes):
    pinion = pinion_of(name, number)._replace(**changes)
    return gear_record(pinion, run, np.random.default_rng(noise), n_samples=LONG)


def plain(state):
    """A pinion without errors of its own: what is left is the damage."""
    return {"errors": np.zeros(TEETH), "runout": (0.0, 0.0), "state": STATES[state], "tooth": 5}


def spectrum(samples):
    """Orders of the pinion, and heights."""
    windowed = samples * np.hanning(samples.size)
    return np.fft.rfftfreq(samples.size, 1 / RATE_HZ) / STEADY.speed_hz, np.abs(np.fft.rfft(windowed))


def line(orders, heights, order):
    return heights[np.abs(orders - order) < 0.1].max()


def once_a_turn(samples, above_hz=2000.0):
    """Height of the line at one turn of the pinion in the envelope of what rings, over its surroundings."""
    ringing = sosfiltfilt(butter(4, above_hz, "high", fs=RATE_HZ, output="sos"), samples)
    orders, heights = spectrum(np.abs(hilbert(ringing)) ** 2)
    return line(orders, heights, 1.0) / np.median(heights[(orders > 0.3) & (orders < 8)])


def test_a_sound_pinion_meshes_at_its_teeth_times_its_speed_and_the_stage_behind_it_at_its_own():
    orders, heights = spectrum(heard("healthy"))
    floor = np.median(heights[(orders > 10) & (orders < 60)])
    for order in (32, 64, 96, 19.2, 38.4):  # 48 teeth turning 32 / 80 as fast
        assert line(orders, heights, order) > 20 * floor
    assert line(orders, heights, 27.5) < 6 * floor


def test_errors_of_the_teeth_and_runout_stand_beside_the_mesh_a_turn_away(monkeypatch):
    monkeypatch.setattr(module, "NOISE", 0.0)
    own = spectrum(heard("healthy"))
    none = spectrum(heard("healthy", **plain("healthy")))
    assert line(*own, 33) > 0.01 * line(*own, 32)
    assert line(*none, 33) < 1e-4 * line(*none, 32)


@pytest.mark.parametrize("state", ["missing_tooth", "spalling", "chipping_5a"])
def test_a_broken_flank_rings_once_a_turn_and_a_whole_one_does_not(state):
    assert once_a_turn(heard(state, **plain(state)), 4500.0) > 4 * once_a_turn(
        heard("healthy", **plain("healthy")), 4500.0
    )
    crack = heard("root_crack", **plain("root_crack"))  # soft, but its flank is whole
    assert once_a_turn(heard(state, **plain(state)), 4500.0) > 4 * once_a_turn(crack, 4500.0)


def mesh_envelope(state, place):
    """Amplitude of the first mesh, averaged over turns, some teeth from the damaged one; 1 for a whole tooth."""
    samples = heard(state, harmonics=np.array([1.0]), phases=np.zeros(1), **plain(state))
    band = sosfiltfilt(butter(2, [600, 1500], "band", fs=RATE_HZ, output="sos"), samples)
    envelope = np.abs(hilbert(band))
    turn = np.arange(LONG) * STEADY.speed_hz / RATE_HZ
    teeth = (turn * TEETH - 5 - place + TEETH / 2) % TEETH - TEETH / 2
    return np.median(envelope[np.abs(teeth) < 0.2])


@pytest.mark.parametrize("state", ["root_crack", "missing_tooth"])
def test_the_mesh_is_fainter_while_the_damaged_tooth_passes(state, monkeypatch):
    monkeypatch.setattr(module, "NOISE", 0.0)
    monkeypatch.setattr(module, "SECOND_LEVEL", 0.0)
    # Blows ring in the same band; what they add is not what this is about.
    monkeypatch.setitem(STATES, state, STATES[state]._replace(blows=()))
    kept = mesh_envelope(state, 0) / mesh_envelope(state, 12)
    loss = STATES[state].loss
    assert kept == pytest.approx(1 - 0.6 * loss, abs=0.35 * loss)  # the filter that cuts the mesh out smears it
    assert mesh_envelope(state, -12) == pytest.approx(mesh_envelope(state, 12), rel=0.05)


def test_the_worse_the_chipping_the_more_it_rings():
    rung = [once_a_turn(heard(state, **plain(state)), 4500.0) for state in CHIPPINGS]
    assert rung == sorted(rung)
    assert rung[-1] > 3 * rung[0]


def test_the_damage_of_one_state_differs_from_pinion_to_pinion_by_less_than_neighbouring_severities():
    depths = [[pinion_of(state, number).state.loss for number in range(1, 20)] for state in CHIPPINGS]
    assert all(np.std(found) > 0 for found in depths)
    means = [float(np.mean(found)) for found in depths]
    assert all(np.std(found) < step for found, step in zip(depths, np.diff([0.0, *means]), strict=True))


def test_speed_and_load_differ_from_record_to_record():
    runs = [run_of(record, 1) for record in range(50)]
    speeds, loads, begins = (np.array([run[place] for run in runs]) for place in range(3))
    assert 0.97 * 30 <= speeds.min() < 29.5 < 30.5 < speeds.max() <= 1.03 * 30
    assert loads.max() > 1.4 * loads.min()
    assert begins.max() - begins.min() > 0.8


def test_twice_the_speed_puts_the_mesh_at_twice_the_frequency():
    samples = heard("healthy", run=STEADY._replace(speed_hz=60.0))
    orders, heights = spectrum(samples)
    assert line(orders, heights, 64) > line(orders, heights, 32)


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    return write_gear_states(tmp_path_factory.mktemp("gears"), sets=2)


def test_a_set_is_a_data_folder_in_the_published_layout(sets):
    assert [check.status for check in check_corpus("uconn_gear", sets[0])] == ["ok"]
    matrix = loadmat(sets[0] / "uconn_gear" / "DataForClassification_TimeDomain.mat")["AccTimeDomain"]
    assert matrix.shape == (3600, 936)
    assert np.isfinite(matrix).all()
    rows = load_corpus("uconn_gear", sets[0]).rows
    assert [row.condition["state"] for row in rows[::RECORDS]] == list(STATES)
    signal = open_row(rows[300], sets[0])
    assert np.array_equal(signal.samples[0], matrix[:, 300])
    assert (signal.rate_hz, rows[300].condition["state"]) == (20000, "root_crack")


def test_the_same_seed_gives_the_same_record_and_another_pinion_another(sets):
    matrices = [loadmat(root / PLACE)["AccTimeDomain"] for root in sets]
    for number, matrix in enumerate(matrices, start=1):
        again = gear_record(pinion_of("spalling", number), run_of(312, number), np.random.default_rng([0, number, 312]))
        assert np.array_equal(matrix[:, 312], again.astype(np.float32))
    assert np.abs(np.corrcoef(matrices[0][:, 312], matrices[1][:, 312])[0, 1]) < 0.5


def test_the_level_of_a_record_does_not_tell_its_state(sets):
    matrix = loadmat(sets[0] / PLACE)["AccTimeDomain"]
    levels = matrix.std(axis=0).reshape(len(STATES), RECORDS)
    assert np.ptp(levels.mean(axis=1)) < 4 * levels.std(axis=1).mean()


def test_sets_that_are_there_are_not_written_again(sets):
    before = [(root / PLACE).stat().st_mtime_ns for root in sets]
    assert write_gear_states(sets[0].parent, sets=2) == sets
    assert [(root / PLACE).stat().st_mtime_ns for root in sets] == before


def test_a_catalog_of_sets_has_a_specimen_for_every_pinion(sets):
    catalog = gear_states(sets)
    assert len(catalog) == 2 * 936
    heard_by: dict[str, list[Row]] = {}
    for row in catalog:
        heard_by.setdefault(row.specimen, []).append(row)
    assert {len(rows) for rows in heard_by.values()} == {RECORDS}
    assert len(heard_by) == 2 * len(STATES)
    for place, number, record in ((0, 1, 0), (935, 1, 935), (936 + 7, 2, 7)):
        assert catalog.rows[place].speed_rpm == pytest.approx(60 * run_of(record, number).speed_hz, abs=0.01)
    assert any("simulated" in note for note in catalog.notes)
