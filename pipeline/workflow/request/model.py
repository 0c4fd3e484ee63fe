"""Model: the trained model a user names, by its bundle's folder or as `ready`."""

from pathlib import Path

from pipeline.models.bundle import Model, load_bundle
from pipeline.models.ready import bundle_folder


def load_model(model: Path | str | Model) -> Model:
    """A trained model from its bundle's folder (or the run folder around it).

    Args:
        model: the folder, or `ready`: the model that comes with Faultprint, taught by simulated machines alone. A
            folder of that name is reached by its full path.

    Raises:
        BundleError: when the folder is no bundle, or a damaged one.

    Example:
        >>> load_model("ready").card.labels
        ('ball', 'inner_race', 'outer_race')
    """
    if isinstance(model, Model):
        return model
    return load_bundle(bundle_folder(model))
