"""By simulation: pretraining on simulated machines and no recording."""

from collections.abc import Iterator

from pipeline.config import RunConfig
from pipeline.errors import RequestError
from pipeline.evaluation.metrics import figures
from pipeline.progress import Tick
from pipeline.training.simulated.pretrain import N_SIGNALS, answers_on_simulation, taught_by_simulation
from pipeline.training.simulated.ready_model import LABELS
from pipeline.workflow.pretraining.like_simulated import refuse_unlike_simulated
from pipeline.workflow.pretraining.pretrained import Pretrained

MOST_SIGNALS = 100_000_000
"""Half a year of simulating; more is a slip of the hand."""

N_FRESH = 1000
"""Simulated machines of a seed of their own, that only judge; no more of them than taught."""


def by_simulation(config: RunConfig, place: int, signals: int | None, tick: Tick) -> Pretrained:
    """By telling the faults of simulated machines, see `training.simulated.pretrain`; no recording is looked at."""
    n_signals = N_SIGNALS if signals is None else signals
    if not 1 <= n_signals <= MOST_SIGNALS:
        raise RequestError(f"--signals {n_signals}: needs 1 to {MOST_SIGNALS:,} machines to learn from")
    refuse_unlike_simulated(config, place)
    taught = taught_by_simulation(
        config.stages, config.branches[place], config.fit, n_signals, seed=config.seed, tick=tick
    )
    n_fresh, seed = min(n_signals, N_FRESH), config.seed + 1
    answers = answers_on_simulation(taught.classifier, n_fresh, seed=seed, tick=tick)
    scored, untrained = (
        figures(scores.numpy(), answers.truth.numpy(), LABELS, multiclass=False)
        for scores in (answers.logits, answers.untrained)
    )
    told = {
        "machines": {"train": n_signals, "held_out": n_fresh},
        "macro_auroc": scored["macro_auroc"],
        "auroc": scored["auroc"],
        "untrained_macro_auroc": untrained["macro_auroc"],
        "notes": list(_learned_nothing(scored["macro_auroc"], untrained["macro_auroc"])),
        "started_from": taught.file.path.name if taught.file else "random",
    }
    backbone = taught.classifier.branches[0].backbone
    assert backbone is not None
    return Pretrained(backbone, taught.history, told, hashes={})


def _learned_nothing(taught: float | None, untrained: float | None) -> Iterator[str]:
    """A note, where the picture alone says as much as the net that was taught."""
    if taught is None or untrained is None:
        yield "too few machines to tell whether anything was learned; simulate more with --signals"
    elif taught <= untrained:
        yield (
            f"macro AUROC {taught:.1f} on machines it never met, and the picture alone has {untrained:.1f}: it learned "
            "nothing yet; simulate more with --signals, thousands at least"
        )
