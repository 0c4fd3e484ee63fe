"""Metrics: how the runs of a store are doing, as Prometheus's node_exporter reads it from a text file."""

from pathlib import Path
from typing import Any

from pipeline.batch.monitor.health import Health
from pipeline.batch.store.known import State
from pipeline.batch.trends.judged import Grade
from pipeline.errors import RequestError


def write_metrics(health: Health, path: Path) -> None:
    """Write them, whole or not at all.

    Args:
        health: what is written.
        path: a file whose name ends in `.prom`, as node_exporter wants it.

    Raises:
        RequestError: when it cannot be written, or prometheus-client is not installed.
    """
    if path.suffix != ".prom":
        raise RequestError(f"--prometheus {path}: node_exporter reads files that end in .prom; name it so")
    try:
        from prometheus_client import CollectorRegistry, write_to_textfile
    except ModuleNotFoundError:
        raise RequestError("--prometheus: needs prometheus-client; pip install 'faultprint[batch]'") from None
    registry = CollectorRegistry()
    _fill(registry, health)
    try:
        write_to_textfile(str(path), registry)
    except OSError as error:
        raise RequestError(f"--prometheus {path}: cannot be written ({(error.strerror or 'error').lower()})") from None


def _fill(registry: Any, health: Health) -> None:
    from prometheus_client import Gauge

    def gauge(name: str, words: str, *labels: str) -> Any:
        return Gauge(f"faultprint_{name}", words, labels, registry=registry)

    gauge("well", "1 where nothing needs a person.").set(not health.troubles)
    done = gauge("last_done_timestamp_seconds", "When the last good run ended, 0 if none has.", "inbox", "model")
    files = gauge("files", "Files of the inbox by state.", "inbox", "model", "state")
    for pulse in health.pulses:
        done.labels(pulse.inbox, pulse.model).set(pulse.done_at.timestamp() if pulse.done_at else 0)
        for state in State:
            files.labels(pulse.inbox, pulse.model, state).set(pulse.files.get(state, 0))
    alarms = gauge("alarms_open", "Open alarms by grade, and whether somebody has seen them.", "grade", "seen")
    seen = [(one.grade, one.acknowledged_at is not None) for one in health.alarms]
    for grade in Grade:
        for by_somebody in (False, True):
            alarms.labels(grade, str(by_somebody).lower()).set(seen.count((grade, by_somebody)))
