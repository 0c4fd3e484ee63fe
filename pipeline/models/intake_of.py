"""Intake of a net: what its stages ask of a signal, with how windows are cut."""

from collections.abc import Sequence

from pipeline.models.classifier import Classifier
from pipeline.models.intake import Intake
from pipeline.signals.conditioning.steps import StepSpec, written_out
from pipeline.windows import WindowConfig


def intake_of(
    classifier: Classifier, window: WindowConfig, centre: bool = True, conditioning: Sequence[StepSpec] = ()
) -> Intake:
    """The intake that gives a net what its stages need.

    Args:
        classifier: the net.
        window: in samples, with how many a signal gives.
        centre: whether each signal's mean is removed.
        conditioning: steps done to every recording before that.

    Example:
        >>> from pipeline.models.branch import BranchConfig
        >>> from pipeline.preprocessing.base import Setting
        >>> net = Classifier([{"stft": {"max_hz": 400}}], [BranchConfig(stages=[])], Setting(1000.0, 512), "ab")
        >>> intake = intake_of(net, WindowConfig(samples=512))
        >>> intake.needs, intake.band_hz
        (('rate_hz',), (0.0, 400.0))
    """
    return Intake(
        rate_hz=classifier.setting.rate_hz,
        window=window,
        band_hz=classifier.band_hz(),
        needs=tuple(sorted(classifier.needs)),
        orders_of=classifier.orders_of or "bearing",
        fewest_turns=classifier.fewest_turns,
        most_wheels=classifier.most_wheels,
        highest_line_hz=classifier.highest_line_hz,
        centre=centre,
        conditioning=tuple(written_out(conditioning)),
    )
