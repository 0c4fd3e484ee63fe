"""Checks: all findings of one channel, and of channels recorded together."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from pipeline.signals.quality.combs import CombSearch
from pipeline.signals.quality.ends import KEPT, clipping
from pipeline.signals.quality.finding import Finding
from pipeline.signals.quality.held import dropouts, staircase
from pipeline.signals.quality.level import clock, dc_offset, flat, not_finite
from pipeline.signals.quality.nyquist import aliasing
from pipeline.signals.quality.shaft_lines import shaft_lines
from pipeline.signals.quality.steps import Step, coarse_steps, find_step
from pipeline.signals.quality.survey import ChannelSurvey
from pipeline.signals.spectra import power_density

SEGMENT = 4096
"""Samples per spectrum, for checks that need no fine lines."""

SHORTEST_SEGMENT, FEWEST_SEGMENTS = 256, 8


def step_of(survey: ChannelSurvey) -> Step | None:
    """The converter's step, from the stretches that were kept."""
    parts = [part[np.isfinite(part)] for part in survey.stretches]
    return find_step(np.concatenate(parts)) if parts else None


def statistics_of(survey: ChannelSurvey, step: Step | None) -> dict[str, Any]:
    """What a user reads of a channel, with the step and the bits that the samples make use of.

    Returns:
        As `Moments.statistics`, and `step` and `effective_bits` (of the range between the extremes), None where
        there is no common step.
    """
    moments = survey.moments
    bits = float(np.log2((moments.highest - moments.lowest) / step.size + 1)) if step else None
    return {**moments.statistics(), "step": step.size if step else None, "effective_bits": bits}


def channel_findings(name: str, survey: ChannelSurvey, step: Step | None, rate_hz: float | None) -> list[Finding]:
    """Everything one channel tells by itself, the worst first.

    Args:
        name: of the channel.
        survey: of it.
        step: as `step_of` finds it.
        rate_hz: where known.
    """
    moments, held = survey.moments, survey.held
    ends = moments.lowest, moments.highest
    found = [
        not_finite(name, survey.n_bad, survey.first_bad, survey.n_samples),
        flat(name, moments),
        clipping(name, survey.lower, survey.upper, step),
        dropouts(name, held, *ends, rate_hz),
        staircase(name, held, *ends),
        clock(name, survey.rises, moments),
        None if survey.rises else dc_offset(name, moments),
        coarse_steps(name, step, moments.std),
        _aliasing(name, survey, rate_hz),
    ]
    return [finding for finding in found if finding is not None]


def _aliasing(name: str, survey: ChannelSurvey, rate_hz: float | None) -> Finding | None:
    few_values = len(survey.upper.values) < KEPT
    if not survey.moves or few_values or survey.held.n_held > survey.n_samples / 2:
        return None
    stretches = survey.centred()
    # A spectrum of fewer segments is too ragged to tell where it falls.
    segment = min(SEGMENT, max(map(len, stretches)) // FEWEST_SEGMENTS)
    return aliasing(name, *power_density(stretches, 1.0, segment), rate_hz) if segment >= SHORTEST_SEGMENT else None


def shaft_findings(surveys: Sequence[ChannelSurvey], rate_hz: float | None, speed_rpm: float) -> list[Finding]:
    """What the shaft's lines say of rate and speed, from the channels that move, all recorded together."""
    moving = [survey for survey in surveys if survey.moves]
    # Lines are searched in the first stretch: a speed may have changed before the next.
    return shaft_lines(CombSearch([survey.centred()[0] for survey in moving]), rate_hz, speed_rpm) if moving else []
