"""Preprocessing: samples to images, in pure torch, so that it runs inside the model."""

from typing import TYPE_CHECKING, Any

from pipeline.registry import Registry

if TYPE_CHECKING:
    from pipeline.preprocessing.base import Stage

STAGES: "Registry[type[Stage[Any]]]" = Registry(
    "stage",
    {
        "per_sensor": "pipeline.preprocessing.samples.per_sensor:PerSensor",
        "bandpass": "pipeline.preprocessing.samples.bandpass:Bandpass",
        "whiten": "pipeline.preprocessing.samples.whiten:Whiten",
        "envelope": "pipeline.preprocessing.samples.envelope:Envelope",
        "order": "pipeline.preprocessing.samples.order:Order",
        "fold": "pipeline.preprocessing.images.fold:Fold",
        "stft": "pipeline.preprocessing.images.stft:Stft",
        "wavelet": "pipeline.preprocessing.images.wavelet:Wavelet",
        "fault_order": "pipeline.preprocessing.images.fault_order:FaultOrder",
        "planes": "pipeline.preprocessing.images.planes:Planes",
        "decibels": "pipeline.preprocessing.scaling.decibels:Decibels",
        "standardise": "pipeline.preprocessing.scaling.standardise:Standardise",
        "carrier_mean": "pipeline.preprocessing.scaling.carrier_mean:CarrierMean",
        "rivals": "pipeline.preprocessing.scaling.rivals:Rivals",
        "crop": "pipeline.preprocessing.scaling.crop:Crop",
        "resize": "pipeline.preprocessing.scaling.resize:Resize",
        "to_imagenet": "pipeline.preprocessing.scaling.to_imagenet:ToImagenet",
        "time_shift": "pipeline.preprocessing.augment.time_shift:TimeShift",
        "gain": "pipeline.preprocessing.augment.gain:Gain",
        "noise": "pipeline.preprocessing.augment.noise:Noise",
        "resonance": "pipeline.preprocessing.augment.resonance:Resonance",
        "speed_change": "pipeline.preprocessing.augment.speed_change:SpeedChange",
        "mask": "pipeline.preprocessing.augment.mask:Mask",
    },
    group="faultprint.stages",
)

__all__ = ["STAGES"]
