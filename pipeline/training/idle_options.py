"""Idle options: what a config asks of fine-tuning where nothing is fine-tuned."""

from collections.abc import Sequence

from pipeline.training.regime import FitConfig, TrainedBranchConfig

ANYWHERE = frozenset({"augmented_copies", "accelerator"})
"""Options that heads look at too, or that say no more than which machine this is."""

NO_FILE = ("imagenet", "random")
"""Weights that nobody made for this run."""


def idle_options(branches: Sequence[TrainedBranchConfig], fit: FitConfig) -> tuple[str, ...]:
    """Options of `fit` that were set and change nothing, because every branch trains a head only.

    Args:
        branches: with no `auto` in them any more.
        fit: as the config says.

    Example:
        >>> heads = [TrainedBranchConfig(backbone="small")]
        >>> idle_options(heads, FitConfig(patience=3, accelerator="cpu"))
        ('fit.patience',)
        >>> idle_options([TrainedBranchConfig(backbone="small", regime="full")], FitConfig(patience=3))
        ()
    """
    if any(branch.descends for branch in branches):
        return ()
    usual = FitConfig()
    names = [name for name in FitConfig.model_fields if name not in ANYWHERE]
    return tuple(f"fit.{name}" for name in names if getattr(fit, name) != getattr(usual, name))


def told_idle(branches: Sequence[TrainedBranchConfig], fit: FitConfig) -> tuple[str, ...]:
    """The same as notes, with weights that nothing starts from; none where every option does something.

    Example:
        >>> told_idle([TrainedBranchConfig(backbone="small", weights="mine.pt", regime="scratch")], FitConfig())
        ('branches.0.weights (mine.pt) is not looked at: regime scratch begins at random; set full',)
    """
    unused = tuple(
        f"branches.{place}.weights ({branch.weights}) is not looked at: regime scratch begins at random; set full"
        for place, branch in enumerate(branches)
        if branch.regime == "scratch" and branch.weights not in NO_FILE
    )
    idle = idle_options(branches, fit)
    if not idle:
        return unused
    which = "changes" if len(idle) == 1 else "change"
    return (
        f"{', '.join(idle)} {which} nothing: every branch trains a head only; set a regime such as full to use it",
        *unused,
    )
