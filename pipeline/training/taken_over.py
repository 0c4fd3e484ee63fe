"""Taken over: a branch of a model that is there already, summed as it is with those that are trained here.

The ready model has learned from thousands of machines, a new net from the few that somebody recorded; what their sum is
worth beside either alone, `benchmarks/cwru_bearingwise.py` prints.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.errors import ConfigError
from pipeline.models.branch import Branch
from pipeline.models.bundle import Model, load_bundle
from pipeline.models.intake import Intake
from pipeline.models.ready import bundle_folder
from pipeline.models.weights import WeightsFile
from pipeline.preprocessing.base import Setting
from pipeline.preprocessing.chain import Chain, StageSpec
from pipeline.training.regime import TrainedBranchConfig


def with_taken_over(
    branches: Sequence[TrainedBranchConfig], shared: Sequence[StageSpec], setting: Setting
) -> tuple[TrainedBranchConfig, ...]:
    """Every branch that names a bundle, replaced by that bundle's own branches.

    Args:
        branches: as a config has them.
        shared: the shared stages of the run.
        setting: rate and window length of the run.

    Raises:
        BundleError: for a bundle that cannot be read.
        ConfigError: for one whose stages do not begin with the run's shared ones, or whose windows are others.
    """
    specs: list[StageSpec] = list(Chain(shared, setting).specs) if any(config.bundle for config in branches) else []
    return tuple(one for config in branches for one in (_own(config, specs, setting) if config.bundle else [config]))


def _own(config: TrainedBranchConfig, shared: list[StageSpec], setting: Setting) -> list[TrainedBranchConfig]:
    assert config.bundle is not None
    card = load_bundle(bundle_folder(config.bundle)).card
    if card.setting != setting:
        asked, given = ((one.n_samples, one.rate_hz) for one in (card.setting, setting))
        raise ConfigError(
            f"branches: {config.bundle} reads windows of {asked[0]} samples at {asked[1]} Hz, this run has "
            f"{given[0]} at {given[1]} Hz; set window.samples and rate_hz to the former"
        )
    if config.bundle_branch is not None and config.bundle_branch >= len(card.branches):
        told = f"has {len(card.branches)}, counted from 0"
        raise ConfigError(f"branches: bundle_branch {config.bundle_branch} is asked for, and {config.bundle} {told}")
    stages = [[*card.stages, *branch.stages] for branch in card.branches]
    if any(own[: len(shared)] != shared for own in stages):
        raise ConfigError(
            f"branches: {config.bundle} begins with the stage {_first_other(stages[0], shared)}; leave shared only "
            "what is the same, option by option, and move the rest into the branches"
        )
    return [
        config.model_copy(update={**dict(branch), "stages": own[len(shared) :], "bundle_branch": place})
        for place, (branch, own) in enumerate(zip(card.branches, stages, strict=True))
        if config.bundle_branch in (None, place)
    ]


def _first_other(theirs: Sequence[StageSpec], ours: Sequence[StageSpec]) -> str:
    """The first stage at which two lists part, and what this run has there."""
    place = next(place for place, ours_here in enumerate(ours) if [ours_here] != [*theirs[place : place + 1]])
    there = theirs[place] if place < len(theirs) else "no other"
    return f"{there}, where this run has {ours[place]}"


def take_over(branch: Branch, config: TrainedBranchConfig, labels: Sequence[str], intake: Intake) -> WeightsFile:
    """Fill a branch with what the bundle's own has learned.

    Args:
        branch: filled in place, head included.
        config: names the bundle.
        labels: of this run; a head that is shared by all planes answers for any of them.
        intake: of this run; what is done to a signal before it is cut must be the same.

    Returns:
        Where it came from.

    Raises:
        ConfigError: for other labels, or other steps before the windows are cut.
    """
    assert config.bundle is not None
    model = load_bundle(bundle_folder(config.bundle))
    _refuse_other_questions(model, branch, config.bundle, labels, intake)
    theirs = model.classifier.branches[config.bundle_branch or 0]
    branch.load_state_dict(theirs.state_dict())
    assert model.folder is not None
    path = Path(model.folder) / "weights.safetensors"
    return WeightsFile(path, model.card.weights_sha256 or "", f"bundle {config.bundle}")


def learned_elsewhere(branches: Sequence[TrainedBranchConfig]) -> dict[str, Mapping[str, Any]]:
    """What the bundles that branches are taken over from have learned from, by the bundle's name.

    Example:
        >>> learned_elsewhere([TrainedBranchConfig(backbone="small")])
        {}
    """
    names = {config.bundle for config in branches if config.bundle}
    return {name: load_bundle(bundle_folder(name)).card.trained_on for name in sorted(names)}


def _refuse_other_questions(model: Model, branch: Branch, name: str, labels: Sequence[str], intake: Intake) -> None:
    card = model.card
    if not branch.shared and tuple(card.labels) != tuple(labels):
        raise ConfigError(
            f"branches: {name} answers {', '.join(card.labels)}, this run asks for {', '.join(labels)}; "
            "take over a model with the same labels"
        )
    if (card.intake.centre, card.intake.conditioning) != (intake.centre, intake.conditioning):
        raise ConfigError(f"branches: {name} was trained on signals treated otherwise; set its centre, conditioning")
