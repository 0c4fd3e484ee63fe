"""Preprocessing: samples to images, in pure torch, so that it runs inside the model."""

from typing import TYPE_CHECKING, Any

from pipeline.registry import Registry

if TYPE_CHECKING:
    from pipeline.preprocessing.base import Stage

STAGES: "Registry[type[Stage[Any]]]" = Registry(
    "stage",
    {
        "per_sensor": "pipeline.preprocessing.samples.per_sensor:PerSensor",
        "fold": "pipeline.preprocessing.images.fold:Fold",
        "stft": "pipeline.preprocessing.images.stft:Stft",
        "wavelet": "pipeline.preprocessing.images.wavelet:Wavelet",
        "decibels": "pipeline.preprocessing.scaling.decibels:Decibels",
        "standardise": "pipeline.preprocessing.scaling.standardise:Standardise",
        "resize": "pipeline.preprocessing.scaling.resize:Resize",
        "to_imagenet": "pipeline.preprocessing.scaling.to_imagenet:ToImagenet",
    },
    group="faultprint.stages",
)

__all__ = ["STAGES"]
