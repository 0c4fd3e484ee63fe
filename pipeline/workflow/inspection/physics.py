"""Physics: what it alone says of every channel of an inspected file, as rows, and as the lines of a figure."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import torch

from pipeline.catalog.opening import open_signal
from pipeline.diagnosis.witness.examine import LABELS, examine
from pipeline.diagnosis.witness.witness import Witness
from pipeline.errors import FaultprintError
from pipeline.preprocessing.samples.envelope import squared_envelope_spectrum
from pipeline.readers.places import Place
from pipeline.signals.portrait import Portrait
from pipeline.signals.quality.survey import ChannelSurvey


def witnessed(place: Place, channel: str, flags: Mapping[str, Any]) -> Witness:
    """What physics says of one channel of a file; a channel that cannot be opened is asked nothing, with the reason.

    Args:
        place: of the file.
        channel: its name there.
        flags: what the user states.
    """
    try:
        return examine(open_signal(place, {**flags, "channel": channel}))
    except FaultprintError as error:
        return Witness(unasked=dict.fromkeys(LABELS, str(error)))


def as_witnessed(drawn: Portrait, survey: ChannelSurvey, witness: Witness) -> Portrait:
    """A portrait whose envelope is that of the band which shows the strongest fault, and whose lines stand as measured.

    Args:
        drawn: of a channel.
        survey: of the same channel.
        witness: of the same channel.

    Returns:
        The portrait as it is where nothing was found.
    """
    found = [line for line in witness.lines if line.found and line.band_hz is not None]
    if not found or drawn.rate_hz is None:
        return drawn
    band_hz = max(found, key=lambda line: line.snr_db).band_hz
    stretch = torch.from_numpy(survey.centred()[0])
    envelope_hz, envelope = squared_envelope_spectrum(stretch, drawn.rate_hz, band_hz)
    shown = (envelope_hz > 0) & (envelope_hz <= float(drawn.envelope_hz[-1]))
    return replace(
        drawn,
        envelope_hz=envelope_hz[shown].double().numpy(),
        envelope=envelope[shown].numpy(),
        band_hz=band_hz,
        lines_hz={**drawn.lines_hz, **{line.label: line.hz for line in found}},
    )
