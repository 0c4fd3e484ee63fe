"""Gear sets: the simulated gear states as files in the layout of a public data set, each set of other pinions."""

import hashlib
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipeline.cache_folder import default_folder
from pipeline.signals.simulation import background, gear_states, impacts
from pipeline.signals.simulation.gear_states import RECORDS, STATES, gear_record, pinion_of, run_of
from pipeline.whole_file import write_whole

SETS = 3
"""Pinions of every state; a set has one of each."""

VARIABLE = "AccTimeDomain"
PLACE = Path("uconn_gear") / "DataForClassification_TimeDomain.mat"
"""Where the public set lies below a data folder."""


def gear_set(number: int, seed: int = 0) -> npt.NDArray[np.float32]:
    """All records of one set of pinions.

    Args:
        number: of the set, from 1.
        seed: the same seed gives the same records.

    Returns:
        Shape (3600, 936): 104 records a state, one state after the other, as `STATES` names them.
    """
    return np.stack(list(_records(number, seed)), axis=1)


def _records(number: int, seed: int) -> Iterator[npt.NDArray[np.float32]]:
    for place, state in enumerate(STATES):
        pinion = pinion_of(state, number, seed)
        for record in range(place * RECORDS, (place + 1) * RECORDS):
            rng = np.random.default_rng([seed, number, record])
            yield gear_record(pinion, run_of(record, number, seed), rng).astype(np.float32)


def write_gear_states(folder: Path, sets: int = SETS, seed: int = 0) -> list[Path]:
    """Write sets of pinions, each a data folder of its own in the public layout; sets that are there stay.

    Args:
        folder: gets `set-1/uconn_gear/DataForClassification_TimeDomain.mat` and so on.
        sets: how many.
        seed: of everything.

    Returns:
        The data folders, one a set.

    Raises:
        RequestError: when the disk is full or not writable.
    """
    from scipy.io import savemat

    folders = [folder / f"set-{number}" for number in range(1, sets + 1)]
    for number, root in enumerate(folders, start=1):
        if not (root / PLACE).is_file():
            content = BytesIO()
            savemat(content, {VARIABLE: gear_set(number, seed)})  # type: ignore[arg-type] # it takes files too
            write_whole(root / PLACE, [content.getvalue()])
    return folders


def kept_gear_states() -> list[Path]:
    """Data folders of the sets in the cache folder, simulated when they are asked for the first time."""
    return write_gear_states(default_folder() / "simulated" / f"gear_states-{made_by()}")


@cache
def made_by() -> str:
    """A hash of everything that decides what is simulated, so that none of an older simulation is ever read."""
    sources = [
        Path(file).read_bytes() for file in (__file__, gear_states.__file__, impacts.__file__, background.__file__)
    ]
    return hashlib.sha256(b"".join(sources)).hexdigest()[:12]
