"""Learned stages: what stages must know of the training side, written into their options so that a bundle holds it."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import torch

from pipeline.preprocessing import STAGES
from pipeline.preprocessing.base import Batch, Setting
from pipeline.preprocessing.chain import Chain, StageSpec, as_spec, parse_stage


def learned_stages(
    specs: Sequence[StageSpec], setting: Setting, windows: Callable[[], Iterable[Batch]]
) -> list[StageSpec]:
    """Stages completely spelt, with all that any of them has to learn from the training side.

    Args:
        specs: stages as a config writes them.
        setting: rate and window length.
        windows: the training side; asked again by every stage that learns, and by no other.

    Example:
        >>> windows = Batch.of(torch.tensor([[[1.0, 10.0]], [[3.0, 30.0]]]))
        >>> learned_stages(["per_sensor"], Setting(None, 2), lambda: [windows])
        [{'per_sensor': {'mean': [2.0, 20.0], 'deviation': [1.0, 10.0]}}]
    """
    known: list[StageSpec] = []
    for spec in specs:
        name, config = parse_stage(spec)
        known.append(as_spec(name, STAGES[name].learned(config, _Side(tuple(known), setting, windows))))
    return known


@dataclass(frozen=True)
class _Side:
    """The training side as it leaves the stages before."""

    before: Sequence[StageSpec]
    start: Setting
    windows: Callable[[], Iterable[Batch]]

    def setting(self) -> Setting:
        """What those stages leave."""
        return Chain(self.before, self.start).after

    @torch.inference_mode()
    def batches(self) -> Iterator[Batch]:
        """A batch at a time."""
        chain = Chain(self.before, self.start)
        for batch in self.windows():
            yield chain(batch)
