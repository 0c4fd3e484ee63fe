"""Faultprint: machine fault diagnosis from vibration: images, pretrained networks, honest numbers.

The public names load on first use, so that `import pipeline` costs nothing.
"""

import importlib
from typing import Any

_PLACES = {
    "Bearing": "pipeline.signals.bearing:Bearing",
    "Catalog": "pipeline.catalog.catalog:Catalog",
    "Gear": "pipeline.signals.gear:Gear",
    "Recording": "pipeline.signals.recording:Recording",
    "Signal": "pipeline.signals.signal:Signal",
    "Verdict": "pipeline.verdict:Verdict",
    "audit": "pipeline.catalog.auditing.audit:audit",
    "diagnose": "pipeline.workflow.diagnose:diagnose",
    "evaluate": "pipeline.workflow.evaluate:evaluate",
    "inspect": "pipeline.workflow.inspect:inspect",
    "load_config": "pipeline.config:load_config",
    "load_model": "pipeline.workflow.request.model:load_model",
    "read": "pipeline.readers.choose:read_recording",
    "run_batch": "pipeline.workflow.batch:run_batch",
    "scan": "pipeline.catalog.scanning.scan:scan",
    "simulate": "pipeline.signals.simulation.synthetic:simulate",
    "split": "pipeline.catalog.splitting.split:split",
    "train": "pipeline.workflow.train:train",
}

__all__ = sorted(_PLACES)


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'pipeline' has no attribute '{name}'")
    module, _, attribute = _PLACES[name].partition(":")
    return getattr(importlib.import_module(module), attribute)


def __dir__() -> list[str]:
    return [*globals(), *__all__]
