"""Readers: files to recordings, one format per file; the content decides which."""

from typing import TYPE_CHECKING

from pipeline.registry import Registry

if TYPE_CHECKING:
    from pipeline.readers.base import Reader

READERS: "Registry[type[Reader]]" = Registry(
    "reader",
    {
        "matlab": "pipeline.readers.matlab:MatlabReader",
        "matlab73": "pipeline.readers.matlab73:Matlab73Reader",
        "numpy": "pipeline.readers.numpy_files:NumpyReader",
        "wav": "pipeline.readers.wav:WavReader",
        "delimited": "pipeline.readers.delimited:DelimitedReader",
    },
    group="faultprint.readers",
)

__all__ = ["READERS"]
