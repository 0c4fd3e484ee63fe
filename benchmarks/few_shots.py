"""Few shots: a fault type enrolled from a handful of recordings, and a model fitted to a machine without labels.

    FAULTPRINT_DATA=... FAULTPRINT_WEIGHTS=... python benchmarks/few_shots.py --json few_shots.json

Enrolment, on H1's splits: a head is trained without one of the three fault types, which is then enrolled from 1, 2 and
5 recordings of the training side (`all`: every one of them). `new` is the AUROC of the enrolled type on windows of
bearings never heard; `old` the macro AUROC of the other two, `old_before` the same before enrolling, on the windows
that do not have the new type. Drawn anew for every split and type; mean and spread over them.

AdaBN, from CWRU's 144 signals to other machines: source only, head scales, batch norms, and both, on windows that the
model was fitted to without looking at their truth. `--quick` takes 4 splits, 2 windows a signal, and the stft image.
"""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import torch
from honest.cross_machine import cross_machine
from honest.h1 import PER_SIGNAL, h1
from honest.methods import CONFIGS, start_of
from honest.protocol import Protocol, ProtocolSplit
from ledger import Ledger, arguments, count
from torch import Tensor

from pipeline.config import load_config
from pipeline.errors import FaultprintError
from pipeline.evaluation.metrics import figures
from pipeline.models.features import FeatureCache
from pipeline.models.head import CLIP
from pipeline.training.few_shots.adabn import adapt
from pipeline.training.few_shots.head_update import ridge_of
from pipeline.training.few_shots.prototypes import prototypes_of
from pipeline.training.few_shots.sums import Sums
from pipeline.training.heads.solve import scale_of
from pipeline.training.learn import learn
from pipeline.training.out_of_fold import window_logits
from pipeline.training.window_features import compute_features
from pipeline.workflow.training_run.preparation import plan_of

IMAGES = {"fault_order, SqueezeNet": "h1_fault_order_squeezenet.yaml"}
SHOTS: tuple[int | None, ...] = (1, 2, 5, None)
MACHINES = {
    "stft, MobileNetV2": "cwru_stft_mobilenet_v2.yaml",
    "wavelet, SqueezeNet": "cwru_wavelet_squeezenet.yaml",
    "fault_order, SqueezeNet": "h1_fault_order_squeezenet.yaml",
}
WAYS = {
    "source only": None,
    "head scales": {"norms": False},
    "batch norms": {"scales": False},
    "batch norms and head scales": {},
}
STRENGTH = 3.0


class Shot(NamedTuple):
    """What one enrolment came to, in percent."""

    new: float
    old: float
    old_before: float


def enrolled(setting: Protocol, features: Tensor, one: ProtocolSplit, new: int, shots: int | None, method: str) -> Shot:
    """One fault type left out, then enrolled.

    Args:
        setting: H1.
        features: of all its windows.
        one: the split.
        new: place of the fault type among the labels.
        shots: recordings to enroll it from; all of the training side if absent.
        method: "head" or "prototypes".
    """
    targets = setting.windows.window_targets
    others = [place for place in range(len(setting.labels)) if place != new]
    has_new = targets[one.train][:, new] > 0.5
    base, rest = one.train[~has_new], one.train[has_new]
    centre, spread = scale_of(features[base])
    seen = ((features - centre) / spread).clamp(-CLIP, CLIP)
    examples = _drawn(setting, rest, shots, seed=int(one.train.sum()) + new)
    old = Sums.of(seen[base], targets[base][:, others])
    order = [*others, new]
    both = old.widened(len(order)).plus(Sums.of(seen[examples], targets[examples][:, order]))
    before = _logits(seen[one.test], *ridge_of(old, STRENGTH))
    if method == "head":
        after = _logits(seen[one.test], *ridge_of(both, STRENGTH))
    else:  # rows of other labels stay as they are
        after = torch.cat([before, _logits(seen[one.test], *prototypes_of(both, multiclass=False))[:, -1:]], dim=1)
    truth = targets[one.test][:, order]
    without = truth[:, -1] < 0.5
    return Shot(
        _auroc(after[:, -1:], truth[:, -1:]),
        _auroc(after[without, :-1], truth[without, :-1]),
        _auroc(before[without], truth[without, :-1]),
    )


