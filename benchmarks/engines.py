"""Other engines against torch on real recordings: largest difference of logits, and whether every verdict is the same.

    FAULTPRINT_DATA=... FAULTPRINT_WEIGHTS=... python benchmarks/engines.py --json engines.json

Two models are trained as their configs in `configs/` say, exported to ONNX and OpenVINO, and every engine diagnoses all
recordings of MFPT and twenty of CWRU drawn at random.
`--quick` takes one config and three recordings of each corpus.
"""

import random
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from ledger import Ledger, arguments
from torch import Tensor

from pipeline.catalog.corpora import load_corpus
from pipeline.catalog.opening import open_row
from pipeline.config import load_config
from pipeline.diagnosis.diagnoser import Diagnoser
from pipeline.errors import FaultprintError, RequestError, UnusableError
from pipeline.models.bundle import Model
from pipeline.models.engines import ENGINES
from pipeline.models.export import export_model
from pipeline.models.parity import TOLERANCE, Parity, compared
from pipeline.signals.signal import Signal
from pipeline.workflow.request.model import load_model
from pipeline.workflow.train import train

CONFIGS = ("cwru_wavelet_squeezenet", "cwru_fault_order_squeezenet")
FOLDER = Path(__file__).parents[1] / "configs"
N_CWRU, N_QUICK = 20, 3
EXPORTED = ("onnx", "openvino")


def recordings(quick: bool) -> list[Signal]:
    """One signal of every MFPT recording, and of twenty CWRU recordings; speeds and bearings as their manifests say.

    Args:
        quick: the first few of either.
    """
    chosen = []
    for corpus in ("mfpt", "cwru"):
        catalog = load_corpus(corpus)
        rows = list({row.source: row for row in reversed(catalog.rows)}.values())
        if corpus == "cwru":
            rows = random.Random(0).sample(sorted(rows, key=lambda row: row.signal), N_CWRU)
        chosen += [open_row(row, catalog.root) for row in (rows[:N_QUICK] if quick else rows)]
    return chosen


def logits_of(model: Model, engine: str, signals: Sequence[Signal]) -> Tensor:
    """Of every window of every signal that can be used, (window, label)."""
    runs, intake = ENGINES[engine](model), model.card.intake
    made = []
    for signal in signals:
        try:
            conditioned = intake.condition(signal)
        except UnusableError:
            continue  # by every engine alike: none is asked yet
        made += [runs.logits(batch) for batch in intake.batches(conditioned)]
    return torch.cat(made)


def answers_of(model: Model, engine: str, signals: Sequence[Signal]) -> list[tuple[str, tuple[str, ...]]]:
    """Verdict and labels of every signal."""
    diagnoser = Diagnoser(model, engine=engine)
    verdicts = [diagnoser.diagnose(signal).verdict for signal in signals]
    return [(str(verdict.verdict), verdict.labels) for verdict in verdicts]


def compare(model: Model, name: str, signals: Sequence[Signal]) -> list[tuple[dict[str, Any], Parity]]:
    """A row per engine that the model was exported for, and what an export would be judged by."""
    ours, answers = logits_of(model, "torch", signals), answers_of(model, "torch", signals)
    rows = []
    for engine in model.card.exports:
        found = compared(ours, logits_of(model, engine, signals), model.card.task)
        row = {
            "job": f"{name}: MFPT and CWRU",
            "method": engine,
            "recordings": len(signals),
            "usable": sum(verdict != "UNUSABLE" for verdict, _ in answers),
            "windows": found.windows,
            "largest_difference": float(f"{found.largest_difference:.2g}"),
            "largest_logit": round(found.largest_logit, 2),
            "near_edge": found.near_edge,
            "equal_verdicts": answers_of(model, engine, signals) == answers,
        }
        rows.append((row, found))
    return rows


def exported(model: Model, ledger: Ledger) -> Model:
    """The model in every form whose libraries are installed; a line tells of each that is not."""
    for engine in EXPORTED:
        try:
            model, _ = export_model(model, engine)
        except RequestError as error:
            ledger.note(f"no row: {error}")
    return model


def main() -> None:
    """Every config, every engine."""
    options = arguments(__doc__)
    ledger = Ledger("engines.py")
    try:
        signals = recordings(options.quick)
    except FaultprintError as error:
        ledger.note(f"no row: {error}")
        ledger.finish(options.json)
        return
    for name in CONFIGS[1:] if options.quick else CONFIGS:
        with tempfile.TemporaryDirectory() as scratch:
            train(load_config(FOLDER / f"{name}.yaml"), Path(scratch) / "run")
            model = exported(load_model(Path(scratch) / "run"), ledger)
            for row, found in compare(model, name, signals):
                ledger.add(**row)
                told = "reached" if found.holds and row["equal_verdicts"] else "MISSED"
                ledger.note(
                    f"{told}: {name}, {row['method']}: logits within {TOLERANCE:g} "
                    "(that share of the largest, where it is above 1), equal verdicts"
                )
    ledger.finish(options.json)


if __name__ == "__main__":
    main()
