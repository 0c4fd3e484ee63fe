import numpy as np
import pytest
from scipy.special import ndtr

from pipeline.preprocessing.engine.cell_weights import cell_weights

SIGMA = 15 / (2 * np.pi * np.sqrt(2))
"""Deviation, in samples, of the energy of one knock, sampled just as densely as its spectrum asks for."""


def means(curve: np.ndarray, edges: np.ndarray) -> np.ndarray:
    stretches = cell_weights(edges, len(curve))
    return np.array([curve[stretch.first : stretch.end] @ stretch.weights for stretch in stretches])


@pytest.mark.parametrize("cell", [4.3, 7.0, 31.7, 57.1, 140.9])
def test_the_energy_of_a_knock_anywhere_is_known_to_a_thousandth_in_amplitude(cell: float) -> None:
    edges = 20.37 + cell * np.arange(6)
    positions = np.arange(int(edges[-1]) + 20)
    for knock in np.linspace(edges[1], edges[2], 23):
        curve = np.exp(-0.5 * ((positions - knock) / SIGMA) ** 2) / np.sqrt(2 * np.pi) / SIGMA
        truth = np.diff(ndtr((edges - knock) / SIGMA)) / cell
        error = np.abs(np.sqrt(means(curve, edges).clip(0)) - np.sqrt(truth))
        assert error.max() < 1e-3 * np.sqrt(truth.max())


@pytest.mark.parametrize("cell", [0.3, 1.0, 3.1])
def test_cells_shorter_than_the_space_between_samples_are_interpolated(cell: float) -> None:
    edges = 30.2 + cell * np.arange(40)
    positions = np.arange(100)
    sigma = 1.4 * SIGMA
    curve = np.exp(-0.5 * ((positions - 36.4) / sigma) ** 2)
    truth = np.sqrt(2 * np.pi) * sigma * np.diff(ndtr((edges - 36.4) / sigma)) / cell
    assert np.abs(means(curve, edges) - truth).max() < 1e-4


@pytest.mark.parametrize("cell", [0.7, 9.9, 120.3])
def test_a_constant_has_itself_for_mean(cell: float) -> None:
    edges = 12.0 + cell * np.arange(9)
    assert means(np.full(int(edges[-1]) + 12, 5.0), edges) == pytest.approx(np.full(8, 5.0), rel=1e-4)


def test_a_bright_sample_casts_no_shadow_on_cells_further_off() -> None:
    curve = np.zeros(200)
    curve[50] = 1.0
    lit = means(curve, np.arange(10.0, 191.0, 10.0))
    assert set(np.flatnonzero(lit)) <= {3, 4}
