"""Executors: where files are read: in this process, in several, or on a cluster."""

from typing import TYPE_CHECKING

from pipeline.registry import Registry

if TYPE_CHECKING:
    from pipeline.batch.executors.base import Executor

EXECUTORS: "Registry[type[Executor]]" = Registry(
    "executor",
    {
        "in-process": "pipeline.batch.executors.in_process:InProcess",
        "processes": "pipeline.batch.executors.processes:Processes",
        "ray": "pipeline.batch.executors.on_ray:OnRay",
    },
    group="faultprint.executors",
)

__all__ = ["EXECUTORS"]
