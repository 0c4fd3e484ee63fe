"""By torch: the net as it was trained, features computed once and kept."""

from pipeline.models.bundle import Model
from pipeline.models.features import FeatureCache
from pipeline.models.inference import FeatureMaker


def by_torch(model: Model, cache: FeatureCache | None = None) -> FeatureMaker:
    """The engine that every model has."""
    return FeatureMaker(model.classifier, cache)
