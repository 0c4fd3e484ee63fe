"""Pretrain: a backbone's weights from recordings that nobody labelled, or from simulated machines and no recording.

They become a file that configs name under `weights`.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pipeline.catalog.scanning.lock import only_one
from pipeline.config import RunConfig, dump_config
from pipeline.errors import ConfigError, RequestError, did_you_mean
from pipeline.models.bundle_files import sha256_of
from pipeline.progress import Tick, unwatched
from pipeline.training.run_folder import claim_folder, environment, superseded, write_history, write_json
from pipeline.whole_file import write_text
from pipeline.workflow.pretraining.by_autoencoder import by_autoencoder
from pipeline.workflow.pretraining.by_simulation import by_simulation
from pipeline.workflow.pretraining.pretrained import Pretrained, save_backbone

MARK = ".faultprint-pretrained"
"""Tells a folder of such results from one of the user's own."""

Way = Callable[[RunConfig, int, int | None, Tick], Pretrained]
"""A run's config, the place of the branch whose backbone is trained, how many machines to simulate where that was said,
and whom to tell of progress."""

WAYS: Mapping[str, Way] = {"autoencoder": by_autoencoder, "simulation": by_simulation}


def pretrain(
    config: RunConfig,
    out: Path | str,
    *,
    branch: int = 0,
    method: str = "autoencoder",
    signals: int | None = None,
    overwrite: bool = False,
    tick: Tick = unwatched,
) -> dict[str, Any]:
    """Train a backbone without labels, and leave a folder with its weights.

    Args:
        config: an ordinary run's: data, windows, stages, a branch with a backbone, and `fit`. Where it splits, only
            signals that train are used, and those without a label that share no part with signals that test. The
            method simulation looks at no data at all.
        out: the folder; must be new or empty, unless `overwrite`.
        branch: place of the branch, from 0.
        method: one of `WAYS`.
        signals: for the method simulation, how many machines.
        tick: told of progress.

    Returns:
        `weights` (the file, to be named as a branch's `weights`), `sha256`, `backbone`, `method`, `branch`, and the
        method's figures.

    Raises:
        FaultprintError: when the request cannot be done.
    """
    if method not in WAYS:
        raise RequestError(f"unknown method '{method}'{did_you_mean(method, WAYS) or ';'} known: {', '.join(WAYS)}")
    _refuse_branch(config, branch)
    out = Path(out)
    with only_one(out.parent / f".{out.name}.lock", f"pretraining into {out}"):
        if out.exists() and not overwrite:
            claim_folder(out, overwrite, MARK)  # says what stands in the way before anything takes long
        made = WAYS[method](config, branch, signals, tick)
        told = _left(config, claim_folder(out, overwrite, MARK), branch, method, made)
        superseded(out)
    return told


def _left(config: RunConfig, out: Path, branch: int, method: str, made: Pretrained) -> dict[str, Any]:
    """What there is to know of a pretraining, written into its folder and handed back."""
    path = save_backbone(made.backbone, out)
    told = {
        "weights": str(path), "sha256": sha256_of(path), "backbone": made.backbone.name, "method": method,
        "branch": branch, **made.figures,
    }  # fmt: skip
    write_text(out / "config.yaml", dump_config(config, out))
    write_history(out / "history.csv", [{"branch": branch, **row} for row in made.history])
    write_json(out / "environment.json", environment(made.hashes))
    write_json(out / "pretrained.json", told)
    return told


def _refuse_branch(config: RunConfig, place: int) -> None:
    """Nothing, for a branch whose backbone can be pretrained."""
    count = len(config.branches)
    if not 0 <= place < count:
        there = "one branch, 0" if count == 1 else f"{count} branches, 0 to {count - 1}"
        raise RequestError(f"there is no branch {place}: {config.name} has {there}; name one with --branch")
    branch = config.branches[place]
    if branch.backbone is None:
        raise ConfigError(f"{config.name}: branch {place} has no backbone to pretrain; give one, such as small")
    if branch.first_convolution is not None:
        raise ConfigError(
            f"{config.name}: branch {place} fits its first convolution ({branch.first_convolution}) to weights for "
            "colours, and pretrained ones would be fitted once more by the run they start; use to_imagenet instead"
        )
