"""A diagnoser answers with a verdict whatever the net says."""

import json

import numpy as np
import torch

from pipeline.diagnosis.diagnoser import Diagnoser
from pipeline.models.branch import BranchConfig
from pipeline.models.bundle import Model, ModelCard
from pipeline.models.classifier import Classifier
from pipeline.models.intake import Intake
from pipeline.preprocessing.base import Setting
from pipeline.preprocessing.chain import StageSpec
from pipeline.signals.signal import Signal
from pipeline.windows import WindowConfig

STAGES: list[StageSpec] = [{"fold": {"rows": 8, "columns": 8}}]


def test_an_answer_that_is_no_number_is_no_verdict() -> None:
    net = Classifier(STAGES, [BranchConfig(stages=[])], Setting(None, 64), labels=["a", "b"])
    intake = Intake(rate_hz=None, window=WindowConfig(samples=64))
    card = ModelCard(name="x", task="multiclass", labels=("a", "b"), stages=STAGES, branches=[], intake=intake)
    signal = Signal(np.random.default_rng(0).standard_normal(256))
    assert Diagnoser(Model(card, net)).diagnose(signal).verdict.usable
    with torch.no_grad():
        net.branches[0].head.linear.weight.fill_(float("nan"))
    verdict = Diagnoser(Model(card, net)).diagnose(signal).verdict
    assert not verdict.usable
    assert "no finite number" in (verdict.reason or "")
    json.dumps(verdict.to_dict(), allow_nan=False)
