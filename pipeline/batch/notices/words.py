"""Words: an alarm's facts as the message that is sent of it."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from pipeline.batch.store.kept_alarms import KeptAlarm
from pipeline.batch.trends.judged import LEVEL, Grade
from pipeline.errors import ConfigError

ENVIRONMENT = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)

NEW = KeptAlarm(
    id=1, model="ready", machine="pump 7", point="DE", channel="c0", site="hall 2", kind="outer_race",
    grade=Grade.ALARM, opened_at=NOON, closed_at=None, worst=0.93, worst_at=NOON, acknowledged_at=None,
    acknowledged_by=None, note=None, notified=None, model_id=1, opened_by=1,
    source="inbox/pump-07.wav",
)  # fmt: skip
WORSE = NEW._replace(
    kind=LEVEL, worst=13.5, acknowledged_at=NOON, acknowledged_by="Kim", note="ordered", notified=Grade.WARNING
)
SAMPLES = (NEW, WORSE)
"""The two kinds of alarm that somebody is told of; a template is tried on them before a night depends on it."""

Words = Callable[[dict[str, Any]], str]
"""An alarm's facts to a message."""


class WordlessError(Exception):
    """A template that cannot say this alarm; why, in a line."""


def as_json(facts: dict[str, Any]) -> str:
    """The words of whoever has no template.

    Example:
        >>> as_json({"machine": "Lüfter"})
        '{"machine": "Lüfter"}'
    """
    return json.dumps(facts, ensure_ascii=False)


def words_of(path: Path) -> Words:
    """A template of Jinja, tried on sample alarms.

    Args:
        path: of the template.

    Raises:
        ConfigError: when it cannot be read, or cannot say the samples.
    """
    try:
        template = ENVIRONMENT.from_string(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, TemplateError) as error:
        raise ConfigError(f"{path}: cannot be read as a template ({error})") from None
    words = _Said(template)
    for sample in SAMPLES:
        try:
            words(sample.to_dict())
        except WordlessError as error:
            raise ConfigError(f"{path}: {error}; an alarm has {', '.join(sample.to_dict())}") from None
    return words


class _Said:
    """A template's words."""

    def __init__(self, template: Template) -> None:
        self._template = template

    def __call__(self, facts: dict[str, Any]) -> str:
        try:
            return self._template.render(**facts)
        except Exception as error:  # a template may divide by zero, too
            raise WordlessError(f"the template cannot say this alarm ({error})") from None