def _logits(features: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return features @ weight.T + bias


def _drawn(setting: Protocol, places: Tensor, shots: int | None, seed: int) -> Tensor:
    """Windows of so many recordings among those of some windows."""
    owner = setting.windows.signal_of_window[places]
    signals = torch.unique(owner)
    order = torch.randperm(len(signals), generator=torch.Generator().manual_seed(seed))[:shots]
    return places[torch.isin(owner, signals[order])]


def _auroc(scores: Tensor, truth: Tensor) -> float:
    names = [str(place) for place in range(truth.shape[1])]
    return float(figures(scores.numpy(), truth.numpy(), names, multiclass=False)["macro_auroc"])


def enrolments(ledger: Ledger, setting: Protocol, image: str, file: str) -> None:
    """A row per method and number of recordings."""
    config = load_config(CONFIGS / file)
    (features,) = compute_features(start_of(config, setting).classifier, setting.windows, FeatureCache())
    for method in ("head", "prototypes"):
        for shots in SHOTS:
            found = [
                enrolled(setting, features, one, new, shots, method)
                for one in setting.splits
                for new in range(len(setting.labels))
            ]
            ledger.add(method=f"enroll, {method}", image=image, recordings=shots or "all", **_means(found))


def _means(found: Sequence[Shot]) -> dict[str, Any]:
    table = np.array(found)
    told = {name: round(float(value), 1) for name, value in zip(Shot._fields, table.mean(axis=0), strict=True)}
    return told | {"new_std": round(float(table[:, 0].std()), 1), "n": len(found)}


def machines(ledger: Ledger, setting: Protocol, image: str, file: str) -> None:
    """A row per machine and way: source only always beside the others."""
    config = load_config(CONFIGS / file)
    plan = plan_of(config, setting.sides)
    for one in setting.splits:
        source, target = (setting.windows.some(signals) for signals in _signals(setting, one))
        model, _ = learn(plan, source, cache=FeatureCache())
        truth = target.window_targets.numpy()
        for way, options in WAYS.items():
            if options is None:
                logits, norms = window_logits(model, target), 0
            else:
                made = adapt(model, target, **options)
                logits, norms = made.after, sum(made.norms)
                if options.get("norms", True) and not norms:
                    continue  # a net without batch norms: the row would say the same as another
            said = figures(logits.numpy(), truth, model.card.labels, multiclass=False)
            ledger.add(
                method=f"adapt, {way}", image=image, target=one.name, macro_auroc=said["macro_auroc"],
                **said["auroc"], accuracy=said["accuracy"], windows=said["n"], batch_norms=norms,
            )  # fmt: skip


def _signals(setting: Protocol, one: ProtocolSplit) -> Iterator[list[int]]:
    owner = setting.windows.signal_of_window
    return (torch.unique(owner[side]).tolist() for side in (one.train, one.test))


def main() -> None:
    """Both tables."""
    options = arguments(__doc__, lambda parser: parser.add_argument("--splits", type=count, default=20))
    ledger = Ledger("few_shots.py")
    per_signal = 2 if options.quick else PER_SIGNAL
    try:
        setting = h1(n_splits=4 if options.quick else options.splits, per_signal=per_signal)
        for image, file in IMAGES.items():
            enrolments(ledger, setting, image, file)
        other = cross_machine(per_signal)
        for image, file in list(MACHINES.items())[: 1 if options.quick else None]:
            machines(ledger, other, image, file)
    except FaultprintError as error:
        ledger.note(f"stopped: {error}")
    ledger.note("recordings enrolled come from one or two bearings of a type; every figure is on other bearings")
    ledger.note("adapted models are scored on the windows they were fitted to, their truth unseen")
    ledger.finish(options.json)


if __name__ == "__main__":
    main()
