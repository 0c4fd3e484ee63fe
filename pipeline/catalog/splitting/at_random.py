"""At random: the field's usual split, which leaks; it is here to show what a leak is worth."""

import random
from collections.abc import Sequence

from pipeline.catalog.row import Row
from pipeline.catalog.splitting.config import SplitConfig
from pipeline.catalog.splitting.cuts import equal_parts
from pipeline.catalog.splitting.sides import Split

LEAKY_SHARE = 1 / 3


def at_random(rows: Sequence[Row], config: SplitConfig, where: str = "") -> Split:
    """Every recording in equal parts that are dealt at random: the field's usual split, and a leak."""
    chance = random.Random(config.seed)
    share = config.test_share or LEAKY_SHARE
    train: list[Row] = []
    test: list[Row] = []
    for row in rows:
        parts = equal_parts(row, config.parts)
        count = min(max(1, round(share * len(parts))), len(parts) - 1)
        tested = set(chance.sample(range(len(parts)), count))
        test += [part for index, part in enumerate(parts) if index in tested]
        train += [part for index, part in enumerate(parts) if index not in tested]
    told = f"random parts{where}: {config.parts} per recording, {share:.0%} test, seed {config.seed}"
    return Split(tuple(train), tuple(test), protocol=told)
