"""Evidence: what is drawn is what is there."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.diagnosis.evidence import fault_lines_hz, waveform_envelope
from pipeline.signals.bearing import Bearing
from pipeline.signals.long_samples import pieces_of
from pipeline.signals.signal import Signal


def test_the_waveform_keeps_every_peak_however_long_the_signal() -> None:
    samples = np.zeros(1_000_003, dtype=np.float32)
    samples[765_432], samples[3] = 9.0, -4.0
    lowest, highest = waveform_envelope([samples[None]], samples.size)
    assert (lowest.min(), highest.max()) == (-4.0, 9.0)
    assert len(lowest) == len(highest) == 1200


@given(st.integers(1, 400), st.integers(1, 50), st.integers(1, 60))
def test_the_waveform_is_that_of_its_cells_whatever_the_pieces(n_samples: int, chunk: int, points: int) -> None:
    samples = np.random.default_rng(1).standard_normal((1, n_samples)).astype(np.float32)
    lowest, highest = waveform_envelope(pieces_of(samples, chunk, 0, n_samples), n_samples, points)
    edges = [k * n_samples // min(points, n_samples) for k in range(min(points, n_samples))]
    cells = np.split(samples[0], edges[1:])
    np.testing.assert_array_equal(lowest, [cell.min() for cell in cells])
    np.testing.assert_array_equal(highest, [cell.max() for cell in cells])


def test_a_short_waveform_is_drawn_as_it_is() -> None:
    samples = np.arange(5, dtype=np.float32)
    lowest, highest = waveform_envelope([samples[None]], samples.size)
    np.testing.assert_array_equal(lowest, samples)
    np.testing.assert_array_equal(highest, samples)


def test_fault_lines_stand_at_order_times_speed() -> None:
    bearing = Bearing(stated_orders=(3.5848, 5.4152, 4.7135, 0.39828))
    lines = fault_lines_hz(Signal(np.zeros(8), speed_rpm=1797.0, bearing=bearing))
    np.testing.assert_allclose(lines["outer_race"], 107.36, atol=0.01)
    np.testing.assert_allclose(lines["inner_race"], 162.19, atol=0.01)
    np.testing.assert_allclose(lines["ball"], 141.17, atol=0.01)


def test_without_speed_or_bearing_no_line_is_drawn() -> None:
    assert fault_lines_hz(Signal(np.zeros(8), speed_rpm=1797.0)) == {}
