"""Unlearned: stages that have yet to learn from a training side what they need to know."""

from collections.abc import Iterator, Sequence

from pipeline.preprocessing import STAGES
from pipeline.preprocessing.base import Batch, Setting, StageConfig
from pipeline.preprocessing.chain import StageSpec, parse_stage


class _AskedError(Exception):
    """A stage wants to see the training side."""


def unlearned(specs: Sequence[StageSpec]) -> tuple[str, ...]:
    """Names of the stages that would walk through the training side, were there one.

    Example:
        >>> unlearned(["stft", "standardise", {"standardise": {"per": "corpus"}}, "per_sensor"])
        ('standardise', 'per_sensor')
        >>> unlearned([{"standardise": {"per": "corpus", "mean": [0.5], "deviation": [2.0]}}])
        ()
    """
    return tuple(name for name, config in map(parse_stage, specs) if _asks(name, config))


def _asks(name: str, config: StageConfig) -> bool:
    try:
        STAGES[name].learned(config, _Nobody())
    except _AskedError:
        return True
    return False


class _Nobody:
    """A training side that is not there; it tells that somebody wanted it."""

    def setting(self) -> Setting:
        """Asked for."""
        raise _AskedError

    def batches(self) -> Iterator[Batch]:
        """Asked for."""
        raise _AskedError
