"""Gears: nine states of a pinion, draws of records to train on, and beside the usual test one on other pinions.

Every draw has two test sides for one and the same training: records of the pinions that trained, which is the usual
way and hears the same part, and records of pinions that training never heard. Which records test does not depend on how
many train.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from torch import Tensor

from honest.classic import time_statistics
from honest.methods import Made, measured, without_net
from honest.order_features import gear_orders
from honest.protocol import Protocol
from honest.scorers import Scorer, Scores
from pipeline.catalog.catalog import Catalog
from pipeline.catalog.corpora import load_corpus
from pipeline.catalog.row import Row
from pipeline.catalog.splitting.split import Split
from pipeline.evaluation.metrics import figures
from pipeline.models.head import Head
from pipeline.models.intake import Intake
from pipeline.preprocessing.base import Batch
from pipeline.readers.choose import read_recording
from pipeline.readers.places import joined
from pipeline.signals.signal import Signal
from pipeline.signals.simulation.gear_sets import kept_gear_states
from pipeline.training.heads import HeadConfig, solve_head
from pipeline.training.window_set import WindowSet, labels_of, target_of
from pipeline.windows import WindowConfig
from pipeline.workflow.training_run.signals import gear_states, learned_of

INTAKE = Intake(rate_hz=20000.0, window=WindowConfig(samples=3600, per_signal=100), needs=("rate_hz",))
SHARES = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8)
"""Of a pinion's records, drawn to train."""
TEST_SHARE = 0.2
"""Of every pinion's records, set aside before any train."""


@dataclass(frozen=True)
class GearDraw:
    """One draw of records.

    Attributes:
        share: of each pinion's records that train.
        pinions: how many of each state train.
        number: which draw.
        train: places of the windows that train.
        same: places of windows that test, of the pinions that trained.
        other: of pinions that training never heard; empty where there is only one of each state.
    """

    share: float
    pinions: int
    number: int
    train: Tensor
    same: Tensor
    other: Tensor


def gear_catalog(real: bool, per_pinion: int | None = None) -> Catalog:
    """The signals, their states as labels.

    Args:
        real: the public recordings, instead of the simulated sets.
        per_pinion: the first so many records of each; all if absent.

    Raises:
        CatalogError: when the public recordings are not there.
    """
    catalog = learned_of(load_corpus("uconn_gear") if real else gear_states(kept_gear_states()), "state")
    kept = [row for rows in by_pinion(catalog.rows).values() for row in rows[:per_pinion]]
    return Catalog(tuple(kept), catalog.root, catalog.corpus, catalog.notes)


def by_pinion(rows: Sequence[Row]) -> dict[str, list[Row]]:
    """Rows of each part, in the order in which they were recorded."""
    found: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        found[row.specimen].append(row)
    return found


def gear_setting(catalog: Catalog) -> Protocol:
    """All windows, a record each; every file is read once, which hundreds of records share."""
    labels = labels_of(catalog.rows, "multiclass")
    found = signals_of(catalog)
    batches = tuple(INTAKE.take(found[row.signal]) for row in catalog)
    targets = torch.tensor([target_of(row, labels, "multiclass") for row in catalog])
    windows = WindowSet(catalog.rows, batches, targets)
    sides = Split(catalog.rows, (), protocol="records drawn at random, pinion by pinion", root=catalog.root)
    return Protocol(windows, labels, "multiclass", INTAKE, (), sides)


def signals_of(catalog: Catalog) -> Mapping[str, Signal]:
    """Every signal by its id."""
    by_file: dict[str, list[Row]] = defaultdict(list)
    for row in catalog:
        by_file[row.source].append(row)
    found = {}
    for source, rows in by_file.items():
        samples = read_recording(joined(catalog.root, source), [row.channel or "" for row in rows]).samples
        for row, heard in zip(rows, samples, strict=True):
            facts = {"rate_hz": row.rate_hz, "speed_rpm": row.speed_rpm, "gear": row.gear}
            found[row.signal] = Signal(heard[None], **facts)  # type: ignore[arg-type]
    return found


def draw(setting: Protocol, share: float, pinions: int, number: int) -> GearDraw:
    """Draw records to train on; a greater share holds all of a smaller one.

    Args:
        setting: all windows, one a record.
        share: of each pinion's records.
        pinions: of each state that train; the set after them tests, and takes turns with the number.
        number: which draw.
    """
    rng = np.random.default_rng(number)
    train, same, other = [], [], []
    sets = sorted({set_of(row) for row in setting.windows.rows})
    turned = [sets[(number + place) % len(sets)] for place in range(len(sets))]
    training, unheard = turned[:pinions], turned[-1]
    place = {row.signal: index for index, row in enumerate(setting.windows.rows)}
    for _, rows in sorted(by_pinion(setting.windows.rows).items()):
        order = [place[rows[index].signal] for index in rng.permutation(len(rows))]
        n_test = max(1, round(TEST_SHARE * len(rows)))
        if set_of(rows[0]) in training:
            same += order[:n_test]
            train += order[n_test:][: max(1, round(share * len(rows)))]
        elif set_of(rows[0]) == unheard:
            other += order[:n_test]
    parts = (torch.tensor(sorted(part), dtype=torch.long) for part in (train, same, other))
    return GearDraw(share, pinions, number, *parts)


def set_of(row: Row) -> float:
    """Which set of pinions a record is of; the public data are one set."""
    return float(row.condition.get("gears", 1))


def answers(setting: Protocol, one: GearDraw, scorer: Scorer) -> dict[str, dict[str, Any]]:
    """Figures of one training on both its test sides: `same` pinions, `other` pinions."""
    scores = scorer(one.train, torch.cat([one.same, one.other]))
    truth = setting.windows.window_targets.numpy()
    found = {"same": figures(scores[: len(one.same)], truth[one.same], setting.labels, multiclass=True)}
    if len(one.other):
        found["other"] = figures(scores[len(one.same) :], truth[one.other], setting.labels, multiclass=True)
    return found


def classic_numbers(batch: Batch) -> Tensor:
    """Time statistics, and order features where the speed is known."""
    statistics = time_statistics(batch.values[:, 0])
    return torch.cat([statistics, gear_orders(batch)], dim=1) if bool(batch.speed_hz.isfinite().all()) else statistics


def logistic(setting: Protocol) -> Made:
    """Classic numbers, logistic regression over the states."""
    features, truth = measured(classic_numbers, setting), setting.windows.window_targets

    def score(train: Tensor, test: Tensor) -> Scores:
        head = Head(features.shape[1], truth.shape[1])
        solve_head(head, features[train], truth[train], HeadConfig(method="logistic", strength=1.0), multiclass=True)
        with torch.inference_mode():
            return head(features[test]).numpy()  # type: ignore[no-any-return]

    return Made(without_net("head"), score)


def support_vectors(setting: Protocol) -> Made:
    """The same numbers, a support vector machine with Gaussian kernels."""
    features, truth = measured(classic_numbers, setting).numpy(), setting.windows.window_targets.argmax(dim=1).numpy()

    def score(train: Tensor, test: Tensor) -> Scores:
        machine = make_pipeline(StandardScaler(), SVC(C=10.0, class_weight="balanced"))
        machine.fit(features[train], truth[train])
        return np.asarray(machine.decision_function(features[test]))

    return Made(without_net(None), score)
