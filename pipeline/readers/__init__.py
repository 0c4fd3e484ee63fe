"""Readers: files to recordings, one format per file; the content decides which."""

from typing import TYPE_CHECKING

from pipeline.registry import Registry

if TYPE_CHECKING:
    from pipeline.readers.base import Reader

READERS: "Registry[type[Reader]]" = Registry(
    "reader",
    {
        "matlab": "pipeline.readers.formats.matlab:MatlabReader",
        "matlab73": "pipeline.readers.formats.matlab73:Matlab73Reader",
        "numpy": "pipeline.readers.formats.numpy_files:NumpyReader",
        "wav": "pipeline.readers.formats.wav:WavReader",
        "delimited": "pipeline.readers.formats.delimited:DelimitedReader",
    },
    group="faultprint.readers",
)

__all__ = ["READERS"]
