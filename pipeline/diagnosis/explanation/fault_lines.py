"""Fault lines: whether relevance lies where geometry and speed put the fault that it is said to show."""

import math

import torch
from torch import Tensor

from pipeline.diagnosis.explanation.band_check import band_check
from pipeline.diagnosis.explanation.beat import LEVEL, Beat, beat_at, spectrum_of
from pipeline.diagnosis.explanation.explanation import LineCheck
from pipeline.diagnosis.explanation.plane_check import plane_check
from pipeline.diagnosis.explanation.view import Relevance
from pipeline.preprocessing.base import Axis, Batch, ImageAxes
from pipeline.signals.labels import BEARING_FAULTS


def line_check(
    label: str, image: Tensor, found: Relevance, axes: ImageAxes | None, window: Batch, family: str = "bearing"
) -> LineCheck:
    """Whether relevance lies at the label's own fault line.

    An image with a plane for the label: its strongest cell is in that plane. An image of frequency over time: its
    relevance rises and falls at the fault's rate, where columns are close enough to tell; else the band that half of it
    lies in has the fault's line in its envelope.

    Args:
        label: what is explained.
        image: (plane, row, column).
        found: relevance of the same shape.
        axes: what rows, columns and planes stand for.
        window: the samples (1, channel, time) with speed and orders, NaN where unknown.
        family: whose orders the window carries.
    """
    if axes is None:
        return _cannot("nothing says what the image's rows and columns stand for")
    if label in axes.planes:
        return plane_check(label, image, found, axes)
    if label not in BEARING_FAULTS:
        return _cannot("this label has no fault line of its own" + (" among planes of wheels" * (family == "gear")))
    order = float(window.orders[0, BEARING_FAULTS.index(label)]) if family == "bearing" else math.nan
    speed_hz = float(window.speed_hz[0])
    if not math.isfinite(order * speed_hz):
        return _cannot("speed or bearing is not known, so neither is the fault's rate")
    if axes.columns.unit not in ("s", "turns") or not axes.rows.unit:
        return _cannot("the image has no axis of frequency over time")
    rate = order if axes.columns.unit == "turns" else order * speed_hz
    beat = _beat(found, axes.columns, rate)
    if beat is not None:
        return _of_beat(beat, order * speed_hz)
    if axes.rows.unit != "Hz":
        return _cannot("the image's columns are too far apart to show the fault's rate")
    return band_check(found.values, axes.rows, window, order * speed_hz)


def _cannot(why: str) -> LineCheck:
    return LineCheck("not applicable", why)


def _beat(found: Relevance, columns: Axis, rate: float) -> Beat | None:
    """How much relevance beats at a rate; None where columns, or the method's own grid, cannot show it."""
    step = columns.values[1] - columns.values[0] if len(columns.values) > 1 else math.inf
    span = step * len(columns.values)
    own_step = span / found.grid[1] if found.grid else step
    if not math.isfinite(span) or rate * own_step > FASTEST:
        return None
    profile = found.values.clamp(min=0).sum(dim=(0, 1)).double()
    if not bool(profile.any()):
        return None
    frequencies = torch.fft.rfftfreq(len(profile), d=step, dtype=torch.float64).numpy()
    return beat_at(frequencies, spectrum_of(profile.numpy()), rate)


FASTEST = 0.45
"""Beats per column; above half of one, a beat looks like a slower one."""


def _of_beat(beat: Beat, fault_hz: float) -> LineCheck:
    stands = beat.p_value <= LEVEL
    told = (
        f"relevance {'rises' if stands else 'does not rise'} and fall{'s' if stands else ''} over time at the fault's "
        f"{fault_hz:.4g} Hz ({beat.snr_db:+.0f} dB over other rates, p = {beat.p_value:.2f})"
    )
    return LineCheck(
        "yes" if stands else "no", told, "beat", None, LEVEL, fault_hz, beat.p_value, round(beat.snr_db, 2)
    )
