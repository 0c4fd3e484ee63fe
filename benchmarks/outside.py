"""Outside: whether signals that no model should answer are told, and how often one is answered with confidence.

    FAULTPRINT_DATA=... FAULTPRINT_WEIGHTS=... python benchmarks/outside.py --json outside.json

Models of H1, calibrated on the folds of their own training side, and asked about a fault type left out of training,
other machines, noise, tones, silence, clipped and held samples, speech. Beside each the same model's scores as they
are, which answer where they are surer than a threshold, set so that they answer as many known signals. `--quick` takes
one split.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from honest.cross_machine import TARGETS
from honest.h1 import h1
from honest.promised import Promised, both_ways, plan_for, promised, signals_of, split_judged, without
from honest.promises import beside_plain
from honest.protocol import Protocol
from honest.strangers import SPOILED, STRANGERS
from ledger import Ledger, arguments

from pipeline.catalog.corpora import load_corpus
from pipeline.catalog.opening import open_row
from pipeline.config import load_config
from pipeline.errors import CatalogError, FaultprintError
from pipeline.evaluation.judged import Judged
from pipeline.models.features import FeatureCache
from pipeline.training.learn import Plan

CONFIG = Path(__file__).parents[1] / "configs" / "h1_fault_order_squeezenet.yaml"
TYPES = ("ball", "inner_race", "outer_race")
LEFT_OUT_SPLITS, STRANGER_SPLITS, PER_KIND = 10, 4, 20

Both = list[tuple[Judged, Judged]]


def left_out(setting: Protocol, plan: Plan, cache: FeatureCache, label: str) -> Iterator[tuple[Both, Both]]:
    """Models that were not taught a fault type: their test sides without it, and all signals of it that test."""
    windows = setting.windows
    for one in setting.splits:
        asked = without(plan, label)
        gone = {place for place, row in enumerate(windows.rows) if label in row.labels}
        train = [place for place in signals_of(setting, one.train) if place not in gone]
        columns = [plan.labels.index(name) for name in asked.labels]
        some = windows.some(train)
        found = promised(asked, replace(some, targets=some.targets[:, columns]), cache)
        tested = signals_of(setting, one.test)
        both = [
            (place in gone, both_ways(found, windows.rows[place], windows.batches[place], known=place not in gone))
            for place in tested
        ]
        yield [each for out, each in both if not out], [each for out, each in both if out]


def strangers(
    setting: Protocol, found: Promised, split_place: int, make: Callable[..., Any], per_kind: int
) -> tuple[Both, int]:
    """Signals of one kind, made from those that test; and how many the intake refuses, which is an answer too."""
    catalog, both, refused = load_corpus("cwru"), [], 0
    pick = np.random.default_rng(split_place)
    tested = signals_of(setting, setting.splits[split_place].test)
    for place in pick.choice(tested, per_kind):
        row = setting.windows.rows[int(place)]
        true = open_row(row, catalog.root)
        rate_hz = true.rate_hz or float("nan")
        samples = make(np.asarray(true.part(0, 120_000)[0], dtype=float), rate_hz, pick)
        try:
            batch = found.model.card.intake.take(true.changed(samples=samples[None]))
        except FaultprintError:
            refused += 1
            continue
        both.append(both_ways(found, row, batch, known=make in SPOILED))
    return both, refused


def other_machines(found: Promised, corpus: str) -> Both:
    """Every signal of another rig, given its geometry and speed."""
    catalog = load_corpus(corpus)
    both = []
    for row in catalog.rows:
        batch = found.model.card.intake.take(open_row(row, catalog.root))
        both.append(both_ways(found, row, batch))
    return both


def outside(ledger: Ledger, setting: Protocol, plan: Plan, cache: FeatureCache) -> None:
    """Signals that no model should answer, beside those that it knows."""
    for label in TYPES:
        pairs = list(left_out(setting, plan, cache, label))
        inside, strange = ([one for pair in pairs for one in pair[side]] for side in (0, 1))
        ledger.add(signals=f"a fault never taught: {label}", **beside_plain(inside, strange, 0))
    models = [split_judged(setting, one, plan, cache) for one in setting.splits[:STRANGER_SPLITS]]
    inside = [one for _, told in models for one in told]
    for name, make in STRANGERS.items():
        made = [strangers(setting, found, place, make, PER_KIND) for place, (found, _) in enumerate(models)]
        both, refused = [one for some, _ in made for one in some], sum(count for _, count in made)
        ledger.add(signals=name, **beside_plain(inside, both, refused))
    for corpus, name in TARGETS.items():
        try:
            both = [one for found, _ in models for one in other_machines(found, corpus)]
        except CatalogError as error:
            ledger.note(f"{name}: {error}")
            continue
        ledger.add(signals=f"another machine: {name}", **beside_plain(inside, both, 0))


def main() -> None:
    """Every kind of stranger."""
    options = arguments(__doc__)
    torch.set_num_threads(1)
    ledger = Ledger("outside.py")
    try:
        setting = h1(n_splits=1 if options.quick else LEFT_OUT_SPLITS)
    except CatalogError as error:
        ledger.note(f"no rows: {error}").finish(options.json)
        return
    with TemporaryDirectory() as folder:
        outside(ledger, setting, plan_for(load_config(CONFIG), setting), FeatureCache(Path(folder)))
    ledger.finish(options.json)


if __name__ == "__main__":
    main()
