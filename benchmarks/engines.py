"""Other engines against torch on real recordings: largest difference of logits, and whether every verdict is the same.

    FAULTPRINT_DATA=... FAULTPRINT_WEIGHTS=... python benchmarks/engines.py --json engines.json

Two models are trained as their configs in `configs/` say, exported to ONNX and OpenVINO, and every engine diagnoses all
recordings of MFPT and twenty of CWRU drawn at random.
`--quick` takes one config and five recordings.
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
from pipeline.errors import FaultprintError
from pipeline.models.bundle import Model
from pipeline.models.engines import ENGINES
from pipeline.models.export import export_model
from pipeline.signals.signal import Signal
from pipeline.workflow.diagnose import load_model
from pipeline.workflow.train import train

CONFIGS = ("cwru_wavelet_squeezenet", "cwru_fault_order_squeezenet")
FOLDER = Path(__file__).parents[1] / "configs"
N_CWRU, N_QUICK = 20, 5
TOLERANCE = 1e-4


def recordings(quick: bool) -> list[Signal]:
    """One signal of every MFPT recording, and of twenty CWRU recordings; speeds and bearings as their manifests say."""
    chosen = []
    for corpus in ("mfpt", "cwru"):
        catalog = load_corpus(corpus)
        rows = list({row.source: row for row in reversed(catalog.rows)}.values())
        if corpus == "cwru":
            # At 12 kHz or more: a slower one is refused by every engine alike.
            rows = random.Random(0).sample(sorted(rows, key=lambda row: row.signal), N_CWRU)
        chosen += [open_row(row, catalog.root) for row in rows]
    return chosen[:N_QUICK] if quick else chosen


def logits_of(model: Model, engine: str, signals: Sequence[Signal]) -> Tensor:
    """Of every window of every signal that can be used, (window, label)."""
    runs, intake = ENGINES[engine](model), model.card.intake
    made = []
    for signal in signals:
        try:
            made += [runs.logits(batch) for batch in intake.batches(intake.condition(signal))]
        except FaultprintError:
            continue
    return torch.cat(made)


def answers_of(model: Model, engine: str, signals: Sequence[Signal]) -> list[tuple[str, tuple[str, ...]]]:
    """Verdict and labels of every signal."""
    diagnoser = Diagnoser(model, engine=engine)
    verdicts = [diagnoser.diagnose(signal).verdict for signal in signals]
    return [(str(verdict.verdict), verdict.labels) for verdict in verdicts]


def compare(model: Model, name: str, signals: Sequence[Signal]) -> list[dict[str, Any]]:
    """A row per engine but torch."""
    ours, answers = logits_of(model, "torch", signals), answers_of(model, "torch", signals)
    rows = []
    for engine in ("onnx", "openvino"):
        theirs = logits_of(model, engine, signals)
        rows.append(
            {
                "job": f"{name}: MFPT and CWRU",
                "method": engine,
                "recordings": len(signals),
                "usable": sum(verdict != "UNUSABLE" for verdict, _ in answers),
                "windows": len(ours),
                "largest_difference": float(f"{float((ours - theirs).abs().max()):.2g}"),
                "largest_logit": round(float(ours.abs().max()), 2),
                "equal_verdicts": answers_of(model, engine, signals) == answers,
            }
        )
    return rows


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
            model = load_model(Path(scratch) / "run")
            for engine in ("onnx", "openvino"):
                model, _ = export_model(model, engine)
            for row in compare(model, name, signals):
                ledger.add(**row)
                held = row["largest_difference"] <= TOLERANCE and row["equal_verdicts"]
                ledger.note(f"{'reached' if held else 'MISSED'}: {name}, {row['method']}: logits within {TOLERANCE:g}")
    ledger.finish(options.json)


if __name__ == "__main__":
    main()
