"""Evidence: what a colleague can check by eye, small enough to keep with every diagnosis."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from pipeline.diagnosis.drawn import drawn_by
from pipeline.models.bundle import Model
from pipeline.preprocessing.base import ImageAxes
from pipeline.preprocessing.samples.envelope import squared_envelope_spectrum
from pipeline.signals.labels import BEARING_FAULTS
from pipeline.signals.recording import Samples
from pipeline.signals.signal import Signal

Array = npt.NDArray[np.float32]

WAVEFORM_POINTS = 1200
LONGEST_SPECTRUM = 1 << 21
"""The envelope spectrum is that of the first two million samples (3 minutes at 12 kHz); more would show no more."""

HIGHEST_ORDER = 12.0
"""The envelope spectrum is drawn up to this many shaft orders: two harmonics of every fault of a common bearing."""


@dataclass(frozen=True)
class Evidence:
    """Pictures of one signal, as numbers.

    Attributes:
        time_s, lowest, highest: the waveform as minimum and maximum per time cell; time in samples without a rate.
        image: what the model saw of the first window, (plane, row, column).
        axes: what the image's rows, columns and planes mean, where the stages say.
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


def waveform_envelope(blocks: Iterable[Samples], n_samples: int, points: int = WAVEFORM_POINTS) -> tuple[Array, Array]:
    """Minimum and maximum per time cell, so that no peak is lost however long the signal.

    Args:
        blocks: the signal in pieces, each of shape (channel, time); the first channel is drawn.
        n_samples: how long it is.
        points: how many cells, fewer for a signal with fewer samples.

    Example:
        >>> waveform_envelope([np.array([[0.0, 5.0, -1.0]]), np.array([[2.0]])], n_samples=4, points=2)
        (array([ 0., -1.], dtype=float32), array([5., 2.], dtype=float32))
    """
    points = min(points, n_samples)
    edges = np.arange(points + 1) * n_samples // points
    lowest, highest = np.full(points, np.inf, np.float32), np.full(points, -np.inf, np.float32)
    place = 0
    for block in blocks:
        first, last = np.searchsorted(edges, [place, place + block.shape[1] - 1], side="right") - 1
        starts = np.maximum(edges[first : last + 1] - place, 0)
        cells = slice(first, last + 1)
        lowest[cells] = np.minimum(lowest[cells], np.minimum.reduceat(block[0], starts))
        highest[cells] = np.maximum(highest[cells], np.maximum.reduceat(block[0], starts))
        place += block.shape[1]
    return lowest, highest


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
def gather_evidence(model: Model, signal: Signal) -> Evidence:
    """Evidence for one conditioned signal."""
    lowest, highest = waveform_envelope(signal.blocks(), signal.n_samples)
    first = next(model.card.intake.batches(signal, limit=1))
    image, stages = drawn_by(model.classifier, first)
    spectrum_hz, spectrum = _drawn_spectrum(signal)
    return Evidence(
        time_s=np.linspace(0.0, signal.duration_s or signal.n_samples, len(lowest), dtype=np.float32),
        lowest=lowest,
        highest=highest,
        image=image[0].numpy(),
        axes=stages.axes(),
        spectrum_hz=spectrum_hz,
        spectrum=spectrum,
        lines_hz=fault_lines_hz(signal),
    )


def bare_evidence(signal: Signal) -> Evidence:
    """What can be seen of a signal that no model can use: its waveform, with gaps where samples are no numbers.

    Example:
        >>> bare_evidence(Signal(np.array([1.0, np.nan, 3.0]), rate_hz=10.0)).highest
        array([ 1., nan,  3.], dtype=float32)
    """
    with np.errstate(over="ignore"):
        lowest, highest = waveform_envelope(signal.blocks(), signal.n_samples)
    lowest, highest = (np.where(np.isfinite(edge), edge, np.float32(np.nan)) for edge in (lowest, highest))
    nothing = np.zeros(0, dtype=np.float32)
    time_s = np.linspace(0.0, signal.duration_s or signal.n_samples, len(lowest), dtype=np.float32)
    return Evidence(time_s, lowest, highest, nothing.reshape(0, 0, 0), None, nothing, nothing, {})


def _drawn_spectrum(signal: Signal) -> tuple[Array, Array]:
    if signal.rate_hz is None:
        nothing = np.zeros(0, dtype=np.float32)
        return nothing, nothing
    stretch = torch.from_numpy(np.ascontiguousarray(signal.part(0, LONGEST_SPECTRUM)[0]))
    frequencies, magnitude = squared_envelope_spectrum(stretch, signal.rate_hz)
    top_hz = HIGHEST_ORDER * signal.speed_hz if signal.speed_rpm else signal.rate_hz / 20
    drawn = (frequencies > 0) & (frequencies <= top_hz)
    return frequencies[drawn].float().numpy(), magnitude[drawn].float().numpy()
