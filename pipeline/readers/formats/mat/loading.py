"""Values of MATLAB variables up to version 7: plain numbers are mapped or unpacked, all else is left to scipy."""

import math
from collections.abc import Sequence
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np

from pipeline.readers.formats.mat.elements import (
    COMPRESSED,
    FILE_HEADER_BYTES,
    STORED,
    TAG_BYTES,
    Element,
    byte_order,
    data_of,
    refuse_damaged,
    unpacked,
)
from pipeline.readers.formats.mat.variables import Variable
from pipeline.readers.formats.streamed import StreamedArray
from pipeline.readers.formats.unpacking import UnpackingStream

LOADED_BYTES = 2**26
"""A packed variable up to this size is unpacked whole, which is quickest and proves its checksum."""


def loaded_values(path: Path, variables: Sequence[Variable]) -> dict[str, Any]:
    """What scipy makes of some variables of format 5, by the names they have here."""
    from scipy.io import loadmat

    for variable in variables:
        if variable.element is not None:
            refuse_damaged(path, variable.element)
    once = [variable.name for variable in variables if not variable.repeats]
    # Not mat_dtype=True: in structs it drops imaginary parts, with no more than a warning.
    values = dict(loadmat(str(path), variable_names=once, appendmat=False)) if once else {}
    for variable in variables:
        if variable.repeats and variable.element is not None:
            alone = loadmat(alone_in_file(path, variable.element))
            values[variable.name] = alone[variable.name.partition("#")[0]]
    return values


def alone_in_file(path: Path, element: Element) -> Any:
    """A file with one variable only, because of two with one name scipy gives the last."""
    with path.open("rb") as file:
        start = file.read(FILE_HEADER_BYTES)
        file.seek(element.start - TAG_BYTES)
        return BytesIO(start + file.read(TAG_BYTES + element.n_bytes))


def numbers_of(path: Path, element: Element, shape: tuple[int, ...]) -> Any:
    """The numbers of a real variable: mapped, unpacked, or a stream that unpacks a long one as far as it is read."""
    data = data_of(path, element, shape)
    dtype = np.dtype(byte_order(path) + STORED[data.kind])
    if element.kind != COMPRESSED:
        return np.memmap(path, dtype, "r", data.start, shape, "F")
    if data.n_bytes > LOADED_BYTES:
        return StreamedArray(partial(UnpackingStream, path, element, data.start), shape, dtype, fortran=True)
    whole = unpacked(path, element)
    return np.frombuffer(whole, dtype, math.prod(shape), data.start).reshape(shape, order="F")
