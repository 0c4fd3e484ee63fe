"""Explanations: on signals that physics calls clear, do they point at the right lines, and does deleting them hurt?

    FAULTPRINT_DATA=... FAULTPRINT_WEIGHTS=... python benchmarks/explanations.py --json explanations.json

Bearings that no training window came from: of H1's splits, inner and outer races whose line stands 20 dB or more above
its surroundings; of HIT-SM, the severity left out. `answered` is how often the model itself names the fault, `lines`
how often relevance peaks at the fault's own lines, `lines_chance` how often a random cell or band would, `occlusion`
how often deleting what is pointed at lowers the score more than deleting as much elsewhere (p <= 0.05, so 5 by chance).
Percent; seconds are medians of one explanation, its check included. Controls: a net of random weights whose head is
trained, and one whose head is random too. `--quick` takes one split, four signals and SqueezeNet.
"""

import copy
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from ledger import Ledger, arguments

from pipeline.catalog.opening import open_row
from pipeline.catalog.row import Row
from pipeline.config import load_config
from pipeline.diagnosis.explanation import METHODS, USUAL
from pipeline.diagnosis.explanation.explain import explain
from pipeline.diagnosis.explanation.explanation import Explanation
from pipeline.errors import CatalogError
from pipeline.models.bundle import Model
from pipeline.models.features import FeatureCache
from pipeline.preprocessing.base import Batch
from pipeline.workflow.request.model import load_model
from pipeline.workflow.train import train
from pipeline.workflow.training_run.preparation import prepared

CONFIGS = Path(__file__).parents[1] / "configs"
H1, HIT_SM = "CWRU, new bearings", "HIT-SM, new severity"
UNCLEAR = frozenset({"CWRU-DE-OR014"})
"""Of H1's inner and outer races, the one whose envelope line is below 20 dB (8 to 13)."""

LOADS_HP = (0, 3)
SEEDS = (4, 5)
N_WINDOWS = 4
"""Of a signal, among which the typical one is explained."""

RANDOM_HEAD = "random, head too"


class Case(NamedTuple):
    """A config, and what is changed in it."""

    job: str
    image: str
    backbone: str | None
    config: str
    settings: tuple[str, ...] = ()


FIRST = "branches.0"
MOBILE = (f"{FIRST}.backbone=mobilenet_v2", f"{FIRST}.layer=features.3")
CASES = (
    Case(H1, "fault_order", "squeezenet1_1", "h1_fault_order_squeezenet"),
    Case(H1, "wavelet", "squeezenet1_1", "cwru_wavelet_squeezenet"),
    Case(H1, "fault_order", "mobilenet_v2", "h1_fault_order_squeezenet", MOBILE),
    Case(HIT_SM, "stft", "mobilenet_v2", "hit_sm_stft_mobilenet_v2"),
)


def clear(row: Row) -> bool:
    """Whether physics shows the fault of this signal beyond doubt."""
    if not set(row.labels) & {"inner_race", "outer_race"} or str(row.specimen) in UNCLEAR:
        return False
    return row.condition.get("load_hp") in (None, *LOADS_HP)


def windows_of(model: Model, row: Row, root: Any) -> Batch:
    """The first windows of a signal."""
    intake = model.card.intake
    return next(intake.batches(intake.condition(open_row(row, root)), N_WINDOWS))


def trained(case: Case, weights: str, settings: Sequence[str], folder: Path) -> tuple[Model, list[tuple[Row, Any]]]:
    """A model of one split, and the clear signals of its test side with their catalog's root."""
    told = (*case.settings, f"{FIRST}.weights={weights}", *settings)
    config = load_config(CONFIGS / f"{case.config}.yaml", told)
    run = prepared(config)
    train(config, folder, cache=FeatureCache())
    return load_model(folder), [(row, run.catalog.root) for row in run.sides.test if clear(row)]


def without_head(model: Model) -> Model:
    """The same net with a head of random weights, as large as those it had."""
    other = copy.deepcopy(model)
    generator = torch.Generator().manual_seed(0)
    for branch in other.classifier.branches:
        weight = branch.head.linear.weight
        weight.data = torch.randn(weight.shape, generator=generator) * weight.std()
    return other


def asked(model: Model, method: str, signals: Sequence[tuple[Row, Any]]) -> Iterator[tuple[Explanation, float]]:
    """Every signal explained, and what that took."""
    for row, root in signals:
        heard = windows_of(model, row, root)
        started = time.perf_counter()
        yield explain(model, heard, row.labels[0], method), time.perf_counter() - started


def percent(found: Sequence[bool]) -> float | None:
    """How many of some are so."""
    return round(100 * float(np.mean(found)), 1) if found else None


