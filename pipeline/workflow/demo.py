"""The demo: simulated machines written as files, scanned, trained on, and an inbox of others diagnosed; offline."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from pipeline.catalog.export import write_signals
from pipeline.catalog.scanning.scan import scan
from pipeline.config import DataConfig, RunConfig
from pipeline.diagnosis.diagnoser import Diagnosis
from pipeline.errors import RequestError, WeightsError
from pipeline.models.bundle import Model
from pipeline.models.weights import find_weights
from pipeline.preprocessing.chain import StageSpec
from pipeline.progress import Tick, unwatched
from pipeline.reporting.diagnosed.page import write_page
from pipeline.signals.simulation.fleet import demo_fleet
from pipeline.training.heads import HeadConfig
from pipeline.training.regime import FitConfig, TrainedBranchConfig
from pipeline.training.run_folder import claim_folder, superseded
from pipeline.workflow.diagnose import diagnoses
from pipeline.workflow.request.model import load_model
from pipeline.workflow.train import learn_all, train

MARK = ".faultprint-demo"
Said = Callable[[str], None]
WITHOUT_WEIGHTS = FitConfig(epochs=12, learning_rate=3e-3)


def _unsaid(line: str) -> None:
    """Nothing, where nobody listens."""


@dataclass(frozen=True)
class Demo:
    """What the demo found.

    Attributes:
        summary: accuracy on unseen specimens beside majority and pixels, as fractions; where the page is.
        table: per recording: name, answer, probability, truth, whether right.
    """

    summary: dict[str, Any]
    table: list[tuple[str, str, str, str, str]]


def demo(out: Path, *, seed: int = 0, tick: Tick = unwatched, note: Said = _unsaid, phase: Said = _unsaid) -> Demo:
    """Run the whole of Faultprint on simulated machines.

    Args:
        out: folder for recordings, run and page; replaced if an earlier demo made it.
        seed: which machines.
        tick, note: told of progress, and of what the reader of the result must know.
        phase: told what begins, a few lines in all, for a log that shows no bars.

    Raises:
        RequestError: when `out` holds something else.
    """
    started = time.perf_counter()
    claim_folder(out, overwrite=True, mark=MARK)
    superseded(out)
    phase("simulating machines")
    known, unseen = demo_fleet(seed)
    write_signals(known, out / "recordings")
    inbox = write_signals(unseen, out / "inbox", with_labels=False)
    scan(out / "recordings").write(out / "catalog.csv")

    config = _demo_config(out / "catalog.csv", note)
    phase(f"training on {len(known)} recordings")
    train(config, out / "run", tick=tick)
    model = load_model(out / "run" / "model")
    phase(f"diagnosing {len(inbox)} recordings of other machines")
    made = list(diagnoses(model, [out / "inbox"], with_evidence=True, tick=tick))
    truth = {path.name: signal.labels for path, signal in zip(inbox, unseen, strict=True)}
    page = _write_page(out / "report.html", made, model, truth)
    phase("training the control, which reads pixels")
    summary = {
        "accuracy": _accuracy(made, truth),
        "majority": _majority(list(truth.values())),
        "pixels": _accuracy(_by_pixels(config, out, tick), truth),
        "signals": len(made),
        "weights": "none" if config.branches[0].regime == "scratch" else config.branches[0].weights,
        "seconds": round(time.perf_counter() - started, 1),
        "page": str(page),
    }
    return Demo(summary, [_told(diagnosis, truth) for diagnosis in made])


def _demo_config(catalog: Path, note: Said) -> RunConfig:
    raw = yaml.safe_load(files("pipeline").joinpath("demo.yaml").read_text(encoding="utf-8"))
    config = RunConfig.parse(raw, "demo.yaml").model_copy(update={"data": DataConfig(catalog=str(catalog))})
    try:
        for branch in config.branches:
            find_weights(branch.backbone or "", download=False)
    except (WeightsError, RequestError) as error:
        note(f"no ImageNet weights here, so the demo trains small nets from scratch instead ({error})")
        small = [_small(branch) for branch in config.branches]
        return config.model_copy(update={"branches": small, "fit": WITHOUT_WEIGHTS})
    return config


def _resized(branch: TrainedBranchConfig, pixels: int) -> list[StageSpec]:
    """A branch's stages, its pictures made smaller."""
    smaller: StageSpec = {"resize": {"rows": pixels, "columns": pixels}}
    return [smaller if spec == "resize" else spec for spec in branch.stages]


def _small(branch: TrainedBranchConfig) -> TrainedBranchConfig:
    """The same images into a small net without pretraining; for the demo only."""
    changes = {"backbone": "small", "regime": "scratch", "stages": _resized(branch, 64), "layer": None, "pool": "mean"}
    return branch.model_copy(update=changes)


def _by_pixels(config: RunConfig, out: Path, tick: Tick) -> list[Diagnosis]:
    """The inbox diagnosed by the control, trained on the same windows: linear heads on the pixels of the same images.

    What it reaches is the images' merit; what lies above it is the net's.
    """
    heads = [
        TrainedBranchConfig(stages=_resized(branch, 32), head=HeadConfig(method="logistic"))
        for branch in config.branches
    ]
    model = learn_all(config.model_copy(update={"name": "pixels", "branches": heads}), tick=tick)
    return list(diagnoses(model, [out / "inbox"]))


def _accuracy(made: Sequence[Diagnosis], truth: dict[str, tuple[str, ...]]) -> float:
    """Share of signals whose labels are exactly right."""
    right = [set(each.verdict.labels) == set(truth[Path(each.verdict.source).name]) for each in made]
    return sum(right) / len(right)


def _majority(truths: Sequence[tuple[str, ...]]) -> float:
    """The accuracy of always answering what is commonest."""
    return max(Counter(truths).values()) / len(truths)


def _told(diagnosis: Diagnosis, truth: dict[str, tuple[str, ...]]) -> tuple[str, str, str, str, str]:
    verdict = diagnosis.verdict
    name = Path(verdict.source).name
    probability = f"{max(verdict.probabilities.values()):.2f}" if verdict.probabilities else "-"
    right = set(verdict.labels) == set(truth[name])
    return name, ", ".join(verdict.labels) or str(verdict.verdict), probability, ", ".join(truth[name]), _YES_NO[right]


_YES_NO = {True: "yes", False: "no"}


def _write_page(path: Path, made: Sequence[Diagnosis], model: Model, truth: dict[str, tuple[str, ...]]) -> Path:
    facts = {"model": model.card.name, "fingerprint": model.fingerprint or "", "machines": "none seen in training"}
    by_source = {each.verdict.source: truth[Path(each.verdict.source).name] for each in made}
    return write_page(path, made, title="Faultprint demo: simulated machines", facts=facts, truth=by_source)
