"""Readers: files to recordings, one format per file; the content decides which."""

from typing import TYPE_CHECKING

from pipeline.registry import Registry

if TYPE_CHECKING:
    from pipeline.readers.base import Reader

READERS: "Registry[type[Reader]]" = Registry(
    "reader",
    {
        "matlab": "pipeline.readers.formats.mat.matlab:MatlabReader",
        "matlab73": "pipeline.readers.formats.mat.matlab73:Matlab73Reader",
        "hdf5": "pipeline.readers.formats.hdf5:Hdf5Reader",
        "arrow": "pipeline.readers.formats.arrow:ArrowReader",
        "numpy": "pipeline.readers.formats.numpy_files:NumpyReader",
        "wav": "pipeline.readers.formats.wav:WavReader",
        "flac": "pipeline.readers.formats.flac:FlacReader",
        "tdms": "pipeline.readers.formats.tdms:TdmsReader",
        "uff": "pipeline.readers.formats.uff:UffReader",
        "delimited": "pipeline.readers.formats.delimited:DelimitedReader",
        "raw": "pipeline.readers.formats.raw:RawReader",
        "vectors": "pipeline.readers.formats.vectors:VectorsReader",
    },
    group="faultprint.readers",
)

__all__ = ["READERS"]
