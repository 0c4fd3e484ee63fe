"""Blind spots: what the figures of a run say nothing of, or less than it seems."""

from collections.abc import Iterator, Sequence

from pipeline.catalog.row import Row
from pipeline.catalog.splitting.groups import part_of
from pipeline.training.window_set import WindowSet


def untested(labels: Sequence[str], tested: WindowSet) -> Iterator[str]:
    """A note for every label that no signal of the test side has.

    Args:
        labels: those the model answers with.
        tested: the test side.

    Example:
        >>> import torch
        >>> from pipeline.catalog.row import Row
        >>> rows = (Row("a", "a.wav", specimen="a"), Row("b", "b.wav", specimen="b"))
        >>> list(untested(["ball", "cage"], WindowSet(rows, (), torch.tensor([[1.0, 0.0], [1.0, 0.0]]))))
        ['no signal that tests is cage, so no figure says how well it is told; add another specimen of it']
    """
    for label, count in zip(labels, tested.targets.sum(dim=0).tolist(), strict=True):
        if not count:
            yield f"no signal that tests is {label}, so no figure says how well it is told; add another specimen of it"


def lost(signals: Sequence[Row], skipped: Sequence[tuple[Row, str]]) -> Iterator[str]:
    """A note where signals that were to test are not in the figures.

    Args:
        signals: that were to test.
        skipped: those that could not be used, or answered, and why; of other sides too.
    """
    gone = {row.signal: reason for row, reason in skipped}
    reasons = [gone[row.signal] for row in signals if row.signal in gone]
    if reasons:
        one = len(reasons) == 1
        yield (
            f"{len(reasons)} of {len(signals)} signals that were to test {'is' if one else 'are'} not in these figures"
            f"{'' if one else ', the first'} because {reasons[0]}"
        )


def learned_from_nobody(labels: Sequence[str], heard: WindowSet) -> Iterator[str]:
    """A note for every label of one part: where that is held out in turn, nothing has taught it.

    Args:
        labels: those the model answers with.
        heard: all signals, which test in turn.
    """
    for place, label in enumerate(labels):
        rows = [row for row, truth in zip(heard.rows, heard.targets[:, place].tolist(), strict=True) if truth]
        if len({part_of(row) for row in rows}) == 1:
            yield (
                f"all signals that are {label} are of one part, and the models that test it have never heard {label}, "
                "so its figures say nothing of the model that is kept; add another specimen of it"
            )
