"""A recording as a MATLAB 5 file, through scipy."""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import numpy as np

from pipeline.errors import FactError
from pipeline.signals.recording import Recording

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,62}")
"""What MATLAB takes for the name of a variable."""

LARGEST_BYTES = 2**30
"""Half of what the format ends at: float16 becomes float32."""


def saved(recording: Recording) -> Iterator[bytes]:
    """The bytes of a file that holds a recording.

    Raises:
        FactError: for names that are none of MATLAB's or are taken, units that differ, or more than the format holds.
    """
    from scipy.io import savemat

    said = {word: recording.facts[word] for word in ("speed_rpm", "load") if word in recording.facts}
    said |= {} if recording.rate_hz is None else {"fs": recording.rate_hz}
    said |= {} if recording.units[0] is None else {"unit": recording.units[0]}
    wrong = [name for name in recording.channels if not NAME.fullmatch(name) or name in said]
    if wrong:
        raise FactError(
            f"MATLAB names variables with up to 63 letters, digits and _, and {list(said)} are taken, "
            f"got channel '{wrong[0]}'; rename it"
        )
    if len(set(recording.units)) > 1:
        raise FactError(f"MATLAB files hold one unit for all channels, got {list(recording.units)}; write HDF5")
    if recording.samples.nbytes > LARGEST_BYTES:
        gigabytes = recording.samples.nbytes / 1e9
        raise FactError(f"MATLAB 5 files end at 2 GB, half of it for samples, got {gigabytes:.3g} GB; write HDF5")
    wide = np.float32 if recording.samples.dtype == np.float16 else recording.samples.dtype
    content: Any = BytesIO()
    vectors = dict(zip(recording.channels, recording.samples.astype(wide), strict=True))
    savemat(content, vectors | said, oned_as="column")
    yield content.getvalue()
