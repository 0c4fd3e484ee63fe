import torch

from pipeline.preprocessing.engine.magnitude import energy, root


def test_the_root_of_the_energy_is_the_magnitude() -> None:
    spectrum = torch.randn(5, 7, dtype=torch.complex64, generator=torch.Generator().manual_seed(0))
    assert torch.allclose(root(energy(torch.view_as_real(spectrum))), spectrum.abs())


def test_what_rounding_left_below_zero_is_silence() -> None:
    assert root(torch.tensor([-1e-9, 0.0, 4.0])).tolist() == [0.0, 0.0, 2.0]
