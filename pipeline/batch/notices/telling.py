"""Telling: who is told of which alarm, in which words; what did not arrive is told again by the next run."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import StrictUndefined, TemplateError
from jinja2.sandbox import SandboxedEnvironment

from pipeline.batch.notices import NOTIFIERS
from pipeline.batch.notices.notifier import Notifier, UndeliveredError
from pipeline.batch.store.kept_alarms import KeptAlarm, alarms_in, mark_notified
from pipeline.batch.store.opened import Store
from pipeline.batch.trends.judged import Grade
from pipeline.errors import ConfigError

ENVIRONMENT = SandboxedEnvironment(undefined=StrictUndefined, autoescape=False)


class Teller(NamedTuple):
    """Who is told, and how.

    Attributes:
        notifiers: each is told of every alarm.
        words: an alarm's facts to a message.
    """

    notifiers: Sequence[Notifier] = ()
    words: Callable[[dict[str, Any]], str] = json.dumps


def teller_of(targets: Sequence[str], template: Path | None = None) -> Teller:
    """What the user asks for.

    Args:
        targets: commands, or URLs of web hooks.
        template: of Jinja, for messages in other words than the alarm's facts as JSON.

    Raises:
        RequestError: for a target that cannot be one.
        ConfigError: for a template that cannot be read.
    """
    notifiers = [notifier_of(target) for target in targets]
    if template is None:
        return Teller(notifiers, lambda facts: json.dumps(facts, ensure_ascii=False))
    try:
        made = ENVIRONMENT.from_string(template.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, TemplateError) as error:
        raise ConfigError(f"{template}: cannot be read as a template ({error})") from None
    return Teller(notifiers, lambda facts: made.render(**facts))


def notifier_of(target: str) -> Notifier:
    """A command, or what the URL's scheme is registered for."""
    scheme, found, _ = target.partition("://")
    return NOTIFIERS[scheme.lower() if found and scheme.isalnum() else "command"](target)


def due(alarm: KeptAlarm) -> bool:
    """Whether somebody is to be told: nobody was, and nobody has seen it; or it has become worse since."""
    if alarm.notified is None:
        return alarm.acknowledged_at is None
    return alarm.notified == Grade.WARNING and alarm.grade == Grade.ALARM


def tell(store: Store, teller: Teller, note: Callable[[str], None]) -> int:
    """Tell of every open alarm that is due.

    Args:
        store: where alarms are kept.
        teller: who is told, and how.
        note: told, a line each, of messages that did not arrive.

    Returns:
        How many alarms everybody was told of.
    """
    told = 0
    for alarm in alarms_in(store) if teller.notifiers else ():
        if due(alarm):
            try:
                message = teller.words(alarm.to_dict())
                for notifier in teller.notifiers:
                    notifier.tell(message)
            except (UndeliveredError, TemplateError) as error:
                which = f"alarm {alarm.id} ({alarm.machine}, {alarm.kind})"
                note(f"nobody was told of {which}: {error}; the next run tries again")
                continue
            mark_notified(store, alarm)
            told += 1
    return told
