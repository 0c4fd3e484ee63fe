"""Preprocessing: samples to images, in pure torch, so that it runs inside the model."""

from typing import TYPE_CHECKING, Any

from pipeline.registry import Registry

if TYPE_CHECKING:
    from pipeline.preprocessing.base import Stage

STAGES: "Registry[type[Stage[Any]]]" = Registry(
    "stage",
    {
        "per_sensor": "pipeline.preprocessing.per_sensor:PerSensor",
        "fold": "pipeline.preprocessing.fold:Fold",
        "stft": "pipeline.preprocessing.stft:Stft",
        "wavelet": "pipeline.preprocessing.wavelet:Wavelet",
        "decibels": "pipeline.preprocessing.decibels:Decibels",
        "standardise": "pipeline.preprocessing.standardise:Standardise",
        "resize": "pipeline.preprocessing.resize:Resize",
        "to_imagenet": "pipeline.preprocessing.to_imagenet:ToImagenet",
    },
    group="faultprint.stages",
)

__all__ = ["STAGES"]
