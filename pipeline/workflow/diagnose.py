"""Diagnose: from files, recordings or signals to verdicts. Imports nothing that only training needs."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.catalog.catalog import Catalog
from pipeline.diagnosis.diagnoser import Diagnoser, Diagnosis
from pipeline.errors import FaultprintError, RequestError
from pipeline.models.bundle import Model
from pipeline.models.features import FeatureCache
from pipeline.progress import Tick, unwatched
from pipeline.readers.places import place_of
from pipeline.signals.recording import Recording
from pipeline.signals.signal import Signal
from pipeline.verdict import Verdict
from pipeline.workflow.request.facts import checked_facts
from pipeline.workflow.request.model import load_model
from pipeline.workflow.request.owners import stated_owner
from pipeline.workflow.request.signals import openers_of

Facts = Mapping[str, Any]


def diagnoses(
    model: Path | str | Model,
    sources: Sequence[Path | str | Signal | Recording],
    *,
    facts: Facts | None = None,
    catalog: Catalog | None = None,
    with_evidence: bool = False,
    with_witness: bool = False,
    cache: FeatureCache | None = None,
    engine: str = "torch",
    level: float | None = None,
    tick: Tick = unwatched,
) -> Iterator[Diagnosis]:
    """One diagnosis per signal, in order, as they are made.

    Args:
        model: a model, or its folder.
        sources: files, folders, signals or recordings.
        facts: what the user states of all of them: rate_hz, speed_rpm, bearing, gear, channel, unit, reader.
        catalog: rows that state facts of files by name; a file with several rows gives a verdict for each.
        with_evidence: whether to gather pictures too.
        with_witness: whether to ask what physics alone says.
        cache: features kept between runs, by the engine torch alone.
        engine: what runs the model: "torch", or a form it was exported to.
        level: share of sets that are to hold the truth; the model's own by default.

    Raises:
        RequestError: for a level that is none, or one asked of a model without calibration.
    """
    diagnoser = Diagnoser(load_model(model), cache, engine, level)
    openers = list(openers_of(sources, facts or {}, catalog))
    for done, (name, opener, row) in enumerate(openers):
        tick("diagnosing", done, len(openers))
        try:
            signal = opener()
        except FaultprintError as error:
            yield diagnoser.refused(name, str(error), *stated_owner(place_of(name), row))
            continue
        yield diagnoser.diagnose(signal, with_evidence, with_witness)
    tick("diagnosing", len(openers), len(openers))


def diagnose(model: Path | str | Model, source: Path | str | Signal | Recording, **facts: Any) -> Verdict:
    """The verdict on one signal, what physics alone says of it beside it (`witness`).

    Args:
        model: a model, or its folder.
        source: a file, a recording or a signal.
        facts: what is known and the source does not say: `rate_hz`, `speed_rpm`, `bearing`, `gear`, `channel`,
            `unit`, `reader`.

    Raises:
        FaultprintError: for facts that cannot be true, a model that cannot be loaded, a path that is not there, or
            a folder with several recordings. A recording that cannot be used gives a verdict saying so.

    Example:
        >>> from pipeline.signals.simulation.simulated_machine import random_machine
        >>> from pipeline.signals.simulation.synthetic import simulate
        >>> diagnose("ready", simulate(random_machine(1), ["ball"])).labels
        ('ball',)
    """
    found = list(diagnoses(model, [source], facts=checked_facts(facts), with_witness=True))
    if len(found) != 1:
        raise RequestError(f"{source} holds {len(found)} recordings, and this gives one verdict; name one file")
    return found[0].verdict


def write_page(path: Path, made: Sequence[Diagnosis], model: Model) -> Path:
    """One self-contained HTML page of diagnoses."""
    from pipeline.reporting.diagnosed.page import write_page as write

    card = model.card
    facts = {"model": card.name, "fingerprint": model.fingerprint or "not saved", "stamps": ", ".join(card.stamps)}
    return write(path, made, title="Diagnoses", facts={key: value for key, value in facts.items() if value})
