"""Verdicts: whether probabilities mean what they say, sets keep their promise, and abstaining is worth it.

    FAULTPRINT_DATA=... FAULTPRINT_WEIGHTS=... python benchmarks/verdicts.py --json verdicts.json

H1: on each of the 100 splits a model is trained, calibrated on the folds of its own training side, and asked about
bearings it never met; beside it the same scores as they are. Then HIT-SM's third severity; fleets of simulated
machines, exchangeable by construction, and such that are not. `--quick` takes 2 splits and 2 fleets. Data not at hand
are left out.
"""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from honest.fleets import fleets
from honest.h1 import h1
from honest.hit_sm import SEVERITY, hit_sm
from honest.promised import plan_for, split_judged
from honest.promises import kept, weak_lines
from honest.protocol import Protocol
from honest.verdict_pictures import draw
from ledger import Ledger, arguments

from pipeline.config import load_config
from pipeline.errors import CatalogError
from pipeline.evaluation.judged import Judged
from pipeline.models.features import FeatureCache
from pipeline.training.learn import Plan

CONFIG = Path(__file__).parents[1] / "configs" / "h1_fault_order_squeezenet.yaml"

Both = list[tuple[Judged, Judged]]


def held_out(ledger: Ledger, setting: Protocol, plan: Plan, cache: FeatureCache) -> Both:
    """H1: calibration, coverage, abstention."""
    told: Both = []
    for one in setting.splits:
        told += split_judged(setting, one, plan, cache)[1]
    ledger.add(job="H1", held_out="bearings", splits=len(setting.splits), **kept(told, plan))
    for name, some in weak_lines(told).items():
        ledger.add(job="H1, by line", held_out=name, splits=len(setting.splits), **kept(some, plan))
    return told


def severities(ledger: Ledger, cache: FeatureCache) -> None:
    """HIT-SM: five bearings train, too few to calibrate; what calibration on them would be worth all the same."""
    setting = hit_sm()
    plan = plan_for(load_config(CONFIG), setting)
    splits = [one for one in setting.splits if one.name.startswith(SEVERITY)]
    told = [pair for one in splits for pair in split_judged(setting, one, plan, cache)[1]]
    ledger.add(job="HIT-SM, calibrated by force", held_out="severities", splits=len(splits), **kept(told, plan))
    told_of = f"{splits[0].specimens} specimens train"
    ledger.note(f"HIT-SM: {told_of}, and `train` calibrates from 10 on: these figures show why")


def real(ledger: Ledger, quick: bool) -> Sequence[tuple[Judged, Judged]]:
    """All that needs recordings."""
    setting = h1(n_splits=2 if quick else None)
    plan = plan_for(load_config(CONFIG), setting)
    with TemporaryDirectory() as folder:
        cache = FeatureCache(Path(folder))
        told = held_out(ledger, setting, plan, cache)
        severities(ledger, cache)
    return told


def main() -> None:
    """Promises on real and simulated machines."""
    options = arguments(__doc__)
    torch.set_num_threads(1)
    ledger = Ledger("verdicts.py")
    told: Sequence[tuple[Judged, Judged]] = ()
    try:
        told = real(ledger, options.quick)
    except CatalogError as error:
        ledger.note(f"no real recordings: {error}")
    for row in fleets(2 if options.quick else 100):
        ledger.add(**row)
    if options.json and told:
        draw(options.json, told)
    ledger.finish(options.json)


if __name__ == "__main__":
    main()
