"""Evidence: what a colleague can check by eye, small enough to keep with every diagnosis."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from pipeline.models.classifier import Classifier
from pipeline.preprocessing.base import Batch, ImageAxes
from pipeline.preprocessing.envelope import squared_envelope_spectrum
from pipeline.signals.labels import BEARING_FAULTS
from pipeline.signals.signal import Signal

Array = npt.NDArray[np.float32]

WAVEFORM_POINTS = 1200
HIGHEST_ORDER = 12.0
"""The envelope spectrum is drawn up to this many shaft orders: two harmonics of every fault of a common bearing."""


@dataclass(frozen=True)
class Evidence:
    """Pictures of one signal, as numbers.

    Attributes:
        time_s, lowest, highest: the waveform as minimum and maximum per time cell; time in samples without a rate.
        image: what the model saw of the first window, (row, column).
        axes: what the image's rows and columns mean, where the stages say.
        spectrum_hz, spectrum: squared-envelope spectrum; empty without a rate.
        lines_hz: where each fault of the bearing would show, empty without speed and geometry.
    """

    time_s: Array
    lowest: Array
    highest: Array
    image: Array
    axes: ImageAxes | None
    spectrum_hz: Array
    spectrum: Array
    lines_hz: dict[str, float]


def waveform_envelope(samples: Array, points: int = WAVEFORM_POINTS) -> tuple[Array, Array]:
    """Minimum and maximum per cell, so that no peak is lost however long the signal.

    Example:
        >>> waveform_envelope(np.array([0, 5, -1, 2], dtype=np.float32), points=2)
        (array([ 0., -1.], dtype=float32), array([5., 2.], dtype=float32))
    """
    cells = np.array_split(samples, min(points, len(samples)))
    return (
        np.array([cell.min() for cell in cells], dtype=np.float32),
        np.array([cell.max() for cell in cells], dtype=np.float32),
    )


def fault_lines_hz(signal: Signal) -> dict[str, float]:
    """Where each fault of the signal's bearing shows, in hertz; empty where speed or bearing is unknown.

    Example:
        >>> from pipeline.signals.bearing import Bearing
        >>> bearing = Bearing(stated_orders=(3.5, 5.5, 4.7, 0.4))
        >>> fault_lines_hz(Signal(np.zeros(8), speed_rpm=600.0, bearing=bearing))["outer_race"]
        35.0
    """
    if signal.bearing is None or signal.speed_rpm is None:
        return {}
    return {label: order * signal.speed_hz for label, order in zip(BEARING_FAULTS, signal.orders, strict=False)}


@torch.inference_mode()
def gather_evidence(classifier: Classifier, signal: Signal, batch: Batch) -> Evidence:
    """Evidence for one conditioned signal and its windows."""
    lowest, highest = waveform_envelope(signal.samples[0])
    image = classifier.shared(batch.rows(slice(0, 1))).values[0, 0]
    spectrum_hz, spectrum = _drawn_spectrum(signal)
    return Evidence(
        time_s=np.linspace(0.0, signal.duration_s or signal.n_samples, len(lowest), dtype=np.float32),
        lowest=lowest,
        highest=highest,
        image=image.numpy(),
        axes=classifier.shared.axes(),
        spectrum_hz=spectrum_hz,
        spectrum=spectrum,
        lines_hz=fault_lines_hz(signal),
    )


def _drawn_spectrum(signal: Signal) -> tuple[Array, Array]:
    if signal.rate_hz is None:
        nothing = np.zeros(0, dtype=np.float32)
        return nothing, nothing
    frequencies, magnitude = squared_envelope_spectrum(torch.from_numpy(signal.samples[0]), signal.rate_hz)
    top_hz = HIGHEST_ORDER * signal.speed_hz if signal.speed_rpm else signal.rate_hz / 20
    drawn = (frequencies > 0) & (frequencies <= top_hz)
    return frequencies[drawn].float().numpy(), magnitude[drawn].float().numpy()
