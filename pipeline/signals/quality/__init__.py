"""Quality: what samples tell of the way they were recorded, one check per file."""

from pipeline.signals.quality.unfit import CHECKS, flaws, unusable_reason

__all__ = ["CHECKS", "flaws", "unusable_reason"]
