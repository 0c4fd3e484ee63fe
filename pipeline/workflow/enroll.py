"""Enroll: a trained model taught a class, more examples or a machine from a handful of recordings; a new bundle."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.catalog.catalog import Catalog
from pipeline.errors import RequestError
from pipeline.models.bundle import Model, save_bundle
from pipeline.models.features import FeatureCache
from pipeline.progress import Tick, unwatched
from pipeline.readers.places import Place
from pipeline.signals.signal import Signal
from pipeline.training.few_shots.adabn import adapt
from pipeline.training.few_shots.enrolment import Method, enrol
from pipeline.workflow.enrolment.figures import of_adaptation, of_enrolment
from pipeline.workflow.enrolment.recordings import Facts, Skipped, doubts, heard_in, labels_with, told_of, window_set
from pipeline.workflow.request.model import load_model


def enroll(
    model: Path | str | Model,
    sources: Sequence[Place | Signal],
    out: Path | str,
    *,
    labels: Sequence[str] = (),
    method: Method = "head",
    facts: Facts | None = None,
    catalog: Catalog | None = None,
    cache: FeatureCache | None = None,
    tick: Tick = unwatched,
) -> dict[str, Any]:
    """Teach a model recordings of known truth, and save it as another one.

    Args:
        model: a model that keeps a reference of its training side, or its folder; it stays as it is.
        sources: files, folders or signals.
        out: the new bundle's folder.
        labels: truth of all of them; where empty, what their side files or catalog rows say.
        method: `head` (ridge regression anew, on old sums and new windows) or `prototypes` (class means).
        facts: what the user states of all of them: rate_hz, speed_rpm, bearing, gear, channel, unit, reader.
        catalog: rows that state facts and labels of files by name.
        cache: features kept between runs.
        tick: told of progress.

    Returns:
        `model`, `fingerprint`, `from`, `method`, `new_labels`, `files` (what was learned from), `reference` (old
        classes before and after, in percent), `largest_drop`, `held_out` (each new recording by a model without its
        part), `skipped`, `notes`.

    Raises:
        RequestError: when no recording can be used, or nobody says what is wrong with them.
        BundleError: when the model cannot be taught, or `out` exists.
    """
    known, out = load_model(model), new_folder(out)
    heard, skipped = heard_in(known, sources, facts or {}, catalog, tick)
    truths = [tuple(labels) or one.signal.labels for one in heard]
    wanted = labels_with(known, truths)
    windows = window_set(known, wanted, heard, truths, skipped)
    made = enrol(known, windows, wanted, method, cache)
    report = {
        "model": str(out),
        "from": known.fingerprint,
        "method": method,
        "labels": sorted({label for row in windows.rows for label in row.labels}),
        "new_labels": list(wanted[len(known.card.labels) :]),
        **of_enrolment(known, made, windows, wanted),
        "files": told_of(windows),
        "notes": [*doubts(known, windows, wanted), *made.notes],
    }
    return _saved(made.model, out, report, skipped)


def enroll_unlabelled(
    model: Path | str | Model,
    sources: Sequence[Place | Signal],
    out: Path | str,
    *,
    facts: Facts | None = None,
    catalog: Catalog | None = None,
    tick: Tick = unwatched,
) -> dict[str, Any]:
    """Fit a model to a new machine by recordings whose truth nobody knows (AdaBN), and save it as another one.

    Args:
        model, sources, out, facts, catalog, tick: as in `enroll`.

    Returns:
        `model`, `fingerprint`, `from`, `method`, `batch_norms` per branch, `changed_answers` (recordings that are now
        answered otherwise), `source_only` and `adapted` (figures where truth is known, else None), `files`, `skipped`,
        `notes`.

    Raises:
        RequestError: when no recording can be used, or they are too few.
        BundleError: when `out` exists.
    """
    known, out = load_model(model), new_folder(out)
    heard, skipped = heard_in(known, sources, facts or {}, catalog, tick)
    windows = window_set(known, known.card.labels, heard, None, skipped)
    made = adapt(known, windows)
    report = {
        "model": str(out),
        "from": known.fingerprint,
        "method": "adabn",
        **of_adaptation(known, made, windows),
        "files": told_of(windows),
        "notes": list(made.notes),
    }
    return _saved(made.model, out, report, skipped)


def new_folder(out: Path | str) -> Path:
    """Where a new model goes.

    Raises:
        RequestError: when something is there.
    """
    if Path(out).exists():
        raise RequestError(f"{out} exists, and a bundle never changes; name another folder with --out")
    return Path(out)


def _saved(model: Model, out: Path, report: dict[str, Any], skipped: Skipped) -> dict[str, Any]:
    """The model saved, its history told in its card; the report with what only saving tells."""
    past = list(model.card.provenance.get("enrolled", []))
    told = {key: value for key, value in report.items() if key != "model"}
    provenance = dict(model.card.provenance) | {"enrolled": [*past, told]}
    card = model.card.model_copy(update={"provenance": provenance})
    saved = save_bundle(Model(card, model.classifier, reference=model.reference), out)
    return report | {"fingerprint": saved.fingerprint, "skipped": skipped}