def row_of(found: Sequence[tuple[Explanation, float]]) -> dict[str, Any]:
    """Some explanations as figures."""
    each = [one for one, _ in found]
    lines = [one.lines for one in each if one.lines and one.lines.agrees != "not applicable"]
    chances = [one.chance for one in lines if one.chance is not None]
    shares = [one.share for one in lines if one.share is not None]
    checks = [one.occlusion for one in each if one.occlusion]
    return {
        "n": len(each),
        "answered": percent([one.logit > 0 for one in each]),
        "n_lines": len(lines),
        "lines": percent([one.agrees == "yes" for one in lines]),
        "lines_chance": round(100 * float(np.mean(chances)), 1) if chances else None,
        "relevance_in_own_plane": round(100 * float(np.mean(shares)), 1) if shares else None,
        "occlusion": percent([bool(one.passed) for one in checks]),
        "drop": round(float(np.median([one.drop for one in checks])), 3),
        "drop_elsewhere": round(float(np.median([one.elsewhere for one in checks])), 3),
        "off_by": round(float(max(one.off_by or 0.0 for one in each)), 4),
        "seconds": round(float(np.median([seconds for _, seconds in found])), 2),
    }


def explained(ledger: Ledger, case: Case, weights: str, quick: bool) -> None:
    """Rows of one image and net: every method, over the splits."""
    splits: Sequence[tuple[str, ...]] = [()] if case.job == HIT_SM else [(f"split.seed={seed}",) for seed in SEEDS]
    made = []
    with tempfile.TemporaryDirectory() as folder:
        for place, settings in enumerate(splits[: 1 if quick else None]):
            made.append(trained(case, weights, settings, Path(folder) / str(place)))
    for told, of_head in ((weights, False), (RANDOM_HEAD, True)):
        if of_head and (weights != "random" or case.backbone != "squeezenet1_1"):
            continue
        for method in METHODS:
            found = []
            for model, signals in made:
                used = without_head(model) if of_head else model
                found += list(asked(used, method, signals[: 4 if quick else None]))
            ledger.add(
                job=case.job, image=case.image, backbone=case.backbone, weights=told, method=method, **row_of(found)
            )


def ready(ledger: Ledger, quick: bool) -> None:
    """The ready model on the same signals, none of which it ever learned from."""
    model = load_model("ready")
    rows: dict[str, tuple[Row, Any]] = {}
    for seed in SEEDS:
        run = prepared(load_config(CONFIGS / f"{CASES[0].config}.yaml", (f"split.seed={seed}",)))
        rows |= {row.signal: (row, run.catalog.root) for row in run.sides.test if clear(row)}
    found = list(asked(model, USUAL, list(rows.values())[: 4 if quick else None]))
    ledger.add(job=H1, image="fault_order", backbone=None, weights="simulated", method=USUAL, **row_of(found))


def main() -> None:
    """Every image and net, with its controls."""
    options = arguments(__doc__)
    ledger = Ledger("explanations.py")
    try:
        ready(ledger, options.quick)
        for case in CASES:
            if options.quick and case.backbone != "squeezenet1_1":
                continue
            for weights in ("imagenet", "random"):
                explained(ledger, case, weights, options.quick)
    except CatalogError as error:
        ledger.note(f"no rows of real machines: {error}")
    told(ledger)
    ledger.finish(options.json)


def same_net(one: dict[str, Any], row: dict[str, Any]) -> bool:
    """Whether a row is of the same image, net and method, with a head that learned."""
    keys = ("job", "image", "backbone", "method")
    return one["weights"] != RANDOM_HEAD and all(one[key] == row[key] for key in keys)


def told(ledger: Ledger) -> None:
    """What the rows say, losses included."""
    for row in ledger.rows:
        if row["weights"] == RANDOM_HEAD or row["lines"] is None:
            continue
        which = " ".join(str(row[key]) for key in ("image", "backbone", "weights", "method") if row[key])
        if row["lines_chance"] is not None and row["lines"] <= row["lines_chance"]:
            ledger.note(f"a loss: {which}: lines {row['lines']:g}, no better than chance, {row['lines_chance']:g}")
        if row["occlusion"] < 50:
            ledger.note(f"a loss: {which}: the occlusion check passes {row['occlusion']:g} % of the time only")
    for row in ledger.rows:
        trained = {one["weights"]: one for one in ledger.rows if same_net(one, row)}
        if row["weights"] == RANDOM_HEAD and row["lines"] >= min(one["lines"] for one in trained.values()):
            ledger.note(
                f"a loss: {row['image']} {row['method']}: a net that learned nothing points at the right lines "
                f"{row['lines']:g} % of the time, as the trained one does: there, lines tell of the image, not of "
                "the model"
            )
    ledger.note(
        "chance: of cells of the label's own plane, for Grad-CAM, which tells no planes apart, of cells where that "
        "plane is the brightest; of bands of as many rows whose envelope has the line too, where the image has no "
        "planes: a clear fault beats in nearly every band, so such images cannot tell much by their lines"
    )
    ledger.note(
        "n counts explanations, and small it is: the two splits of H1 share bearings, so 12 of them are of 8 signals "
        "of four bearings; seconds are of a machine that did other work beside"
    )
    ledger.note(
        "LRP's first layer counts pixels above black: on six of these signals that put 48 % of relevance in the own "
        "plane, z-B 35 %; nothing else was chosen here"
    )
    ledger.note(
        "a net of random weights whose head is trained is faithful to itself as well: occlusion says that an "
        "explanation is of this model, lines say that the model looks at the right thing"
    )


if __name__ == "__main__":
    main()
